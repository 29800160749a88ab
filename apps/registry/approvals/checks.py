"""The checks of a rule, as data: what is compared, what each side has, and what that means."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from apps.artifacts.model_packages.facts import Column, Signature, Verdict
from apps.artifacts.model_packages.facts import Facts as PackageFacts
from apps.common.templatetags.ui import metric_value
from apps.registry.logged import Logged
from apps.registry.models import ApprovalRule, Comparison, ModelVersion

_HOLDS: dict[str, Callable[[float, float], bool]] = {Comparison.AT_LEAST: operator.ge, Comparison.AT_MOST: operator.le}
_UNREAD = "its files have not been read yet: try again in a moment"
_NO_CHAMPION = "there is no champion to compare with"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a version; `package` is None before its files were read."""

    version: ModelVersion
    logged: Logged
    package: PackageFacts | None

    @property
    def name(self) -> str:
        """As sentences call it."""
        return f"version {self.version.number}"

    @property
    def signature(self) -> Signature | None:
        """Its signature, if it has one that is known."""
        return None if self.package is None else self.package.manifest.signature

    @property
    def verdict(self) -> str | None:
        """That of the safety report."""
        return None if self.package is None else self.package.verdict.value

    @property
    def signature_text(self) -> str | None:
        """The signature for people; None where nothing is known yet."""
        if self.package is None:
            return None
        return "none" if self.signature is None else _signature_text(self.signature)


class Check(TypedDict):
    """A check that was made. `reason` says why it failed, or why there was nothing to check."""

    check: str
    candidate: str | None
    champion: str | None
    passed: bool
    reason: str


def checked(rule: ApprovalRule, candidate: Facts, champion: Facts | None = None) -> list[Check]:
    """What each check of a rule says of a candidate, and of the champion that it would take the place of."""
    found = []
    if rule.metric:
        found.append(_metric(rule, candidate, champion))
        if rule.metric_limit is not None:
            found.append(_limit(rule, rule.metric_limit, candidate))
    if rule.requires_same_signature:
        found.append(_signature(candidate, champion))
    if rule.requires_clean_report:
        found.append(_report(candidate))
    return found


def metric_of(metrics: Mapping[str, float], name: str) -> float | None:
    """A metric by its name; or that of the only dataset that the model has it on."""
    if name in metrics:
        return metrics[name]
    of_datasets = [value for key, value in metrics.items() if key.startswith(f"{name} on ")]
    return of_datasets[0] if len(of_datasets) == 1 else None


def _metric(rule: ApprovalRule, candidate: Facts, champion: Facts | None) -> Check:
    mine = metric_of(candidate.logged.metrics, rule.metric)
    theirs = None if champion is None else metric_of(champion.logged.metrics, rule.metric)
    passed, reason = False, ""
    if mine is None:
        reason = _missing(rule, candidate)
    elif champion is None:
        passed = not math.isnan(mine)
        reason = _NO_CHAMPION if passed else f"{rule.metric} of {candidate.name} is {_exact(mine)}"
    elif theirs is None:
        reason = f"{_missing(rule, champion)}, so that there is nothing to compare with"
    elif not (passed := _HOLDS[rule.metric_comparison](mine, theirs)):
        said = f"{rule.metric} of {candidate.name} is {_exact(mine)}"
        reason = f"{said}, not {rule.metric_comparison} {_exact(theirs)} of {champion.name}"
    return Check(
        check=f"{rule.metric} {rule.metric_comparison} champion's",
        candidate=_shown(mine),
        champion=_shown(theirs),
        passed=passed,
        reason=reason,
    )


def _limit(rule: ApprovalRule, limit: float, candidate: Facts) -> Check:
    mine = metric_of(candidate.logged.metrics, rule.metric)
    passed = mine is not None and _HOLDS[rule.metric_comparison](mine, limit)
    wanted = f"{rule.metric_comparison} {_exact(limit)}"
    reason = ""
    if mine is None:
        reason = _missing(rule, candidate)
    elif not passed:
        reason = f"{rule.metric} of {candidate.name} is {_exact(mine)}, not {wanted}"
    return Check(check=f"{rule.metric} {wanted}", candidate=_shown(mine), champion=None, passed=passed, reason=reason)


def _signature(candidate: Facts, champion: Facts | None) -> Check:
    passed, reason = False, ""
    if champion is None:
        passed, reason = True, _NO_CHAMPION
    elif unread := next((each for each in (candidate, champion) if each.package is None), None):
        reason = f"{unread.name}: {_UNREAD}"
    else:
        passed = candidate.signature == champion.signature
        reason = "" if passed else f"the signature of {candidate.name} is not that of {champion.name}"
    return Check(
        check="signature unchanged",
        candidate=candidate.signature_text,
        champion=None if champion is None else champion.signature_text,
        passed=passed,
        reason=reason,
    )


def _report(candidate: Facts) -> Check:
    reason = ""
    if candidate.package is None:
        reason = f"{candidate.name}: {_UNREAD}"
    elif candidate.package.verdict is not Verdict.CLEAN:
        reason = f"the safety report of {candidate.name} says {candidate.verdict}"
    elif candidate.package.more_files:
        reason = f"the safety report of {candidate.name} leaves out {candidate.package.more_files} of its files"
    return Check(
        check="safety report clean", candidate=candidate.verdict, champion=None, passed=not reason, reason=reason
    )


def _missing(rule: ApprovalRule, facts: Facts) -> str:
    several = any(key.startswith(f"{rule.metric} on ") for key in facts.logged.metrics)
    if several:
        return (
            f"{facts.name} has {rule.metric} on several datasets: let the rule name one, as {rule.metric} on <dataset>"
        )
    return f"{facts.name} has no metric {rule.metric}"


def _shown(value: float | None) -> str | None:
    return None if value is None else metric_value(value)


def _exact(value: float) -> str:
    """With all digits: two that are rounded alike would make a refusal absurd."""
    return repr(value)


def _signature_text(signature: Signature) -> str:
    parts = [_columns(signature.inputs), _columns(signature.outputs)]
    text = " → ".join(part or "nothing" for part in parts)
    return f"{text}; params {_columns(signature.params)}" if signature.params else text


def _columns(columns: list[Column]) -> str:
    return ", ".join(f"{column.name}: {column.type}" if column.name else column.type for column in columns)
