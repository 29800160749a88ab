"""Typed requests of the MLflow tracking protocol (mlflow/protos/service.proto), one module an area."""
