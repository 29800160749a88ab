"""Routes about the server itself, and those that it does not serve yet."""

from __future__ import annotations

from typing import Any

from apps.common.errors import NotImplementedYet
from apps.mlflow_api import responses
from apps.teams.access import Access

# The version of MLflow whose API this server speaks: clients compare it with the least that they need.
MLFLOW_VERSION = "3.17.2"

SERVER_INFO = {
    "store_type": "SqlStore",
    "workspaces_enabled": True,
    "trace_archival_enabled": False,
    "multipart_uploads_enabled": False,
    "multipart_downloads_enabled": False,
    "presigned_upload_run_id_supported": False,
    "presigned_upload_model_id_supported": False,
    "features_enabled": {"gateway": False},
}


def server_info(_access: None, _message: None) -> bytes:
    """GET server-info: how clients learn what to expect, before they sign in. Tells nothing about tenants."""
    return responses.encode(SERVER_INFO)


def not_implemented(_access: Access, _message: None, **_placeholders: Any) -> bytes:
    """A part of the protocol that is known, and not served.

    Raises:
        NotImplementedYet: always.
    """
    raise NotImplementedYet("not_implemented", "This part of the MLflow protocol is not supported by this server.")
