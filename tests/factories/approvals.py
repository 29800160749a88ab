"""A registered model whose versions are better or worse than each other, with files that were read."""

from __future__ import annotations

from apps.common.ids import model_id
from apps.jobs import worker
from apps.registry.services import create_model, create_version
from apps.teams.access import Access
from tests.factories.models import make_model
from tests.factories.runs import make_run

MANIFEST = """\
flavors:
  python_function: {{loader_module: mlflow.sklearn}}
mlflow_version: 3.17.2
signature:
  inputs: '[{{"type": "{column}", "name": "distance", "required": true}}]'
  outputs: '[{{"type": "double"}}]'
"""
# Unpickling it would call os.system.
DANGEROUS = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R."


def package(*, column: str = "double", is_dangerous: bool = False) -> dict[str, bytes]:
    """The files of a model."""
    files = {"MLmodel": MANIFEST.format(column=column).encode(), "weights.safetensors": b"\x02\0\0\0\0\0\0\0{}"}
    return files | ({"model.pkl": DANGEROUS} if is_dangerous else {})


def make_versions(access: Access, *accuracies: float, name: str = "taxi") -> None:
    """A registered model with a version for each accuracy."""
    create_model(access, name=name)
    for accuracy in accuracies:
        add_version(access, accuracy, name=name)


def add_version(
    access: Access,
    accuracy: float | None,
    *,
    name: str = "taxi",
    files: dict[str, bytes] | None = None,
) -> int:
    """The next version of it, and its number."""
    run = make_run(access)
    metrics = {"loss": 0.5} if accuracy is None else {"acc": accuracy}
    model = make_model(access, experiment_number=0, run_id=run.pk, files=files or package(), metrics=metrics)
    version = create_version(access, name=name, source=f"models:/{model_id(model.pk)}")
    return version.number


def read_files() -> None:
    """Let the worker read what was registered."""
    while worker.run_next():
        pass
