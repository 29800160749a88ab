"""What the job says of the files of a logged model: everything that is plain, and never by running any of it."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from apps.artifacts.model_packages.facts import Column, Facts, FileKind, Import, Requirement, Verdict
from apps.artifacts.models import ModelPackage, OwnerKind, PackageEntry
from apps.artifacts.owners import OwnerRef
from apps.artifacts.packages import package_of
from apps.artifacts.services import delete_artifacts
from apps.artifacts.services.packages import read_package
from apps.jobs import worker
from apps.logged_models.models import LoggedModel
from tests.factories.cast import Cast
from tests.factories.models import make_model
from tests.factories.runs import make_run

MANIFEST = """\
artifact_path: model
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    python_version: 3.11.7
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.9.1
mlflow_version: 3.17.2
model_size_bytes: 1234
model_uuid: 019ab1c2d3e47f5a8b6c7d8e9f0a1b2c
saved_input_example_info: {artifact_path: input_example.json, type: dataframe}
signature:
  inputs: '[{"type": "double", "name": "a", "required": true}, {"type": "long", "name": "b", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]'
  params: '[{"name": "threshold", "type": "double", "default": 0.5, "shape": null}]'
utc_time_created: '2026-11-26 10:00:00.0'
"""
REQUIREMENTS = """\
mlflow==3.17.2
scikit-learn>=1.9,<2  # a comment
-r other.txt
--index-url https://example.com/simple
numpy
not a requirement at all
package @ https://example.com/package.whl
"""


class Canary:
    """Writes a file wherever it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (eval, (f"open({str(self.path)!r}, 'w').write('ran')",))


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def read(cast: Cast, files: dict[str, bytes]) -> Facts:
    """Log a model with such files and let the worker do what is due."""
    access = cast.member.access()
    model = make_model(access, experiment_number=0, run_id=make_run(access).pk, files=files)
    while worker.run_next():
        pass
    return facts_of(cast, model)


def facts_of(cast: Cast, model: LoggedModel) -> Facts:
    found = package_of(cast.viewer.access(), OwnerRef(model.pk, kind=OwnerKind.MODEL))
    assert found is not None
    return found.facts


def ignore(note: str) -> None:
    assert note


def package(**files: bytes) -> dict[str, bytes]:
    named = {name.replace("__", "/").replace("_", "."): content for name, content in files.items()}
    return {
        "MLmodel": MANIFEST.encode(),
        "conda.yaml": b"dependencies: []",
        "python_env.yaml": b"python: 3.11.7",
        "requirements.txt": REQUIREMENTS.encode(),
        **named,
    }


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def test_an_ordinary_model_is_read_whole_and_found_clean(cast: Cast) -> None:
    model = b"\x80\x04\x8c\x1asklearn.linear_model._base\x8c\x10LinearRegression\x93)\x81."
    facts = read(cast, package(model_pkl=model, input__example_json=b"") | {"input_example.json": b'{"a": [1]}'})
    manifest = facts.manifest
    assert manifest.error == ""
    assert [(each.name, each.version) for each in manifest.flavors] == [("python_function", ""), ("sklearn", "1.9.1")]
    assert (manifest.mlflow_version, manifest.python_version, manifest.model_size_bytes) == ("3.17.2", "3.11.7", 1234)
    assert manifest.signature is not None
    assert manifest.signature.inputs == [Column("a", "double"), Column("b", "long", is_required=False)]
    assert manifest.signature.outputs == [Column("", "float64", shape=[-1, 2])]
    assert manifest.signature.params == [Column("threshold", "double", default="0.5")]
    assert (manifest.example_path, manifest.example) == ("input_example.json", '{"a": [1]}')
    assert manifest.requirements == [
        Requirement("mlflow", "==3.17.2"),
        Requirement("scikit-learn", "<2,>=1.9"),
        Requirement("numpy"),
        Requirement("not a requirement at all"),
        Requirement("package", "https://example.com/package.whl"),
    ]
    assert (facts.missing, facts.verdict) == ([], Verdict.CLEAN)
    (report,) = (each for each in facts.files if each.path == "model.pkl")
    assert (report.kind, report.size_bytes, report.verdict) == (FileKind.PICKLE, len(model), Verdict.CLEAN)
    assert Import("sklearn.linear_model._base", "LinearRegression", "suspicious") in report.imports
    assert len(report.sha256) == 64


def test_missing_files_are_named(cast: Cast) -> None:
    facts = read(cast, {"MLmodel": MANIFEST.encode(), "model.pkl": pickle.dumps([1])})
    assert facts.missing == ["conda.yaml", "python_env.yaml", "requirements.txt"]


def test_requirements_stand_in_conda_where_they_have_no_file_of_their_own(cast: Cast) -> None:
    conda = b"dependencies:\n- python=3.11\n- pip:\n  - mlflow==2.9.2\n  - cloudpickle\n"
    facts = read(cast, {"MLmodel": MANIFEST.encode(), "conda.yaml": conda})
    assert facts.manifest.requirements == [Requirement("mlflow", "==2.9.2"), Requirement("cloudpickle")]
    assert facts.manifest.python_version == "3.11.7"


PROTOCOL_0 = b"cos\nsystem\n(S'touch /tmp/never'\ntR."


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("model.pkl", PROTOCOL_0),
        ("model.pkl", pickle.dumps(OrderedDict(a=1), protocol=4)[:-1] + b"\x8c\x02os\x8c\x06system\x93\x8c\x02idR."),
        ("model.pkl", b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93\x8c\x02id\x85R."),
        ("model.pkl", b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R."),
        ("model.pkl", b"\x80\x02csubprocess\nPopen\n(lp0\ntR."),
        ("model.joblib", PROTOCOL_0),
        ("model.pt", zipped(archive__data_pkl=b"", **{"archive/data.pkl": PROTOCOL_0})),
        ("model.bin", zipped(**{"archive/data.pkl": PROTOCOL_0})),
        ("weights.npz", zipped(**{"a.pkl": PROTOCOL_0})),
        ("harmless.txt", b"\x80\x02cos\nsystem\n(lp0\ntR."),
        ("no_suffix", b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."),
        ("model.pkl", b"\x80\x04]\x94.\x80\x02cos\nsystem\n(lp0\ntR."),
        ("model.pkl", b"\x80\x02cos\nsystem\n(lp0\ntR and then nonsense"),
        ("model.h5", b"\x89HDF\r\n\x1a\n" + b'{"class_name": "Lambda", "config": {}}'),
        ("model.keras", zipped(**{"config.json": b'{"layers": [{"class_name": "Lambda"}]}'})),
    ],
)
def test_what_would_run_anything_is_dangerous(cast: Cast, path: str, content: bytes) -> None:
    facts = read(cast, package() | {path: content})
    (report,) = (each for each in facts.files if each.path == path)
    assert (report.verdict, facts.verdict) == (Verdict.DANGEROUS, Verdict.DANGEROUS)
    assert any(each.level == "dangerous" for each in report.imports)
    assert report.remarks


def test_code_of_ones_own_is_to_be_reviewed_and_what_it_imports_besides_counts(cast: Cast) -> None:
    own = b"\x80\x04\x8c\x17cloudpickle.cloudpickle\x8c\x0e_make_function\x93."
    facts = read(cast, package(python_pkl=own, other_pkl=own[:-1] + b"0" + PROTOCOL_0))
    verdicts = {each.path: each.verdict for each in facts.files}
    assert (verdicts["python.pkl"], verdicts["other.pkl"]) == (Verdict.REVIEW, Verdict.DANGEROUS)


def test_a_pickle_under_any_name_is_looked_into_where_mlmodel_names_it(cast: Cast) -> None:
    manifest = MANIFEST.replace("pickled_model: model.pkl", "pickled_model: ./weights.dat")
    facts = read(cast, package() | {"MLmodel": manifest.encode(), "weights.dat": PROTOCOL_0})
    assert facts.verdict == Verdict.DANGEROUS


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("model.pkl", b"no pickle at all"),
        ("model.pkl", b"\x80\x04\x95"),
        ("model.pkl", b"\x80\x04\x8c\x07unknown\x8c\x04name\x93."),
        ("model.pkl", b"\x80\x04\x8c\x0bcloudpickle\x8c\x0e_make_function\x93."),
        ("code/loader.py", b"print('hello')"),
        ("lib.so", b"\x7fELF"),
        ("model.pt", b"PK\x03\x04 no zip"),
    ],
)
def test_what_nobody_can_vouch_for_is_to_be_reviewed(cast: Cast, path: str, content: bytes) -> None:
    facts = read(cast, package() | {path: content})
    (report,) = (each for each in facts.files if each.path == path)
    assert report.verdict in (Verdict.REVIEW, Verdict.DANGEROUS), report
    assert facts.verdict != Verdict.CLEAN


@pytest.mark.parametrize("line", ["loader_module: my.own.loader", "loader_module: os", "code: code"])
def test_a_loader_of_its_own_is_to_be_reviewed(cast: Cast, line: str) -> None:
    manifest = MANIFEST.replace("loader_module: mlflow.sklearn", line)
    assert read(cast, package() | {"MLmodel": manifest.encode()}).verdict == Verdict.REVIEW


HOSTILE_MANIFESTS = {
    "nothing": b"",
    "a list": b"- a\n- b\n",
    "a number": b"5",
    "no yaml": b"{{{",
    "no text": bytes(range(256)),
    "an alias": b"a: &a [1]\nb: *a\n",
    "a bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(8)
    ),
    "a python object": b"!!python/object/apply:os.system ['touch /tmp/never']",
    "a python name": b"flavors: !!python/name:os.system",
    "deep": b"a: " + b"[" * 50_000,
    "deep mappings": b"{a: " * 5_000,
    "flavors are a list": b"flavors: [1, 2]",
    "flavors of numbers": b"flavors: {1: 2, 3: {4: 5}}",
    "signature is a bomb": b"flavors: {}\nsignature: {inputs: '" + b"[" * 100_000 + b"', outputs: 5, params: {a: b}}",
    "signature of nonsense": b"flavors: {}\nsignature: {inputs: '[1, null, {\"type\": {\"a\": 1}, \"name\": []}]'}",
    "huge numbers": b"flavors: {}\nmodel_size_bytes: " + b"9" * 4_000,
    "negative size": b"flavors: {}\nmodel_size_bytes: -1",
    "dates": b"flavors: {}\nmlflow_version: 2026-01-01\nutc_time_created: 0000-99-99",
    "an example elsewhere": b"flavors: {}\nsaved_input_example_info: {artifact_path: ../../../etc/passwd}",
    "a million keys": b"flavors: {" + b",".join(b"k%d: 1" % n for n in range(60_000)) + b"}",
    "too large": b"# " + b"x" * 1_100_000,
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE_MANIFESTS.values(), ids=HOSTILE_MANIFESTS)
def test_hostile_manifests_are_read_or_said_to_be_unreadable(cast: Cast, content: bytes) -> None:
    facts = read(cast, package() | {"MLmodel": content})
    assert facts.manifest.error or len(facts.manifest.flavors) <= 50
    assert "root:" not in facts.manifest.example


def test_a_canary_is_logged_read_and_shown_and_never_runs(cast: Cast, canary: Path) -> None:
    facts = read(cast, package(model_pkl=pickle.dumps(Canary(canary))))
    assert facts.verdict == Verdict.DANGEROUS
    assert not canary.exists()


def test_reading_again_replaces_what_was_known_and_a_model_that_went_leaves_nothing(cast: Cast) -> None:
    read(cast, package())
    model = LoggedModel.unscoped.get()
    owner, access = OwnerRef(model.pk, kind=OwnerKind.MODEL), cast.member.access()
    for _ in range(2):
        assert read_package(access, owner=owner, on_progress=ignore) is not None
    assert ModelPackage.unscoped.count() == 1
    assert PackageEntry.unscoped.count() == 7
    delete_artifacts(access, owner=owner, path="")
    assert (ModelPackage.unscoped.count(), PackageEntry.unscoped.count()) == (0, 0)
    assert read_package(access, owner=owner, on_progress=ignore) is None
