"""Every route of the MLflow protocol that this server knows. What is not in here does not exist: 404 ENDPOINT_NOT_FOUND.

Traces, evaluation, scorers, prompts, the gateway and MLflow's user administration are left out on purpose: clients
take ENDPOINT_NOT_FOUND as "an older server", and go on without.
"""

from __future__ import annotations

from apps.mlflow_api.handlers import (
    artifact_files,
    artifact_uploads,
    artifacts,
    experiments,
    metrics,
    runs,
    server,
    webhooks,
    workspaces,
)
from apps.mlflow_api.routing import Audience, Route, RouteTable
from apps.mlflow_api.schemas import artifacts as artifact_requests
from apps.mlflow_api.schemas import experiments as experiment_requests
from apps.mlflow_api.schemas import metrics as metric_requests
from apps.mlflow_api.schemas import runs as run_requests
from apps.mlflow_api.schemas import webhooks as webhook_requests
from apps.mlflow_api.schemas import workspaces as workspace_requests
from apps.teams.permissions import Permission

V2 = "2.0/mlflow"
V3 = "3.0/mlflow"

READ = Permission.PROJECT_READ
WRITE_EXPERIMENT = Permission.EXPERIMENT_WRITE
DELETE_EXPERIMENT = Permission.EXPERIMENT_DELETE
LOG = Permission.RUN_LOG
DELETE_RUN = Permission.RUN_DELETE
MANAGE = Permission.PROJECT_MANAGE

_EXPERIMENTS = (
    Route("POST", f"{V2}/experiments/create", WRITE_EXPERIMENT, experiments.create_experiment,
          experiment_requests.CREATE_EXPERIMENT),
    Route("GET", f"{V2}/experiments/get", READ, experiments.get_experiment, experiment_requests.EXPERIMENT_ID),
    Route("GET", f"{V2}/experiments/get-by-name", READ, experiments.get_experiment_by_name,
          experiment_requests.EXPERIMENT_NAME),
    Route("POST", f"{V2}/experiments/update", WRITE_EXPERIMENT, experiments.update_experiment,
          experiment_requests.UPDATE_EXPERIMENT),
    Route("POST", f"{V2}/experiments/delete", DELETE_EXPERIMENT, experiments.delete_experiment,
          experiment_requests.EXPERIMENT_ID),
    Route("POST", f"{V2}/experiments/restore", DELETE_EXPERIMENT, experiments.restore_experiment,
          experiment_requests.EXPERIMENT_ID),
    Route("POST", f"{V2}/experiments/set-experiment-tag", WRITE_EXPERIMENT, experiments.set_experiment_tag,
          experiment_requests.SET_EXPERIMENT_TAG),
    Route("POST", f"{V2}/experiments/delete-experiment-tag", WRITE_EXPERIMENT, experiments.delete_experiment_tag,
          experiment_requests.DELETE_EXPERIMENT_TAG),
    Route("POST", f"{V2}/experiments/search", READ, experiments.search_experiments,
          experiment_requests.SEARCH_EXPERIMENTS),
    Route("GET", f"{V2}/experiments/search", READ, experiments.search_experiments,
          experiment_requests.SEARCH_EXPERIMENTS),
    Route("POST", f"{V2}/experiments/search-datasets", READ, experiments.search_datasets,
          experiment_requests.SEARCH_DATASETS, is_ajax_only=True),
)  # fmt: skip

_RUNS = (
    Route("POST", f"{V2}/runs/create", LOG, runs.create_run, run_requests.CREATE_RUN),
    Route("POST", f"{V2}/runs/update", LOG, runs.update_run, run_requests.UPDATE_RUN),
    Route("GET", f"{V2}/runs/get", READ, runs.get_run, run_requests.RUN_ID),
    Route("POST", f"{V2}/runs/delete", DELETE_RUN, runs.delete_run, run_requests.RUN_ID),
    Route("POST", f"{V2}/runs/restore", DELETE_RUN, runs.restore_run, run_requests.RUN_ID),
    Route("POST", f"{V2}/runs/log-batch", LOG, runs.log_batch, run_requests.LOG_BATCH),
    Route("POST", f"{V2}/runs/log-metric", LOG, metrics.log_metric, metric_requests.LOG_METRIC),
    Route("POST", f"{V2}/runs/log-parameter", LOG, runs.log_param, run_requests.LOG_PARAM),
    Route("POST", f"{V2}/runs/set-tag", LOG, runs.set_tag, run_requests.SET_TAG),
    Route("POST", f"{V2}/runs/delete-tag", LOG, runs.delete_tag, run_requests.DELETE_TAG),
    Route("POST", f"{V2}/runs/log-inputs", LOG, runs.log_inputs, run_requests.LOG_INPUTS),
    Route("POST", f"{V2}/runs/search", READ, runs.search_runs, run_requests.SEARCH_RUNS),
)

_METRICS = (
    Route("GET", f"{V2}/metrics/get-history", READ, metrics.get_history, metric_requests.GET_HISTORY),
    Route("GET", f"{V2}/metrics/get-history-bulk", READ, metrics.get_history_bulk, metric_requests.GET_HISTORY_BULK,
          is_ajax_only=True),
    Route("GET", f"{V2}/metrics/get-history-bulk-interval", READ, metrics.get_history_bulk_interval,
          metric_requests.GET_HISTORY_BULK_INTERVAL),
)  # fmt: skip

_PROXY = "2.0/mlflow-artifacts"
_FILE = f"{_PROXY}/artifacts/<path:artifact_path>"

_ARTIFACTS = (
    Route("GET", f"{V2}/artifacts/list", READ, artifacts.list_artifacts, artifact_requests.LIST_ARTIFACTS),
    Route("GET", f"{_PROXY}/artifacts", READ, artifacts.list_proxied, artifact_requests.LIST_PROXIED),
    Route("GET", _FILE, READ, artifact_files.download_artifact, is_raw=True),
    Route("PUT", _FILE, LOG, artifact_files.upload_artifact, is_raw=True),
    Route("DELETE", _FILE, DELETE_RUN, artifacts.delete_artifacts, is_raw=True),
    Route("GET", "get-artifact", READ, artifact_files.get_artifact, is_raw=True, is_ajax_only=True),
    Route("POST", f"{V2}/upload-artifact", LOG, artifact_files.upload_artifact_by_query, is_raw=True,
          is_ajax_only=True),
    Route("POST", f"{_PROXY}/mpu/create/<path:artifact_path>", LOG, artifact_uploads.create_multipart, is_raw=True),
    Route("PUT", f"{_PROXY}/mpu/part/<upload_id>/<part_number>", LOG, artifact_uploads.put_part, is_raw=True),
    Route("POST", f"{_PROXY}/mpu/complete/<path:artifact_path>", LOG, artifact_uploads.complete_multipart, is_raw=True),
    Route("POST", f"{_PROXY}/mpu/abort/<path:artifact_path>", LOG, artifact_uploads.abort_multipart,
          artifact_requests.ABORT_MULTIPART),
    Route("GET", f"{_PROXY}/presigned/<path:artifact_path>", READ, artifact_uploads.presigned_download, is_raw=True),
    Route("POST", f"{V2}/artifacts/presigned-download-url", READ, artifact_uploads.create_download_url, is_raw=True),
    Route("POST", f"{V2}/artifacts/presigned-upload-url", LOG, artifact_uploads.create_upload_url,
          artifact_requests.PRESIGN),
)  # fmt: skip

_SERVER = (
    Route("GET", f"{V3}/server-info", None, server.server_info, audience=Audience.PUBLIC),
    Route("POST", f"{V2}/logged-models/search", READ, server.no_logged_models),
)

_WORKSPACES = (
    Route("GET", f"{V3}/workspaces", Permission.TEAM_READ, workspaces.list_workspaces, audience=Audience.TEAM),
    Route("POST", f"{V3}/workspaces", Permission.PROJECT_CREATE, workspaces.create_workspace,
          workspace_requests.CREATE_WORKSPACE, Audience.TEAM),
    Route("GET", f"{V3}/workspaces/<workspace_name>", Permission.TEAM_READ, workspaces.get_workspace,
          audience=Audience.TEAM),
    Route("PATCH", f"{V3}/workspaces/<workspace_name>", Permission.TEAM_READ, workspaces.update_workspace,
          workspace_requests.UPDATE_WORKSPACE, Audience.TEAM),
    Route("DELETE", f"{V3}/workspaces/<workspace_name>", Permission.TEAM_READ, workspaces.delete_workspace,
          workspace_requests.DELETE_WORKSPACE, Audience.TEAM),
)  # fmt: skip

_WEBHOOK = f"{V2}/webhooks/<webhook_id>"

_WEBHOOKS = (
    Route("POST", f"{V2}/webhooks", MANAGE, webhooks.create_webhook, webhook_requests.CREATE_WEBHOOK),
    Route("GET", f"{V2}/webhooks", MANAGE, webhooks.list_webhooks, webhook_requests.LIST_WEBHOOKS),
    Route("GET", _WEBHOOK, MANAGE, webhooks.get_webhook),
    Route("PATCH", _WEBHOOK, MANAGE, webhooks.update_webhook, webhook_requests.UPDATE_WEBHOOK),
    Route("DELETE", _WEBHOOK, MANAGE, webhooks.delete_webhook),
    Route("POST", f"{_WEBHOOK}/test", MANAGE, webhooks.test_webhook, webhook_requests.TEST_WEBHOOK),
)

_MODEL = f"{V2}/logged-models/<model_id>"

# Known, and not served: 501 to whoever may see the project, so that clients and people are told what is the matter.
_UNSERVED = tuple(
    Route(method, path, READ, server.not_implemented)
    for methods, path in (
        ("POST", f"{V2}/runs/outputs"),
        ("POST", f"{V2}/runs/log-model"),
        ("POST", f"{V2}/logged-models"),
        ("GET PATCH DELETE", _MODEL),
        ("POST", f"{_MODEL}/params"),
        ("PATCH", f"{_MODEL}/tags"),
        ("DELETE", f"{_MODEL}/tags/<tag_key>"),
        ("GET", f"{_MODEL}/artifacts/directories"),
        ("GET", f"{_MODEL}/artifacts/files"),
        ("POST", f"{V2}/registered-models/create"),
        ("GET", f"{V2}/registered-models/get"),
        ("PATCH", f"{V2}/registered-models/update"),
        ("DELETE", f"{V2}/registered-models/delete"),
        ("POST", f"{V2}/registered-models/rename"),
        ("GET", f"{V2}/registered-models/search"),
        ("GET POST", f"{V2}/registered-models/get-latest-versions"),
        ("POST", f"{V2}/registered-models/set-tag"),
        ("DELETE", f"{V2}/registered-models/delete-tag"),
        ("GET POST DELETE", f"{V2}/registered-models/alias"),
        ("POST", f"{V2}/model-versions/create"),
        ("GET", f"{V2}/model-versions/get"),
        ("PATCH", f"{V2}/model-versions/update"),
        ("DELETE", f"{V2}/model-versions/delete"),
        ("GET", f"{V2}/model-versions/search"),
        ("GET", f"{V2}/model-versions/get-download-uri"),
        ("POST", f"{V2}/model-versions/transition-stage"),
        ("POST", f"{V2}/model-versions/set-tag"),
        ("DELETE", f"{V2}/model-versions/delete-tag"),
    )
    for method in methods.split()
)

ROUTES = RouteTable((*_EXPERIMENTS, *_RUNS, *_METRICS, *_ARTIFACTS, *_SERVER, *_WORKSPACES, *_WEBHOOKS, *_UNSERVED))
