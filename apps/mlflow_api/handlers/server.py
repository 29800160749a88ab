"""Routes about the server itself."""

from __future__ import annotations

from apps.artifacts.stores import artifact_store
from apps.mlflow_api import responses

# The version of MLflow whose API this server speaks: clients compare it with the least that they need.
MLFLOW_VERSION = "3.17.2"

SERVER_INFO = {
    "store_type": "SqlStore",
    "workspaces_enabled": True,
    "trace_archival_enabled": False,
    "artifact_serving_enabled": True,
    "features_enabled": {"gateway": False},
}


def server_info(_access: None, _message: None) -> bytes:
    """GET server-info: how clients learn what to expect, before they sign in. Tells nothing about tenants."""
    # Clients send parts and fetch ranges by presigned addresses of their own accord where this says that they may.
    is_direct = artifact_store().is_direct
    direct = {
        "multipart_uploads_enabled": is_direct,
        "multipart_downloads_enabled": is_direct,
        "presigned_upload_run_id_supported": is_direct,
        "presigned_upload_model_id_supported": is_direct,
    }
    return responses.encode(SERVER_INFO | direct)
