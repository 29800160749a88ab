"""Where a version may come from: what the caller's project has, and nothing else in whatever spelling; and that it stays."""

from __future__ import annotations

import pytest

from apps.common.ids import model_id
from apps.logged_models.models import LoggedModel
from apps.retention.services.trash import request_emptying
from apps.runs.models import Run
from tests.api.artifacts.files import PROXY
from tests.api.mlflow.caller import Caller
from tests.api.mlflow.registry import CONTENT, Registry, registry_of
from tests.factories.cast import Cast
from tests.factories.models import MLMODEL, make_model
from tests.factories.runs import make_run
from tests.unit.retention.work import run_job

# Of the other team: {run}, {model} (a logged one), {version} (the id of a registered one's), {blob}.
HOSTILE = [
    # Other tenants' things, by every form that there is.
    "runs:/{run}/model",
    "runs:/{run}/model/MLmodel",
    "runs:///{run}/model",
    "runs://rival@vision/{run}/model",
    "RUNS:/{run}/model",
    "models:/{model}",
    "models:/{model}/model",
    "models:/theirs/1",
    "models:/theirs@champion",
    "models:/theirs/latest",
    "models:/theirs/Production",
    "models:/vision.theirs/1",
    "models:/rival.theirs/1",
    "models:/rival/vision/theirs/1",
    "models://rival/theirs/1",
    "mlflow-artifacts:/0/{run}/artifacts/model",
    "mlflow-artifacts:/0/models/{model}/artifacts",
    "mlflow-artifacts:/versions/{version}/artifacts",
    "mlflow-artifacts://localhost/0/{run}/artifacts/model",
    "mlflow-artifacts:/../rival/vision/0/{run}/artifacts/model",
    "mlflow-artifacts:/../../teams/{blob}",
    "mlflow-artifacts:/{blob}",
    # Their things behind one's own run.
    "runs:/{own}/../{run}/artifacts/model",
    "runs:/{own}/model/../../../{run}/artifacts/model",
    "runs:/{own}/..%2f..%2f{run}/model",
    "runs:/{own}/%2e%2e/%2e%2e/{run}/model",
    "runs:/{own}/model\\..\\..\\{run}",
    "runs:/{own}/model/./../..",
    "runs:/{own}//model",
    "runs:/{own}/model\x00",
    "runs:/{own}/model?run={run}",
    "runs:/{own}/model#/../../{run}",
    "mlflow-artifacts:/0/{own}/artifacts/../../{run}/artifacts/model",
    "mlflow-artifacts:/0/{own}/artifacts/%2e%2e/%2e%2e/{run}/artifacts/model",
    "mlflow-artifacts:/1/{own}/artifacts/model",
    # The file system.
    "/etc/passwd",
    "etc/passwd",
    "../../../../etc",
    "./model",
    "~/.ssh",
    "file:///etc",
    "file:/etc",
    "file://localhost/etc",
    "FILE:///etc",
    "file:///proc/self/environ",
    "file://///server/share",
    "\\\\server\\share\\model",
    "C:\\Windows\\System32",
    "c:/windows",
    "data:text/plain,flavors",
    "/var/lib/runfold/artifacts",
    "pathlib:/etc",
    "local-file:/etc/passwd",
    # Buckets and other stores.
    "s3://bucket/model",
    "s3a://bucket/model",
    "gs://bucket/model",
    "wasbs://c@account.blob.core.windows.net/model",
    "abfss://c@account.dfs.core.windows.net/model",
    "hdfs://namenode/model",
    "dbfs:/databricks/mlflow/model",
    "dbfs://profile@databricks/model",
    "r2://bucket@account.r2.cloudflarestorage.com/model",
    "b2://bucket/model",
    "ftp://host/model",
    "sftp://user@host/model",
    "uc-volumes:/Volumes/c/s/v",
    "viewfs:///model",
    # Addresses.
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://127.0.0.1:8000/",
    "http://2130706433/",
    "http://0x7f.1/",
    "https://example.com/model",
    "https://user:password@example.com/model",
    "//example.com/model",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "git+ssh://git@example.com/repo",
    "databricks://profile/model",
    "javascript:alert(1)",
    "dummy-source",
    "prompt-template",
    # Nothing, and too much.
    "",
    " ",
    "model",
    "runs:/",
    "runs:/{own}",
    "runs:/{own}/",
    "runs:/{own}/absent",
    "runs:/{own}/mode",
    "runs:/{own}/model/MLmodel/x",
    " runs:/{own}/model",
    "runs:/{own}/model\n",
    "runs:/{own_upper}/model",
    "models:/",
    "models:/m-",
    "models:/m-{own}",
    "models:/absent/1",
    "models:/taxi/0",
    "models:/taxi/-1",
    "models:/taxi/1.0",
    "models:/taxi/\uff19",
    "models:/taxi/99999999999999999999",
    "models:/taxi@absent",
    "models:/taxi@",
    "models:/taxi/1/2",
    "models:/taxi",
    "mlflow-artifacts:/",
    "mlflow-artifacts:/0",
    "runs:/{own}/" + "a/" * 300,
    "x" * 100_000,
]


@pytest.fixture
def theirs(cast: Cast) -> dict[str, str]:
    """Ids of things of the other team, all of which exist."""
    stranger = Registry(Caller(cast.stranger.headers, base="/rival/vision"))
    registry = registry_of(stranger.caller)
    registry.new_model("theirs")
    registry.new_version("theirs")
    registry.post("registered-models/alias", name="theirs", alias="champion", version="1")
    access = cast.stranger.access()
    model = make_model(access, experiment_number=0, run_id=make_run(access).pk)
    version = registry.root(name="theirs").split("/")[1]
    blob = f"{cast.rival_team.uuid}/{cast.rival_project.uuid}"
    return {"run": registry.run_id, "model": model_id(model.pk), "version": version, "blob": blob}


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_not_the_projects_is_refused_and_nothing_is_stored(
    registry: Registry, theirs: dict[str, str], source: str
) -> None:
    registry.new_model()
    own = registry.run_id
    # Their whole files in a run of the caller's own: a name that is the same is not the same thing.
    reply = registry.create_version(source=source.format(own=own, own_upper=own.upper(), **theirs))
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE"), reply
    assert "model_versions" not in registry.get("model-versions/search").body
    assert registry.new_version() == "1"


def test_there_are_as_many_spellings_as_were_promised() -> None:
    assert len(HOSTILE) == len(set(HOSTILE)) >= 60


def test_what_is_absent_and_what_is_not_yours_are_refused_in_the_same_words(
    registry: Registry, theirs: dict[str, str]
) -> None:
    registry.new_model()
    for form, absent in (
        ("runs:/{run}/model", {"run": "0" * 32}),
        ("models:/{model}", {"model": "m-" + "0" * 32}),
        ("mlflow-artifacts:/versions/{version}/artifacts", {"version": "0" * 32}),
    ):
        words = set()
        for ids in (theirs, absent):
            source = form.format(**ids)
            words.add(registry.create_version(source=source).message.replace(source, "it"))
        assert len(words) == 1


@pytest.mark.parametrize("field", ["run_id", "model_id"])
def test_the_ids_that_are_named_have_to_be_the_sources(registry: Registry, theirs: dict[str, str], field: str) -> None:
    registry.new_model()
    other = {"run_id": theirs["run"], "model_id": theirs["model"]}[field]
    for value in (other, registry.caller.new_run(), "nonsense"):
        assert registry.create_version(**{field: value}).status == 400


@pytest.fixture
def run(cast: Cast) -> Run:
    return make_run(cast.owner.access())


@pytest.fixture
def model(cast: Cast, run: Run) -> LoggedModel:
    return make_model(cast.owner.access(), experiment_number=0, run_id=run.pk, name="lasso")


def test_every_form_of_ones_own_is_taken(registry: Registry, run: Run, model: LoggedModel) -> None:
    registry.new_model()
    own = registry.run_id
    sources = {
        f"runs:/{own}/model": CONTENT,
        f"mlflow-artifacts:/0/{own}/artifacts/model": CONTENT,
        f"mlflow-artifacts:///0/{own}/artifacts/model": CONTENT,
        f"mlflow-artifacts:/0/{own}/artifacts/model/": CONTENT,
        f"runs:/{run.pk.hex}/lasso": MLMODEL,
        f"models:/{model_id(model.pk)}": MLMODEL,
        f"mlflow-artifacts:/0/models/{model_id(model.pk)}/artifacts": MLMODEL,
        "models:/taxi/1": CONTENT,
        "models:/taxi/None": CONTENT,
        "models:/taxi/latest": CONTENT,
    }
    for number, (source, content) in enumerate(sources.items(), start=1):
        assert registry.new_version(source=source) == str(number), source
        assert registry.content(number=str(number)) == content, source
    registry.post("registered-models/alias", name="taxi", alias="best", version="6")
    assert registry.content(number=registry.new_version(source="models:/taxi@best")) == MLMODEL
    address = f"mlflow-artifacts:/{registry.root('6')}"
    assert registry.content(number=registry.new_version(source=address)) == MLMODEL


def test_a_version_stays_what_it_was_whatever_becomes_of_its_run(cast: Cast, registry: Registry) -> None:
    registry.new_model()
    registry.new_version()
    assert registry.files.put("model/MLmodel", b"altered").status == 200
    assert registry.files.put("model/more", b"new").status == 200
    assert (registry.content(), registry.listed()) == (CONTENT, ["MLmodel", "data"])
    assert registry.files.delete("model/data/weights.bin").status == 200
    assert registry.content("data/weights.bin") == CONTENT
    assert registry.files.delete().status == 200
    assert registry.content("data/weights.bin") == CONTENT
    assert registry.new_version(source="models:/taxi/1") == "2"
    assert registry.post("runs/delete", run_id=registry.run_id).status == 200
    run_job(cast.owner.access(), request_emptying(cast.owner.access()))
    assert registry.content() == CONTENT
    assert registry.content(number="2") == CONTENT
    assert registry.delete("model-versions/delete", name="taxi", version="1").status == 200
    assert registry.content(number="2") == CONTENT


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nobody_writes_to_a_version(registry: Registry, method: str) -> None:
    registry.new_model()
    registry.new_version()
    answer = registry.files.raw(method, f"{PROXY}/artifacts/{registry.root()}/MLmodel", b"mine")
    assert answer.status_code == 400
    assert registry.content() == CONTENT


def test_a_deleted_runs_files_can_be_registered_and_a_purged_ones_cannot(cast: Cast, registry: Registry) -> None:
    registry.new_model()
    registry.post("runs/delete", run_id=registry.run_id)
    assert registry.new_version() == "1"
    assert registry.delete("model-versions/delete", name="taxi", version="1").status == 200
    run_job(cast.owner.access(), request_emptying(cast.owner.access()))
    assert registry.create_version().status == 400
