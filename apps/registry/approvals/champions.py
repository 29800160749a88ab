"""The version that a candidate is compared with."""

from __future__ import annotations

from django.db.models import Q

from apps.registry.approvals.moves import Move
from apps.registry.models import ApprovalRequest, ModelVersion, RegisteredModel, RequestState
from apps.teams.access import Access


def champion_of(access: Access, model: RegisteredModel, version: ModelVersion, move: Move) -> ModelVersion | None:
    """What the place of a move holds besides the version itself: of several in a stage the greatest number.

    Where nothing is there any more, what was there last under a rule: an empty place would let everything pass, and who
    may empty it could then fill it with anything.
    """
    if held := holder(access, model, move, besides=version):
        return held
    if holder(access, model, move) is not None:
        return None
    last = last_holder(access, model, move)
    return last if last is not None and last.pk != version.pk else None


def holder(
    access: Access, model: RegisteredModel, place: Move, *, besides: ModelVersion | None = None
) -> ModelVersion | None:
    """The version that is in a stage or has an alias now."""
    rows = ModelVersion.objects.in_project(access).filter(model=model)
    rows = rows.filter(stage=place.stage) if place.stage else rows.filter(aliases__name=place.alias)
    if besides is not None:
        rows = rows.exclude(pk=besides.pk)
    return rows.order_by("-number").first()


def last_holder(access: Access, model: RegisteredModel, place: Move) -> ModelVersion | None:
    """The version that came to a place, or left it, last of those that a rule let through."""
    moves = ApprovalRequest.objects.in_project(access).filter(model=model, state=RequestState.APPROVED)
    here = Q(stage=place.stage) | Q(from_stage=place.stage) if place.stage else Q(alias=place.alias)
    version_id = moves.filter(here).order_by("-closed_at_ms", "-pk").values_list("version_id", flat=True).first()
    return ModelVersion.objects.in_project(access).filter(pk=version_id).first() if version_id else None
