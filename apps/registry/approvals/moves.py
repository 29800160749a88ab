"""What moves, and which rules speak of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.registry.models import EVERY_ALIAS, ApprovalRequest, ApprovalRule, Stage
from apps.teams.permissions import Permission, ProjectRole

# What a role is known by in an Access, which a token may have narrowed.
ROLE_PERMISSION = {ProjectRole.EDITOR: Permission.MODEL_WRITE, ProjectRole.MAINTAINER: Permission.MODEL_PROMOTE}


@dataclass(frozen=True, slots=True)
class Move:
    """A version that goes to a stage, gets an alias, or loses one. One of `stage` and `alias` is empty."""

    stage: str = ""
    alias: str = ""
    removes_alias: bool = False
    archive_existing: bool = False

    @property
    def words(self) -> str:
        """As a sentence goes on after "version 3"."""
        if self.stage:
            return f"to {self.stage}"
        return f"away from @{self.alias}" if self.removes_alias else f"to @{self.alias}"


@dataclass(frozen=True, slots=True)
class Governing:
    """A rule that a move has to do with. Checks are for what comes in; for what goes, or makes room, people decide alone."""

    rule: ApprovalRule
    comes_in: bool


def move_of(request: ApprovalRequest) -> Move:
    """What was asked for."""
    return Move(request.stage, request.alias, request.removes_alias, request.archive_existing)


def governing(rules: Sequence[ApprovalRule], move: Move, *, from_stage: str, archives: bool) -> list[Governing]:
    """The rules that speak of a move; none where anybody with the right to promote moves freely.

    Args:
        rules: of the model.
        move: where the version goes.
        from_stage: where it is.
        archives: other versions are archived to make room.
    """
    if move.alias:
        rule = alias_rule(rules, move.alias)
        return [] if rule is None else [Governing(rule, comes_in=not move.removes_alias)]
    by_stage = {rule.stage: rule for rule in rules if rule.stage}
    found = [Governing(by_stage[move.stage], comes_in=True)] if move.stage in by_stage else []
    leaves = {from_stage} if from_stage != move.stage else set()
    if archives:
        leaves.add(Stage.ARCHIVED)
    return found + [Governing(by_stage[stage], comes_in=False) for stage in sorted(leaves & by_stage.keys())]


def alias_rule(rules: Iterable[ApprovalRule], alias: str) -> ApprovalRule | None:
    """The rule of an alias: its own, or that of every alias."""
    by_alias = {rule.alias: rule for rule in rules if rule.alias}
    return by_alias.get(alias) or by_alias.get(EVERY_ALIAS)


def deciding(found: Iterable[Governing]) -> list[ApprovalRule]:
    """Those that ask for approvals."""
    return [each.rule for each in found if each.rule.approvals_needed]


def least_role(rules: Iterable[ApprovalRule]) -> ProjectRole:
    """The least role whose approval counts for any of the rules."""
    roles = {ProjectRole(rule.approver_role) for rule in rules}
    return ProjectRole.EDITOR if ProjectRole.EDITOR in roles else ProjectRole.MAINTAINER


def suffices(role: ProjectRole | None, least: str) -> bool:
    """Whether a role is as much as another."""
    order = tuple(ProjectRole)
    return role is not None and order.index(role) >= order.index(ProjectRole(least))


def approvals_wanted(rule: ApprovalRule) -> str:
    """As "2 approvals by maintainers"."""
    count = rule.approvals_needed
    who = f"{rule.approver_role}s" if rule.approver_role == "maintainer" else f"{rule.approver_role}s or maintainers"
    return f"{count} approval{'s' if count > 1 else ''} by {who}"
