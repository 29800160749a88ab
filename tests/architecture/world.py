"""Two teams with something of everything, and what one of them may never learn or change of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from apps.artifacts.models import TeamUsage, Upload
from apps.artifacts.owners import OwnerRef
from apps.artifacts.services import begin_upload
from apps.common.ids import model_id
from apps.experiments.models import Experiment
from apps.experiments.services import set_experiment_tag
from apps.jobs.models import Job
from apps.jobs.services import cancel_job, enqueue
from apps.logged_models.models import LoggedModel
from apps.projects.models import Project, ProjectGrant
from apps.projects.services import set_grant
from apps.projects.tenancy import bound
from apps.registry.models import ApprovalRequest, ApprovalRule, ModelVersion, Stage
from apps.registry.services import create_rule, create_version, request_approval
from apps.registry.services.approval_rules import Terms
from apps.runs.models import Run
from apps.runs.services import delete_experiment, set_tags
from apps.teams.models import ApiToken, Membership, ServiceAccount, Team
from apps.teams.permissions import ProjectRole
from apps.teams.services import DEFAULT_SCOPES, create_token
from apps.webhooks.events import Event
from apps.webhooks.models import WebhookDelivery, WebhookStatus
from apps.webhooks.services import create_webhook, send_test
from tests.architecture.rows import project_owned_models
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast, make_cast
from tests.factories.models import make_model, make_version
from tests.factories.runs import make_experiment, make_run

# Words that stand in the victim's data alone.
EXPERIMENT_NAME = "victims-experiment"
RUN_NAME = "victims-run"
MODEL_NAME = "victims-model"
REGISTERED_NAME = "victims-registered"
GOVERNED_NAME = "victims-governed"
ARTIFACT_PATH = "model/victims-weights.bin"
PAGE_PATH = "report/victims-page.html"
# Nobody listens there.
WEBHOOK_URL = "https://127.0.0.1:65001/"


@dataclass(frozen=True, slots=True)
class World:
    """The victim is team acme with project vision; the stranger owns team rival, which has a project vision too."""

    cast: Cast
    experiment: Experiment
    deleted: Experiment
    run: Run
    model: LoggedModel
    version: ModelVersion
    rule: ApprovalRule
    approval: ApprovalRequest
    own_approval: ApprovalRequest
    upload: Upload
    job: Job
    ended_job: Job
    grant: ProjectGrant
    token: ApiToken
    delivery: WebhookDelivery

    @property
    def markers(self) -> list[str]:
        """Texts that no answer to the stranger may hold."""
        return [
            EXPERIMENT_NAME,
            "victims-deleted",
            RUN_NAME,
            self.run.pk.hex,
            MODEL_NAME,
            self.model.pk.hex,
            REGISTERED_NAME,
            GOVERNED_NAME,
            self.version.pk.hex,
            self.approval.pk.hex,
            self.own_approval.pk.hex,
            self.job.pk.hex,
            self.ended_job.pk.hex,
            "acme.test",
            f"rf_{self.token.prefix}",
            "victims-bytes",
            "victims-hook",
            self.delivery.pk.hex,
            self.delivery.webhook.pk.hex,
        ]

    @property
    def artifact_root(self) -> str:
        """What stands before the paths of the run's files."""
        return f"{self.experiment.number}/{self.run.pk.hex}/artifacts"

    def path_values(self) -> dict[str, Any]:
        """The victim's value for each parameter of a path."""
        return {
            "artifact_path": f"{self.artifact_root}/{ARTIFACT_PATH}",
            "alias": "champion",
            "account_id": self.cast.machine.account.pk,
            "delivery_id": self.delivery.pk.hex,
            "experiment_id": self.experiment.number,
            "grant_id": self.grant.pk,
            "job_id": self.job.pk.hex,
            "key": "loss",
            "model_id": model_id(self.model.pk),
            "name": REGISTERED_NAME,
            # Of the experiment; and of the only version, as both are the first.
            "number": self.experiment.number,
            "part_number": 1,
            "path": ARTIFACT_PATH,
            "project": self.cast.project.slug,
            "request_id": self.approval.pk.hex,
            "rule_id": self.rule.pk,
            "run_id": self.run.pk.hex,
            "service_account_id": self.cast.machine.account.pk,
            "tag_key": "stage",
            "team": self.cast.team.slug,
            "token_id": self.token.pk,
            "upload_id": self.upload.pk.hex,
            "user_id": self.cast.member.user.pk,
            "version": self.version.number,
            "webhook_id": self.delivery.webhook.pk.hex,
        }

    def victims_rows(self) -> dict[str, list[Any]]:
        """Every row of the victim, to see that nothing changed."""
        with bound(self.cast.owner.access()):
            rows: dict[str, list[Any]] = {
                model.__name__: list(model.objects.in_project(self.cast.owner.access()).order_by("pk").values())
                for model in project_owned_models()
            }
        team = self.cast.team.pk
        rows |= {
            "Team": _rows(Team, pk=team),
            "Project": _rows(Project, team=team),
            "Membership": _rows(Membership, team=team),
            "ServiceAccount": _rows(ServiceAccount, team=team),
            "TeamUsage": _rows(TeamUsage, team=team),
            "ProjectGrant": _rows(ProjectGrant, project__team=team),
        }
        tokens = ApiToken.objects.filter(team=team).order_by("pk")
        return rows | {"ApiToken": list(tokens.values("pk", "scopes", "project_id", "revoked_at", "expires_at"))}


def make_world() -> World:
    """Make both teams and fill them."""
    cast = make_cast()
    owner = cast.owner.access()
    set_grant(owner, role=ProjectRole.VIEWER, user_id=cast.viewer.user.pk)
    owner = cast.owner.access()
    experiment = make_experiment(owner, EXPERIMENT_NAME)
    deleted = make_experiment(owner, "victims-deleted")
    delete_experiment(owner, number=deleted.number)
    set_experiment_tag(owner, number=experiment.number, key="loss", value="a tag of a metric's name")
    run = make_run(owner, experiment_number=experiment.number, name=RUN_NAME)
    set_tags(owner, run_id=run.pk, tags=[("loss", "a tag of a metric's name")])
    make_artifact(owner, run.pk, ARTIFACT_PATH, b"victims-bytes")
    make_artifact(owner, run.pk, PAGE_PATH, b"<p>victims-bytes</p>")
    model = make_model(owner, experiment_number=experiment.number, run_id=run.pk, name=MODEL_NAME)
    version = make_version(owner, model, name=REGISTERED_NAME)
    make_version(owner, model, name=GOVERNED_NAME)
    create_version(owner, name=GOVERNED_NAME, source=f"models:/{GOVERNED_NAME}/1")
    terms = Terms(mover_role=ProjectRole.EDITOR, approvals_needed=1, requires_same_signature=True)
    rule = create_rule(owner, name=GOVERNED_NAME, stage=Stage.STAGING, terms=terms)
    approval = request_approval(cast.member.access(), name=GOVERNED_NAME, number=1, stage=Stage.STAGING)
    create_rule(owner, name=GOVERNED_NAME, alias="best", terms=Terms(approvals_needed=1))
    own_approval = request_approval(owner, name=GOVERNED_NAME, number=1, alias="best")
    upload = begin_upload(owner, owner=OwnerRef(run.pk), path="model/victims-parts.bin")
    with bound(owner):
        job = enqueue(owner, "usage_totals")
        ended_job = cancel_job(owner, job_id=enqueue(owner, "usage_totals").pk)
    # Disabled, so that what the other routes take is what they take in a project without webhooks.
    made = create_webhook(
        owner, name="victims-hook", url=f"{WEBHOOK_URL}victims-hook", events=[Event.RUN_FINISHED, Event.MODEL_VERSION_CREATED],
        status=WebhookStatus.DISABLED,
    )  # fmt: skip
    delivery = send_test(owner, webhook_id=made.webhook.pk)
    make_run(cast.stranger.access(), name="strangers-own")
    return World(
        cast=cast,
        experiment=experiment,
        deleted=deleted,
        run=run,
        model=model,
        version=version,
        rule=rule,
        approval=approval,
        own_approval=own_approval,
        upload=upload,
        job=job,
        ended_job=ended_job,
        grant=ProjectGrant.objects.get(user=cast.viewer.user),
        token=create_token(cast.owner.team_access(), name="victims-token", scopes=DEFAULT_SCOPES).token,
        delivery=delivery,
    )


def _rows(model: type[Model], **of: Any) -> list[dict[str, Any]]:
    return list(model._default_manager.filter(**of).order_by("pk").values())
