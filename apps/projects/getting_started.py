"""The commands that lead a newcomer from a project's page to a first run in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from apps.teams.access import Access

SNIPPET = """\
import mlflow

mlflow.set_experiment("first-steps")
with mlflow.start_run():
    mlflow.log_param("learning_rate", 0.1)
    for step in range(100):
        mlflow.log_metric("loss", 1 / (1 + 0.1 * step), step=step)
"""


@dataclass(frozen=True, slots=True)
class GettingStarted:
    """What to paste: two lines for a shell, a few of Python."""

    team: str
    project: str
    exports: str
    snippet: str


def getting_started(access: Access, token: str = "rf_…your token…") -> GettingStarted:  # noqa: S107
    """The commands for the project of `access`, with `token` filled in where it is known."""
    team, project = access.team.slug, access.project.slug
    exports = f"export MLFLOW_TRACKING_URI={settings.PUBLIC_URL}/{team}/{project}\nexport MLFLOW_TRACKING_TOKEN={token}"
    return GettingStarted(team, project, exports, SNIPPET)
