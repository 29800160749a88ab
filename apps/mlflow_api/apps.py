"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class MlflowApiConfig(AppConfig):
    """Runfold's mlflow_api."""

    name = "apps.mlflow_api"
