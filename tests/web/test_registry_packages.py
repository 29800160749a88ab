"""What the pages of the registry say of a model's files, and the code that they offer."""

from __future__ import annotations

import ast
import pickle
import shlex
from pathlib import Path

import pytest

from apps.artifacts.model_packages.facts import Column, Facts, Flavor, Manifest, Signature, Verdict
from apps.jobs import worker
from apps.registry.queries import VersionDetails, get_version
from apps.registry.search import search_versions
from apps.registry.services import share_model
from apps.registry.snippets import snippets_of
from apps.teams.access import Access
from tests.factories.cast import Cast, Person
from tests.factories.models import make_model, make_version
from tests.factories.runs import make_run
from tests.unit.model_packages.test_packages import MANIFEST, Canary, package

PROJECT = "/acme/vision"


def register(cast: Cast, name: str, **files: bytes) -> str:
    """A version of such a model; its run."""
    run = make_run(cast.owner.access())
    access = cast.owner.access()
    model = make_model(access, experiment_number=0, run_id=run.pk, files=package(**files))
    make_version(access, model, name=name)
    return run.pk.hex


def work_off() -> None:
    while worker.run_next():
        pass


def page(person: Person, path: str) -> str:
    answer = person.browser().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_version_shows_what_it_takes_gives_needs_and_does(cast: Cast, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    run_id = register(cast, "taxi", model_pkl=pickle.dumps(Canary(canary)))
    at = f"{PROJECT}/models/taxi/versions/1"
    assert "are being read" in page(cast.viewer, at)
    work_off()
    shown = page(cast.viewer, at)
    for text in (
        "sklearn 1.9.1",
        "3.17.2",
        "threshold",
        "-1 \u00d7 2",
        "scikit-learn",
        "dangerous to load",
        "builtins.eval",
    ):
        assert text in shown, text
    for text in ("mlflow.sklearn.load_model", "spark_udf", "mlflow models serve", "http://testserver/acme/vision"):
        assert text in shown, text
    of_run = page(cast.viewer, f"{PROJECT}/runs/{run_id}/models")
    assert "dangerous to load" in of_run
    assert "sklearn 1.9.1" in of_run
    assert not canary.exists()


def test_a_borrower_sees_the_same(cast: Cast) -> None:
    register(cast, "taxi")
    work_off()
    share_model(cast.owner.access(), name="taxi", to_project="secret")
    shown = page(cast.owner, "/acme/secret/models/vision.taxi/versions/1")
    assert "sklearn 1.9.1" in shown
    assert "models:/vision.taxi@champion" in shown


def test_two_versions_differ_in_what_they_take_and_need(cast: Cast) -> None:
    register(cast, "taxi")
    other = MANIFEST.replace('"name": "b"', '"name": "c"').replace("sklearn_version: 1.9.1", "sklearn_version: 1.8.0")
    run = make_run(cast.owner.access())
    files = package() | {"MLmodel": other.encode()}
    model = make_model(cast.owner.access(), experiment_number=0, run_id=run.pk, files=files)
    cast.owner.browser().post(
        f"{PROJECT}/runs/{run.pk.hex}/models/register", {"name": "taxi", "model_id": f"m-{model.pk.hex}"}
    )
    work_off()
    shown = page(cast.viewer, f"{PROJECT}/models/taxi/compare?a=1&b=2")
    for text in ("inputs b", "inputs c", "1.8.0", "1.9.1"):
        assert text in shown, text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("flavor = 'sklearn'", ["dangerous", "fine"]),
        ("flavor != 'sklearn'", ["plain"]),
        ("flavor LIKE 'python%'", ["dangerous", "fine"]),
        ("flavor IN ('xgboost', 'sklearn')", ["dangerous", "fine"]),
        ("requirement = 'scikit-learn' AND safety != 'dangerous'", ["fine", "plain"]),
        ("safety = 'dangerous'", ["dangerous"]),
        ("safety IS NULL", ["unread"]),
        ("mlflow_version = '3.17.2'", ["dangerous", "fine"]),
        ("python_version LIKE '3.11%'", ["dangerous", "fine", "plain"]),
    ],
)
def test_versions_are_found_by_what_was_read(cast: Cast, text: str, found: list[str]) -> None:
    register(cast, "fine")
    register(cast, "dangerous", model_pkl=pickle.dumps(Canary(Path("/nowhere"))))
    register(cast, "plain", MLmodel=b"flavors: {}")
    if text == "python_version LIKE '3.11%'":
        assert "python: 3.11.7" in package()["python_env.yaml"].decode()
    work_off()
    register(cast, "unread")
    assert sorted(names(cast.viewer.access(), text)) == found


def names(access: Access, text: str) -> list[str]:
    return [each.version.model.name for each in search_versions(access, filter=text).versions]


@pytest.fixture
def version(cast: Cast) -> VersionDetails:
    register(cast, 'it\'s "so"')
    return get_version(cast.viewer.access(), 'it\'s "so"', 1)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        Signature(),
        Signature(inputs=[Column('a"b', "double"), Column("c'd", "string"), Column("e", "array of long")]),
        Signature(inputs=[Column("", "float32", shape=[-1, 28, 28])], params=[Column("t", "double", default="0.5")]),
        Signature(inputs=[Column("x\ny", "datetime")], params=[Column("p", "string", default="not json")]),
    ],
)
def test_the_code_that_is_offered_is_code(version: VersionDetails, signature: Signature | None) -> None:
    manifest = Manifest(flavors=[Flavor("sklearn"), Flavor("os.system"), Flavor("x'); import os")], signature=signature)
    facts = Facts(manifest, [], [], Verdict.CLEAN)
    found = snippets_of(version, "http://localhost/a'b", facts)
    assert [each.id for each in found] == [
        "use-pyfunc",
        "use-sklearn",
        "use-pandas",
        "use-spark",
        "use-serve",
        "use-curl",
    ]
    for snippet in found:
        if snippet.language == "Python":
            ast.parse(snippet.text)
        else:
            assert shlex.split(snippet.text, comments=True)
