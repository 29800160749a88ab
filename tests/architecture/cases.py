"""How somebody would try each route on the victim's data: one line a route, and a route without a line fails.

A page's key is its address; that of an API route has the method before it. Parameters of the path are filled from
`World.path_values`, so that a line only says what else a working request needs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.common.ids import model_id
from tests.architecture.world import (
    ARTIFACT_PATH,
    EXPERIMENT_NAME,
    GOVERNED_NAME,
    PAGE_PATH,
    REGISTERED_NAME,
    WEBHOOK_URL,
    World,
)
from tests.factories.runs import START_MS

Fields = dict[str, Any]


class Outcome(StrEnum):
    """What somebody gets who names the victim's things in a project of their own."""

    NOT_FOUND = "not found, as if there were no such thing"
    OWN = "success, with nothing of the victim's in it or changed by it"
    REFUSED = "a refusal as of wrong input, with nothing of the victim's in it"
    HIDDEN = "success or not found, with nothing of the victim's in it"
    NOT_SERVED = "501: known, and not served yet"


@dataclass(frozen=True, slots=True)
class Case:
    """A request that succeeds for the victim's owner.

    Attributes:
        fields: the body, or the query of a GET; may name the victim's ids.
        path: parameters of the path that are other than `World.path_values`.
        query: the query of a request that has a body of its own.
        is_session_only: tokens are refused, whosever they are.
        method: for pages; API routes have theirs in the key.
        outcome: for a stranger who sends it within a project of their own.
        succeeds: the owner gets a success; False when only an answer that is no refusal of access is asked for.
    """

    fields: Callable[[World], Fields] = lambda _: {}
    path: Callable[[World], Fields] = lambda _: {}
    query: Callable[[World], Fields] = lambda _: {}
    is_session_only: bool = False
    method: str = "GET"
    outcome: Outcome = Outcome.NOT_FOUND
    succeeds: bool = True


def _run(**fields: Any) -> Callable[[World], Fields]:
    return lambda world: {"run_id": world.run.pk.hex, **fields}


def _registered(**fields: Any) -> Callable[[World], Fields]:
    return lambda _: {"name": REGISTERED_NAME, **fields}


def _governed(_: World) -> Fields:
    return {"name": GOVERNED_NAME}


def _second(_: World) -> Fields:
    return {"name": GOVERNED_NAME, "number": 2}


def _own_request(world: World) -> Fields:
    return {"request_id": world.own_approval.pk.hex}


def _made(world: World) -> Fields:
    return {"model_id": model_id(world.model.pk), "step": 0}


def _experiment(**fields: Any) -> Callable[[World], Fields]:
    return lambda world: {"experiment_id": str(world.experiment.number), **fields}


def _folder(world: World) -> Fields:
    return {"artifact_path": f"{world.artifact_root}/model"}


def _just(**fields: Any) -> Callable[[World], Fields]:
    return lambda _: fields


# Routes for everybody, and why.
PUBLIC = {
    "GET /accounts/link/{secret}": "the secret is the credential, and works once",
    "GET /api/v1/": "leads to the documentation",
    "GET /api/v1/docs": "the documentation, the same for everybody",
    "GET /api/v1/openapi.json": "the documentation, the same for everybody",
    "GET /accounts/sign-in": "how one becomes somebody",
    "GET /accounts/sign-out": "ends one's own session at most",
    "GET /healthz": "says that the server answers",
    "GET /metrics": "asks for a token of the operator's own, and is not there without one; no tenant is named",
    "GET /readyz": "says which part of the server does not work, and nothing of tenants or addresses",
    "GET /health": "says that the server answers",
    "GET /version": "clients ask it before anything else",
    "GET /{team}/{project}/health": "the same for every path, real or not",
    "GET /{team}/{project}/version": "the same for every path, real or not",
    "GET 3.0/mlflow/server-info": "what this server can do; clients ask it before anything else",
}

POST = "POST"
_MODEL_PAGE = "/{team}/{project}/models/{name}"
_VERSION_PAGE = f"{_MODEL_PAGE}/versions/{{number}}"
_APPROVAL_PAGE = "/{team}/{project}/approvals/{request_id}"
_RULE = {"mover_role": "editor", "approvals_needed": 2, "approver_role": "editor", "metric_comparison": ">="}
PAGES = {
    "/": Case(outcome=Outcome.OWN),
    "/new": Case(_just(slug="third", name="Third"), method=POST, outcome=Outcome.OWN),
    "/{team}": Case(),
    "/{team}/members": Case(),
    "/{team}/members/add": Case(method=POST, succeeds=False),
    "/{team}/members/{user_id}/remove": Case(method=POST),
    "/{team}/members/{user_id}/role": Case(_just(role="viewer"), method=POST),
    "/{team}/projects/create": Case(method=POST, succeeds=False),
    "/{team}/service-accounts": Case(),
    "/{team}/service-accounts/create": Case(method=POST, succeeds=False),
    "/{team}/service-accounts/{account_id}/deactivate": Case(method=POST),
    "/{team}/tokens": Case(),
    "/{team}/tokens/create": Case(method=POST, succeeds=False),
    "/{team}/tokens/{token_id}/revoke": Case(method=POST),
    "/{team}/{project}": Case(),
    "/{team}/{project}/": Case(),
    "/{team}/{project}/connect": Case(),
    "/{team}/{project}/experiments/{number}": Case(),
    "/{team}/{project}/experiments/{number}/columns": Case(method=POST, outcome=Outcome.HIDDEN),
    "/{team}/{project}/jobs": Case(),
    "/{team}/{project}/jobs/{job_id}/cancel": Case(method=POST),
    "/{team}/{project}/jobs/{job_id}/progress": Case(),
    "/{team}/{project}/jobs/{job_id}/retry": Case(path=lambda world: {"job_id": world.ended_job.pk.hex}, method=POST),
    "/{team}/{project}/experiments/{number}/curves": Case(_just(metric="loss")),
    "/{team}/{project}/runs/{run_id}": Case(),
    "/{team}/{project}/runs/{run_id}/artifacts": Case(_just(path=ARTIFACT_PATH)),
    "/{team}/{project}/runs/{run_id}/artifacts/download": Case(_just(path=ARTIFACT_PATH)),
    "/{team}/{project}/runs/{run_id}/artifacts/preview": Case(_just(path=ARTIFACT_PATH)),
    "/{team}/{project}/runs/{run_id}/artifacts/raw": Case(_just(path=PAGE_PATH)),
    "/{team}/{project}/runs/{run_id}/chart-data": Case(_just(key="loss")),
    "/{team}/{project}/runs/{run_id}/live": Case(),
    "/{team}/{project}/storage": Case(),
    "/{team}/{project}/models": Case(outcome=Outcome.OWN),
    _MODEL_PAGE: Case(),
    f"{_MODEL_PAGE}/describe": Case(_just(description="changed"), method=POST),
    f"{_MODEL_PAGE}/share": Case(_just(to_project=""), method=POST),
    f"{_MODEL_PAGE}/unshare": Case(_just(to_project=""), method=POST),
    f"{_MODEL_PAGE}/delete": Case(method=POST),
    f"{_MODEL_PAGE}/tags": Case(_just(key="task", value="changed"), method=POST),
    f"{_MODEL_PAGE}/tags/remove": Case(_just(key="task"), method=POST),
    f"{_MODEL_PAGE}/compare": Case(_just(a=1, b=1)),
    _VERSION_PAGE: Case(),
    f"{_VERSION_PAGE}/download": Case(_just(path="MLmodel")),
    f"{_VERSION_PAGE}/stage": Case(_just(stage="Production"), method=POST),
    f"{_VERSION_PAGE}/alias": Case(_just(alias="other"), method=POST),
    f"{_VERSION_PAGE}/alias/remove": Case(_just(alias="champion"), method=POST),
    f"{_VERSION_PAGE}/delete": Case(method=POST),
    f"{_VERSION_PAGE}/describe": Case(_just(description="changed"), method=POST),
    f"{_VERSION_PAGE}/tags": Case(_just(key="stage", value="changed"), method=POST),
    f"{_VERSION_PAGE}/tags/remove": Case(_just(key="stage"), method=POST),
    f"{_MODEL_PAGE}/approvals": Case(path=_governed),
    f"{_MODEL_PAGE}/approvals/rules": Case(_just(**_RULE, stage="Production"), path=_governed, method=POST),
    f"{_MODEL_PAGE}/approvals/rules/{{rule_id}}": Case(_just(**_RULE), path=_governed, method=POST),
    f"{_MODEL_PAGE}/approvals/rules/{{rule_id}}/remove": Case(path=_governed, method=POST),
    f"{_VERSION_PAGE}/ask": Case(_just(target="alias:best"), path=_second, method=POST),
    "/{team}/{project}/approvals": Case(outcome=Outcome.OWN),
    f"{_APPROVAL_PAGE}": Case(),
    f"{_APPROVAL_PAGE}/approve": Case(method=POST),
    f"{_APPROVAL_PAGE}/reject": Case(method=POST),
    f"{_APPROVAL_PAGE}/withdraw": Case(path=_own_request, method=POST),
    "/{team}/{project}/lineage": Case(_just(name=REGISTERED_NAME, version=1)),
    "/{team}/{project}/runs/{run_id}/models": Case(),
    "/{team}/{project}/runs/{run_id}/models/register": Case(
        lambda world: {"name": REGISTERED_NAME, "model_id": model_id(world.model.pk)}, method=POST
    ),
    "/{team}/{project}/trash": Case(),
    "/{team}/{project}/trash/empty": Case(method=POST, outcome=Outcome.HIDDEN),
    "/{team}/{project}/trash/restore": Case(
        lambda world: {"kind": "experiment", "id": world.deleted.number}, method=POST
    ),
    "/{team}/{project}/trash/rules": Case(
        _just(trash_days="7", keep_best_direction="highest"), method=POST, outcome=Outcome.OWN
    ),
    "/{team}/{project}/settings": Case(),
    "/{team}/{project}/settings/delete": Case(method=POST, succeeds=False),
    "/{team}/{project}/settings/grants": Case(method=POST, succeeds=False),
    "/{team}/{project}/settings/grants/{grant_id}/remove": Case(method=POST),
    "/{team}/{project}/settings/update": Case(method=POST, succeeds=False),
    "/{team}/{project}/settings/webhooks": Case(),
    "/{team}/{project}/settings/webhooks/create": Case(method=POST, succeeds=False),
    "/{team}/{project}/settings/webhooks/{webhook_id}": Case(),
    "/{team}/{project}/settings/webhooks/{webhook_id}/delete": Case(method=POST),
    "/{team}/{project}/settings/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": Case(
        method=POST, succeeds=False
    ),
    "/{team}/{project}/settings/webhooks/{webhook_id}/secret": Case(method=POST),
    "/{team}/{project}/settings/webhooks/{webhook_id}/test": Case(method=POST),
    "/{team}/{project}/settings/webhooks/{webhook_id}/update": Case(
        _just(name="changed", url=WEBHOOK_URL, events=["run.finished"]), method=POST
    ),
}

_TEAM = "/api/v1/teams/{team}"
_PROJECT = "/api/v1/projects/{team}/{project}"
_EXPERIMENT = f"{_PROJECT}/experiments/{{experiment_id}}"
_RUN = "/api/v1/runs/{run_id}"
_UPLOAD = f"{_RUN}/uploads/{{upload_id}}"
_WEBHOOK = f"{_PROJECT}/webhooks/{{webhook_id}}"
_REGISTRY = f"{_PROJECT}/registered-models"
_ENTRY = f"{_REGISTRY}/{{name}}"
_ENTRY_RULE = f"{_ENTRY}/approval-rules/{{rule_id}}"
_APPROVAL = f"{_PROJECT}/approval-requests/{{request_id}}"
_ENTRY_VERSION = f"{_ENTRY}/versions/{{version}}"
_COLUMNS = {"step": [7], "timestamp_ms": [START_MS], "value": [0.5]}
_RULES = {
    "trash_days": 7,
    "keep_days": 1,
    "keep_best_count": 1,
    "keep_best_metric": "loss",
    "keep_best_direction": "lowest",
}

NATIVE = {
    "GET /api/v1/me": Case(outcome=Outcome.OWN),
    "GET /api/v1/teams": Case(outcome=Outcome.OWN),
    "POST /api/v1/teams": Case(_just(slug="third"), is_session_only=True, outcome=Outcome.OWN),
    f"GET {_TEAM}": Case(),
    f"PATCH {_TEAM}": Case(_just(name="Renamed"), outcome=Outcome.OWN),
    f"GET {_TEAM}/audit": Case(),
    f"GET {_TEAM}/members": Case(),
    f"POST {_TEAM}/members": Case(_just(email="stranger@rival.test"), outcome=Outcome.REFUSED),
    f"PATCH {_TEAM}/members/{{user_id}}": Case(_just(role="viewer")),
    f"DELETE {_TEAM}/members/{{user_id}}": Case(),
    f"GET {_TEAM}/projects": Case(),
    f"POST {_TEAM}/projects": Case(_just(slug="third"), outcome=Outcome.OWN),
    f"GET {_TEAM}/service-accounts": Case(),
    f"POST {_TEAM}/service-accounts": Case(_just(name="third"), outcome=Outcome.OWN),
    f"DELETE {_TEAM}/service-accounts/{{service_account_id}}": Case(),
    f"GET {_TEAM}/tokens": Case(),
    f"POST {_TEAM}/tokens": Case(_just(name="third"), outcome=Outcome.OWN),
    f"DELETE {_TEAM}/tokens/{{token_id}}": Case(),
    "GET /api/v1/projects": Case(outcome=Outcome.OWN),
    f"GET {_PROJECT}": Case(),
    f"PATCH {_PROJECT}": Case(_just(name="Renamed"), outcome=Outcome.OWN),
    f"DELETE {_PROJECT}": Case(),
    f"GET {_PROJECT}/grants": Case(),
    f"POST {_PROJECT}/grants": Case(
        lambda world: {"role": "viewer", "user_id": world.cast.member.user.pk}, outcome=Outcome.REFUSED
    ),
    f"DELETE {_PROJECT}/grants/{{grant_id}}": Case(),
    f"GET {_PROJECT}/trash": Case(),
    f"POST {_PROJECT}/trash/restore": Case(lambda world: {"experiment_ids": [world.deleted.number]}),
    f"POST {_PROJECT}/trash/empty": Case(lambda world: {"experiment_ids": [world.deleted.number]}),
    f"GET {_PROJECT}/retention": Case(),
    f"PUT {_PROJECT}/retention": Case(_just(**_RULES), outcome=Outcome.OWN),
    f"POST {_PROJECT}/retention/preview": Case(_just(**_RULES), outcome=Outcome.OWN),
    f"GET {_PROJECT}/storage": Case(),
    f"GET {_PROJECT}/integrity": Case(),
    f"GET {_PROJECT}/webhooks": Case(),
    f"POST {_PROJECT}/webhooks": Case(
        _just(name="third", url=WEBHOOK_URL, events=["run.finished"]), outcome=Outcome.OWN
    ),
    f"GET {_WEBHOOK}": Case(),
    f"PATCH {_WEBHOOK}": Case(_just(description="changed")),
    f"DELETE {_WEBHOOK}": Case(),
    f"POST {_WEBHOOK}/secret": Case(),
    f"POST {_WEBHOOK}/test": Case(),
    f"GET {_WEBHOOK}/deliveries": Case(),
    f"GET {_WEBHOOK}/deliveries/{{delivery_id}}": Case(),
    f"POST {_WEBHOOK}/deliveries/{{delivery_id}}/redeliver": Case(succeeds=False),
    f"GET {_REGISTRY}": Case(),
    f"POST {_REGISTRY}": Case(_just(name="new-model"), outcome=Outcome.OWN),
    f"GET {_ENTRY}": Case(),
    f"PATCH {_ENTRY}": Case(_just(description="changed", name="renamed")),
    f"DELETE {_ENTRY}": Case(),
    f"POST {_ENTRY}/tags": Case(_just(tags={"task": "changed"})),
    f"DELETE {_ENTRY}/tags/{{key}}": Case(path=_just(key="task")),
    f"GET {_ENTRY}/aliases/{{alias}}": Case(),
    f"PUT {_ENTRY}/aliases/{{alias}}": Case(_just(version=1)),
    f"DELETE {_ENTRY}/aliases/{{alias}}": Case(),
    f"GET {_ENTRY}/shares": Case(),
    f"POST {_ENTRY}/shares": Case(_just(to_project=None)),
    f"DELETE {_ENTRY}/shares": Case(),
    f"DELETE {_ENTRY}/shares/{{to_project}}": Case(path=_just(to_project="other")),
    f"GET {_ENTRY}/activity": Case(),
    f"GET {_ENTRY}/approval-rules": Case(path=_governed),
    f"POST {_ENTRY}/approval-rules": Case(_just(stage="Production"), path=_governed),
    f"GET {_ENTRY_RULE}": Case(path=_governed),
    f"PATCH {_ENTRY_RULE}": Case(_just(approvals_needed=2), path=_governed),
    f"DELETE {_ENTRY_RULE}": Case(path=_governed),
    f"GET {_ENTRY}/approval-requests": Case(path=_governed),
    f"POST {_ENTRY}/approval-requests": Case(_just(version=2, alias="best"), path=_governed),
    f"GET {_PROJECT}/approval-requests": Case(),
    f"GET {_APPROVAL}": Case(),
    f"POST {_APPROVAL}/approve": Case(),
    f"POST {_APPROVAL}/reject": Case(),
    f"POST {_APPROVAL}/withdraw": Case(path=_own_request),
    f"GET {_ENTRY}/versions": Case(),
    f"POST {_ENTRY}/versions": Case(lambda world: {"source": f"models:/{model_id(world.model.pk)}"}),
    f"GET {_ENTRY_VERSION}": Case(),
    f"PATCH {_ENTRY_VERSION}": Case(_just(description="changed")),
    f"DELETE {_ENTRY_VERSION}": Case(),
    f"POST {_ENTRY_VERSION}/tags": Case(_just(tags={"stage": "changed"})),
    f"DELETE {_ENTRY_VERSION}/tags/{{key}}": Case(path=_just(key="stage")),
    f"GET {_ENTRY_VERSION}/package": Case(),
    f"PUT {_ENTRY_VERSION}/stage": Case(_just(stage="Production")),
    f"GET {_PROJECT}/model-versions": Case(),
    f"GET {_PROJECT}/lineage": Case(_just(name=REGISTERED_NAME, version=1)),
    f"GET {_PROJECT}/jobs": Case(),
    f"GET {_PROJECT}/jobs/{{job_id}}": Case(),
    f"POST {_PROJECT}/jobs/{{job_id}}/cancel": Case(),
    f"POST {_PROJECT}/jobs/{{job_id}}/retry": Case(path=lambda world: {"job_id": world.ended_job.pk.hex}),
    f"GET {_PROJECT}/experiments": Case(),
    f"POST {_PROJECT}/experiments": Case(_just(name="another"), outcome=Outcome.OWN),
    f"GET {_EXPERIMENT}": Case(),
    f"PATCH {_EXPERIMENT}": Case(_just(name="renamed")),
    f"DELETE {_EXPERIMENT}": Case(),
    f"POST {_EXPERIMENT}/restore": Case(path=lambda world: {"experiment_id": world.deleted.number}),
    f"POST {_EXPERIMENT}/tags": Case(_just(tags={"loss": "changed"})),
    f"DELETE {_EXPERIMENT}/tags/{{key}}": Case(),
    f"GET {_PROJECT}/runs": Case(lambda world: {"experiment_id": [world.experiment.number]}, outcome=Outcome.HIDDEN),
    f"POST {_PROJECT}/runs": Case(lambda world: {"experiment_id": world.experiment.number}),
    f"GET {_RUN}": Case(),
    f"PATCH {_RUN}": Case(_just(status="KILLED")),
    f"DELETE {_RUN}": Case(),
    f"POST {_RUN}/restore": Case(),
    f"POST {_RUN}/batch": Case(_just(params={"beta": "2"}, tags={"loss": "changed"})),
    f"DELETE {_RUN}/tags/{{key}}": Case(),
    f"GET {_RUN}/metrics": Case(),
    f"POST {_RUN}/metrics": Case(_just(series={"loss": _COLUMNS})),
    f"GET {_RUN}/metrics.parquet": Case(),
    f"GET {_RUN}/metrics/{{key}}": Case(),
    f"POST {_PROJECT}/metrics/aggregate": Case(
        lambda world: {"experiment_id": world.experiment.number, "key": "loss", "group_by": "params.alpha"}
    ),
    f"GET {_PROJECT}/usage": Case(),
    f"GET {_EXPERIMENT}/usage": Case(),
    f"GET {_RUN}/usage": Case(),
    f"GET {_RUN}/artifacts": Case(_just(path="model")),
    f"GET {_RUN}/artifacts/{{path}}": Case(),
    f"PUT {_RUN}/artifacts/{{path}}": Case(),
    f"DELETE {_RUN}/artifacts/{{path}}": Case(),
    f"GET {_RUN}/artifact-info/{{path}}": Case(),
    f"POST {_RUN}/artifact-batch": Case(_just(files=[{"path": "b", "content": "AAAA"}])),
    f"GET {_RUN}/uploads": Case(),
    f"POST {_RUN}/uploads": Case(_just(path="c")),
    f"GET {_UPLOAD}": Case(),
    f"DELETE {_UPLOAD}": Case(),
    f"PUT {_UPLOAD}/parts/{{part_number}}": Case(),
    f"POST {_UPLOAD}/part-addresses": Case(_just(parts=[{"number": 1, "size_bytes": 7}]), succeeds=False),
    f"POST {_UPLOAD}/complete": Case(_just(parts=[{"number": 9, "etag": "none"}]), succeeds=False),
    "POST /api/v1/metrics/query": Case(
        lambda world: {"run_ids": [world.run.pk.hex], "keys": ["loss"]}, outcome=Outcome.HIDDEN
    ),
}

_TAG = {"key": "stage", "value": "changed"}
_POINT = {"key": "loss", "value": 9.0, "timestamp": START_MS, "step": 99}
_MODEL = "2.0/mlflow/logged-models/{model_id}"
_REGISTERED, _VERSIONS = "2.0/mlflow/registered-models", "2.0/mlflow/model-versions"
_MODEL_INFO = {"artifact_path": "model", "flavors": {}, "utc_time_created": "2026-01-01"}
_PROXY = "2.0/mlflow-artifacts"
_UPLOADED = {"path": "victims-parts.bin"}
_EVENT = {"entity": "MODEL_VERSION", "action": "CREATED"}
_DATASET = {"name": "n", "digest": "d", "source_type": "local", "source": "s"}

MLFLOW = {
    "POST 2.0/mlflow/experiments/create": Case(_just(name="another"), outcome=Outcome.OWN),
    "GET 2.0/mlflow/experiments/get": Case(_experiment()),
    "GET 2.0/mlflow/experiments/get-by-name": Case(_just(experiment_name=EXPERIMENT_NAME)),
    "POST 2.0/mlflow/experiments/update": Case(_experiment(new_name="renamed")),
    "POST 2.0/mlflow/experiments/delete": Case(_experiment()),
    "POST 2.0/mlflow/experiments/restore": Case(lambda world: {"experiment_id": str(world.deleted.number)}),
    "POST 2.0/mlflow/experiments/set-experiment-tag": Case(_experiment(**_TAG)),
    "POST 2.0/mlflow/experiments/delete-experiment-tag": Case(_experiment(key="purpose")),
    "POST 2.0/mlflow/experiments/search": Case(_just(max_results=100), outcome=Outcome.OWN),
    "GET 2.0/mlflow/experiments/search": Case(_just(max_results=100), outcome=Outcome.OWN),
    "POST 2.0/mlflow/experiments/search-datasets": Case(
        lambda world: {"experiment_ids": [str(world.experiment.number)]}, outcome=Outcome.HIDDEN
    ),
    "POST 2.0/mlflow/runs/create": Case(_experiment(start_time=START_MS)),
    "POST 2.0/mlflow/runs/update": Case(_run(status="KILLED")),
    "GET 2.0/mlflow/runs/get": Case(_run()),
    "POST 2.0/mlflow/runs/delete": Case(_run()),
    "POST 2.0/mlflow/runs/restore": Case(_run()),
    "POST 2.0/mlflow/runs/log-batch": Case(_run(metrics=[_POINT], params=[{"key": "p", "value": "1"}], tags=[_TAG])),
    "POST 2.0/mlflow/runs/log-metric": Case(_run(**_POINT)),
    "POST 2.0/mlflow/runs/log-parameter": Case(_run(key="beta", value="2")),
    "POST 2.0/mlflow/runs/set-tag": Case(_run(**_TAG)),
    "POST 2.0/mlflow/runs/delete-tag": Case(_run(key="stage")),
    "POST 2.0/mlflow/runs/log-inputs": Case(_run(datasets=[{"dataset": _DATASET}])),
    "POST 2.0/mlflow/runs/search": Case(
        lambda world: {"experiment_ids": ["0", str(world.experiment.number)]}, outcome=Outcome.OWN
    ),
    "GET 2.0/mlflow/metrics/get-history": Case(_run(metric_key="loss"), outcome=Outcome.HIDDEN),
    "GET 2.0/mlflow/metrics/get-history-bulk": Case(
        lambda world: {"run_id": [world.run.pk.hex], "metric_key": "loss"}, outcome=Outcome.HIDDEN
    ),
    "GET 2.0/mlflow/metrics/get-history-bulk-interval": Case(
        lambda world: {"run_ids": [world.run.pk.hex], "metric_key": "loss", "max_results": 100},
        outcome=Outcome.HIDDEN,
    ),
    "GET 2.0/mlflow/artifacts/list": Case(_run(path="model")),
    "POST 2.0/mlflow/artifacts/presigned-download-url": Case(
        _run(path=ARTIFACT_PATH), outcome=Outcome.NOT_SERVED, succeeds=False
    ),
    "POST 2.0/mlflow/artifacts/presigned-upload-url": Case(
        _run(path="new.bin"), outcome=Outcome.NOT_SERVED, succeeds=False
    ),
    "GET get-artifact": Case(_run(path=ARTIFACT_PATH)),
    "POST 2.0/mlflow/upload-artifact": Case(query=lambda world: {"run_uuid": world.run.pk.hex, "path": ARTIFACT_PATH}),
    f"GET {_PROXY}/artifacts": Case(lambda world: {"path": f"{world.artifact_root}/model"}),
    f"GET {_PROXY}/artifacts/{{artifact_path}}": Case(),
    f"PUT {_PROXY}/artifacts/{{artifact_path}}": Case(),
    f"DELETE {_PROXY}/artifacts/{{artifact_path}}": Case(),
    f"GET {_PROXY}/presigned/{{artifact_path}}": Case(outcome=Outcome.NOT_SERVED, succeeds=False),
    f"POST {_PROXY}/mpu/create/{{artifact_path}}": Case(_just(**_UPLOADED, num_parts=1), path=_folder),
    f"PUT {_PROXY}/mpu/part/{{upload_id}}/{{part_number}}": Case(),
    f"POST {_PROXY}/mpu/complete/{{artifact_path}}": Case(
        lambda world: {**_UPLOADED, "upload_id": world.upload.pk.hex, "parts": [{"part_number": 9, "etag": "none"}]},
        path=_folder,
        succeeds=False,
    ),
    f"POST {_PROXY}/mpu/abort/{{artifact_path}}": Case(
        lambda world: {**_UPLOADED, "upload_id": world.upload.pk.hex}, path=_folder
    ),
    "POST 2.0/mlflow/logged-models": Case(lambda world: {"experiment_id": str(world.experiment.number), "name": "new"}),
    "POST 2.0/mlflow/logged-models/search": Case(
        lambda world: {"experiment_ids": ["0", str(world.experiment.number)]}, outcome=Outcome.OWN
    ),
    f"GET {_MODEL}": Case(),
    f"PATCH {_MODEL}": Case(_just(status="LOGGED_MODEL_READY")),
    f"DELETE {_MODEL}": Case(),
    f"POST {_MODEL}/params": Case(_just(params=[{"key": "new", "value": "1"}])),
    f"PATCH {_MODEL}/tags": Case(_just(tags=[{"key": "stage", "value": "changed"}])),
    f"DELETE {_MODEL}/tags/{{tag_key}}": Case(),
    f"GET {_MODEL}/artifacts/directories": Case(),
    f"GET {_MODEL}/artifacts/files": Case(_just(artifact_file_path="MLmodel")),
    f"POST {_REGISTERED}/create": Case(_just(name="new-model"), outcome=Outcome.OWN),
    f"GET {_REGISTERED}/get": Case(_registered()),
    f"PATCH {_REGISTERED}/update": Case(_registered(description="changed")),
    f"POST {_REGISTERED}/rename": Case(_registered(new_name="renamed")),
    f"DELETE {_REGISTERED}/delete": Case(_registered()),
    f"GET {_REGISTERED}/search": Case(outcome=Outcome.OWN),
    f"GET {_REGISTERED}/get-latest-versions": Case(_registered()),
    f"POST {_REGISTERED}/get-latest-versions": Case(_registered()),
    f"POST {_REGISTERED}/set-tag": Case(_registered(key="task", value="changed")),
    f"DELETE {_REGISTERED}/delete-tag": Case(_registered(key="task")),
    f"POST {_REGISTERED}/alias": Case(_registered(alias="other", version="1")),
    f"GET {_REGISTERED}/alias": Case(_registered(alias="champion")),
    f"DELETE {_REGISTERED}/alias": Case(_registered(alias="champion")),
    f"POST {_VERSIONS}/create": Case(
        lambda world: {"name": REGISTERED_NAME, "source": f"models:/{model_id(world.model.pk)}"}
    ),
    f"GET {_VERSIONS}/get": Case(_registered(version="1")),
    f"PATCH {_VERSIONS}/update": Case(_registered(version="1", description="changed")),
    f"DELETE {_VERSIONS}/delete": Case(_registered(version="1")),
    f"GET {_VERSIONS}/search": Case(outcome=Outcome.OWN),
    f"GET {_VERSIONS}/get-download-uri": Case(_registered(version="1")),
    f"POST {_VERSIONS}/transition-stage": Case(_registered(version="1", stage="Production")),
    f"POST {_VERSIONS}/set-tag": Case(_registered(version="1", key="stage", value="changed")),
    f"DELETE {_VERSIONS}/delete-tag": Case(_registered(version="1", key="stage")),
    "GET model-versions/get-artifact": Case(_registered(version="1", path="MLmodel")),
    "POST 2.0/mlflow/runs/outputs": Case(lambda world: {"run_id": world.run.pk.hex, "models": [_made(world)]}),
    "POST 2.0/mlflow/runs/log-model": Case(
        lambda world: {"run_id": world.run.pk.hex, "model_json": json.dumps(_MODEL_INFO | {"run_id": world.run.pk.hex})}
    ),
    "GET 2.0/mlflow/webhooks": Case(outcome=Outcome.OWN),
    "POST 2.0/mlflow/webhooks": Case(_just(name="third", url=WEBHOOK_URL, events=[_EVENT]), outcome=Outcome.OWN),
    "GET 2.0/mlflow/webhooks/{webhook_id}": Case(),
    "PATCH 2.0/mlflow/webhooks/{webhook_id}": Case(_just(description="changed")),
    "DELETE 2.0/mlflow/webhooks/{webhook_id}": Case(),
    "POST 2.0/mlflow/webhooks/{webhook_id}/test": Case(),
    "GET 3.0/mlflow/workspaces": Case(outcome=Outcome.OWN),
    "POST 3.0/mlflow/workspaces": Case(_just(name="another"), outcome=Outcome.OWN),
    "GET 3.0/mlflow/workspaces/{workspace_name}": Case(),
    "PATCH 3.0/mlflow/workspaces/{workspace_name}": Case(_just(description="changed")),
    "DELETE 3.0/mlflow/workspaces/{workspace_name}": Case(),
}
