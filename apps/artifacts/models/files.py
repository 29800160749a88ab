"""Files logged to runs and models, the folders they lie in, and the bytes they stand for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

from apps.common.clock import now
from apps.common.fields import KeyField
from apps.common.ids import uuid7
from apps.experiments.models import Experiment
from apps.projects.models import ProjectOwned
from apps.teams.models import Team

PATH_LENGTH = 1_024
NAME_LENGTH = 255


class BlobState(models.TextChoices):
    """The life of bytes in the store.

    Those found missing or altered (apps.retention) are damaged: files still refer to them, and no new file does. Once
    the same content is stored anew, all of them refer to that (apps.artifacts.services.healing).
    """

    WRITING = "writing"
    STORED = "stored"
    DAMAGED = "damaged"
    DOOMED = "doomed"


# Of blobs that files may refer to.
KEPT_STATES = (BlobState.STORED, BlobState.DAMAGED)


class OwnerKind(models.TextChoices):
    """What files belong to: a run, a logged model, a version of a registered model."""

    RUN = "run"
    MODEL = "model"
    VERSION = "version"


class TeamStorage(models.Model):
    """A place of a team's own for its bytes, set by the operator. Once bytes lie there the row stays, also when not current.

    `secret_key` is encrypted (apps.common.encryption); after a change of SECRET_KEY, set_team_storage run once more for
    the team encrypts it anew.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    # Where new bytes go. Without such a row: the installation's own place.
    is_current = models.BooleanField()
    url = models.CharField(max_length=1_024)
    endpoint_url = models.CharField(max_length=1_024, blank=True)
    public_endpoint_url = models.CharField(max_length=1_024, blank=True)
    region = models.CharField(max_length=64)
    access_key = models.CharField(max_length=255, blank=True)
    secret_key = models.TextField(blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "url", "endpoint_url"], name="artifacts_teamstorage_place"),
            models.UniqueConstraint(
                fields=["team"], condition=Q(is_current=True), name="artifacts_teamstorage_current"
            ),
        ]

    def __str__(self) -> str:
        return self.url


class Blob(ProjectOwned):
    """Bytes: small ones in the row itself, others in the store, where `id` names their key (apps.artifacts.stores.keys).

    Of those in the store there is a row from before the first byte is written until after the last is removed, so that nothing is ever in the
    store that no row speaks of. The same bytes are kept once in a project: artifacts share a blob.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=8, choices=BlobState.choices, default=BlobState.WRITING)
    # Empty until they are stored.
    sha256 = models.CharField(max_length=64, blank=True)
    # Of a blob that is being written: what it may grow to.
    size_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(default=now)
    # The bytes, of a blob that is kept here; None of one in the store.
    content = models.BinaryField(null=True)
    # Where the bytes lie; None for the installation's own place.
    storage = models.ForeignKey(TeamStorage, on_delete=models.RESTRICT, null=True, related_name="+", db_index=False)
    # When the sweeper may remove what is not stored.
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "sha256"], condition=Q(state=BlobState.STORED), name="artifacts_blob_content"
            ),
            # With the row come the bytes, all of them.
            models.CheckConstraint(
                condition=Q(content=None) | (~Q(state=BlobState.WRITING) & Q(size_bytes=Length(F("content")))),
                name="artifacts_blob_inline",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "expires_at"], condition=~Q(state__in=KEPT_STATES), name="artifacts_blob_unkept"
            ),
            models.Index(
                fields=["project", "sha256"], condition=Q(state=BlobState.DAMAGED), name="artifacts_blob_damaged"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"


class Artifact(ProjectOwned):
    """A file of a run or model. It is whole: what is on its way has no row here."""

    # Of a run or model; a version's files belong to no experiment.
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    owner_kind = models.CharField(max_length=7, choices=OwnerKind.choices)
    owner_id = models.UUIDField()
    # The folder's path below the root of the owner; empty for the root itself.
    folder = KeyField(max_length=PATH_LENGTH, blank=True)
    name = KeyField(max_length=NAME_LENGTH)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+", db_index=False)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=127)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            # Answers "this file", "this folder in order" and "everything below this folder".
            models.UniqueConstraint(fields=["project", "owner_id", "folder", "name"], name="artifacts_artifact_path")
        ]
        indexes = [models.Index(fields=["project", "blob"], name="artifacts_artifact_blob")]

    def __str__(self) -> str:
        return self.path

    @property
    def path(self) -> str:
        """The path below the root of the owner."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


class Folder(ProjectOwned):
    """A folder that has files in it, however deep, and their exact totals. The root has an empty name and parent."""

    # Of a run or model; a version's files belong to no experiment.
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    owner_kind = models.CharField(max_length=7, choices=OwnerKind.choices)
    owner_id = models.UUIDField()
    parent = KeyField(max_length=PATH_LENGTH, blank=True)
    name = KeyField(max_length=NAME_LENGTH, blank=True)
    file_count = models.BigIntegerField()
    size_bytes = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "owner_id", "parent", "name"], name="artifacts_folder_path")
        ]
        indexes = [
            # The roots of an experiment: their sum is the experiment's.
            models.Index(fields=["project", "experiment"], condition=Q(name=""), name="artifacts_folder_roots")
        ]

    def __str__(self) -> str:
        return f"{self.parent}/{self.name}"


class PreviewState(models.TextChoices):
    """The life of a preview."""

    BUILDING = "building"
    READY = "ready"
    REFUSED = "refused"


class Preview(ProjectOwned):
    """What a job has made of a blob, for people to look at; gone with the blob.

    A blob may be seen as several kinds, since it is named by each file that it is the content of.
    """

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="+", db_index=False)
    # apps.artifacts.previews.kinds.Kind
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=PreviewState.choices, default=PreviewState.BUILDING)
    # The job that builds it.
    job_id = models.UUIDField(null=True)
    # apps.artifacts.previews.bounded.Decoded, as JSON.
    decoded = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "blob", "kind"], name="artifacts_preview_blob")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.blob_id} ({self.state})"


class UploadKind(models.TextChoices):
    """How the bytes of an upload that takes several requests arrive."""

    PARTS = "parts"
    PRESIGNED = "presigned"


class Upload(ProjectOwned):
    """A file that takes several requests to arrive. Nobody sees it before it is complete."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=9, choices=UploadKind.choices)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    owner_kind = models.CharField(max_length=7, choices=OwnerKind.choices)
    owner_id = models.UUIDField()
    path = KeyField(max_length=PATH_LENGTH)
    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="+", db_index=False)
    # What whoever began it said of the whole file, to be held against what arrives; None when nothing.
    size_bytes = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, null=True)
    # The store's own id of a multipart upload.
    multipart_id = models.CharField(max_length=1_024, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["project", "owner_id", "kind"], name="artifacts_upload_owner")]

    def __str__(self) -> str:
        return self.path


class ProjectUsage(ProjectOwned):
    """What a project keeps, exactly: changed in the transaction of what changes it."""

    file_count = models.BigIntegerField(default=0)
    # Of all files, each counted.
    file_bytes = models.BigIntegerField(default=0)
    # Of all stored blobs: the same bytes count once. What the limit is about.
    stored_bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project"], name="artifacts_projectusage_project")]

    def __str__(self) -> str:
        return f"{self.stored_bytes} bytes in {self.project_id}"


class TeamUsage(models.Model):
    """The same for all projects of a team."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, primary_key=True, related_name="+")
    file_count = models.BigIntegerField(default=0)
    file_bytes = models.BigIntegerField(default=0)
    stored_bytes = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.stored_bytes} bytes in {self.team_id}"
