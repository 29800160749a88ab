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
    logged_models,
    metrics,
    model_versions,
    registered_models,
    runs,
    server,
    webhooks,
    workspaces,
)
from apps.mlflow_api.routing import Audience, Route, RouteTable
from apps.mlflow_api.schemas import artifacts as artifact_requests
from apps.mlflow_api.schemas import experiments as experiment_requests
from apps.mlflow_api.schemas import logged_models as model_requests
from apps.mlflow_api.schemas import metrics as metric_requests
from apps.mlflow_api.schemas import registry as registry_requests
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

_MODEL = f"{V2}/logged-models/<model_id>"

_LOGGED_MODELS = (
    Route("POST", f"{V2}/logged-models", LOG, logged_models.create, model_requests.CREATE),
    Route("POST", f"{V2}/logged-models/search", READ, logged_models.search, model_requests.SEARCH),
    Route("GET", _MODEL, READ, logged_models.get, model_requests.GET),
    Route("PATCH", _MODEL, LOG, logged_models.finalize, model_requests.FINALIZE),
    Route("DELETE", _MODEL, DELETE_RUN, logged_models.delete),
    Route("POST", f"{_MODEL}/params", LOG, logged_models.log_params, model_requests.LOG_PARAMS),
    Route("PATCH", f"{_MODEL}/tags", LOG, logged_models.set_tags, model_requests.SET_TAGS),
    Route("DELETE", f"{_MODEL}/tags/<path:tag_key>", LOG, logged_models.delete_tag),
    Route("GET", f"{_MODEL}/artifacts/directories", READ, logged_models.list_files, model_requests.LIST_FILES),
    Route("GET", f"{_MODEL}/artifacts/files", READ, logged_models.get_file, is_raw=True, is_ajax_only=True),
    Route("POST", f"{V2}/runs/outputs", LOG, logged_models.log_outputs, model_requests.LOG_OUTPUTS),
    Route("POST", f"{V2}/runs/log-model", LOG, logged_models.log_model, model_requests.LOG_MODEL),
)

_REGISTERED = f"{V2}/registered-models"
_VERSIONS = f"{V2}/model-versions"
WRITE_MODEL = Permission.MODEL_WRITE
PROMOTE = Permission.MODEL_PROMOTE

_REGISTRY = (
    Route("POST", f"{_REGISTERED}/create", WRITE_MODEL, registered_models.create_model, registry_requests.CREATE_MODEL),
    Route("GET", f"{_REGISTERED}/get", READ, registered_models.get_model, registry_requests.MODEL_NAME),
    Route("PATCH", f"{_REGISTERED}/update", WRITE_MODEL, registered_models.update_model,
          registry_requests.UPDATE_MODEL),
    Route("POST", f"{_REGISTERED}/rename", WRITE_MODEL, registered_models.rename_model,
          registry_requests.RENAME_MODEL),
    Route("DELETE", f"{_REGISTERED}/delete", PROMOTE, registered_models.delete_model, registry_requests.MODEL_NAME),
    Route("GET", f"{_REGISTERED}/search", READ, registered_models.search, registry_requests.SEARCH_MODELS),
    Route("GET", f"{_REGISTERED}/get-latest-versions", READ, registered_models.get_latest_versions,
          registry_requests.LATEST_VERSIONS),
    Route("POST", f"{_REGISTERED}/get-latest-versions", READ, registered_models.get_latest_versions,
          registry_requests.LATEST_VERSIONS),
    Route("POST", f"{_REGISTERED}/set-tag", WRITE_MODEL, registered_models.set_tag, registry_requests.SET_MODEL_TAG),
    Route("DELETE", f"{_REGISTERED}/delete-tag", WRITE_MODEL, registered_models.delete_tag,
          registry_requests.DELETE_MODEL_TAG),
    Route("POST", f"{_REGISTERED}/alias", WRITE_MODEL, registered_models.set_alias, registry_requests.SET_ALIAS),
    Route("GET", f"{_REGISTERED}/alias", READ, registered_models.get_version_by_alias, registry_requests.ALIAS),
    Route("DELETE", f"{_REGISTERED}/alias", WRITE_MODEL, registered_models.delete_alias, registry_requests.ALIAS),
    Route("POST", f"{_VERSIONS}/create", WRITE_MODEL, model_versions.create_version, registry_requests.CREATE_VERSION),
    Route("GET", f"{_VERSIONS}/get", READ, model_versions.get_version, registry_requests.VERSION),
    Route("PATCH", f"{_VERSIONS}/update", WRITE_MODEL, model_versions.update_version,
          registry_requests.UPDATE_VERSION),
    Route("DELETE", f"{_VERSIONS}/delete", PROMOTE, model_versions.delete_version, registry_requests.VERSION),
    Route("GET", f"{_VERSIONS}/search", READ, model_versions.search, registry_requests.SEARCH_VERSIONS),
    Route("GET", f"{_VERSIONS}/get-download-uri", READ, model_versions.get_download_uri, registry_requests.VERSION),
    Route("POST", f"{_VERSIONS}/transition-stage", WRITE_MODEL, model_versions.transition_stage,
          registry_requests.TRANSITION_STAGE),
    Route("POST", f"{_VERSIONS}/set-tag", WRITE_MODEL, model_versions.set_tag, registry_requests.SET_VERSION_TAG),
    Route("DELETE", f"{_VERSIONS}/delete-tag", WRITE_MODEL, model_versions.delete_tag,
          registry_requests.DELETE_VERSION_TAG),
    Route("GET", "model-versions/get-artifact", READ, model_versions.get_artifact, is_raw=True, is_ajax_only=True),
)  # fmt: skip

_SERVER = (Route("GET", f"{V3}/server-info", None, server.server_info, audience=Audience.PUBLIC),)

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

ROUTES = RouteTable(
    (*_EXPERIMENTS, *_RUNS, *_METRICS, *_ARTIFACTS, *_LOGGED_MODELS, *_REGISTRY, *_SERVER, *_WORKSPACES, *_WEBHOOKS)
)
