"""What is known of the version that is to move and of the champion, and what the checks of the rules make of it.

It is kept as JSON with the request, since runs and versions may go and metrics may change.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from apps.artifacts.models import Artifact, OwnerKind
from apps.artifacts.owners import OwnerRef
from apps.artifacts.packages import package_of
from apps.common.ids import model_id
from apps.registry.approvals.champions import champion_of
from apps.registry.approvals.checks import Facts, checked
from apps.registry.approvals.moves import Governing, Move
from apps.registry.logged import Logged, logged_to
from apps.registry.models import ApprovalRule, ModelVersion, RegisteredModel
from apps.runs.metrics.digest import fold_dirty
from apps.teams.access import Access

# Of a version's params and metrics as many are kept; the hash is of all params.
MAX_SHOWN = 200
SHOWN_LENGTH = 250

Evidence = dict[str, Any]


def evidence_of(
    access: Access, model: RegisteredModel, version: ModelVersion, move: Move, found: Sequence[Governing]
) -> Evidence:
    """Everything that speaks for and against a move, as it is now; in a bound transaction that may write.

    Returns:
        `candidate` and `champion` (None if there is none), each as `_shown`; `checks` as of apps.registry.approvals.checks;
        `rules` as they are.
    """
    coming = [each.rule for each in found if each.comes_in]
    champion = champion_of(access, model, version, move) if coming else None
    if any(rule.metric for rule in coming):
        # Points of models are read from their summaries: those that just came must be in them.
        fold_dirty(access)
    versions = [version] if champion is None else [version, champion]
    facts = [_facts(access, each, logged) for each, logged in zip(versions, logged_to(access, versions), strict=True)]
    return {
        "candidate": _shown(access, facts[0]),
        "champion": None if champion is None else _shown(access, facts[1]),
        "checks": [check for rule in coming for check in checked(rule, *facts)],
        "rules": [_rule(each.rule) for each in found],
    }


def failures(evidence: Evidence) -> list[str]:
    """Why the checks that failed did."""
    return [check["reason"] for check in evidence["checks"] if not check["passed"]]


def _facts(access: Access, version: ModelVersion, logged: Logged) -> Facts:
    package = package_of(access, OwnerRef(version.pk, kind=OwnerKind.VERSION))
    return Facts(version, logged, None if package is None else package.facts)


def _shown(access: Access, facts: Facts) -> dict[str, Any]:
    """A version: what identifies it, what was logged to it, and what its files are."""
    version, params = facts.version, facts.logged.params
    sha256, file_count = _files(access, version)
    return {
        "version": version.number,
        "source": version.source,
        "run_id": None if version.run_id is None else version.run_id.hex,
        "model_id": None if version.logged_model_id is None else model_id(version.logged_model_id),
        "metrics": {key: _number(value) for key, value in _first(facts.logged.metrics)},
        "params": {key: value[:SHOWN_LENGTH] for key, value in _first(params)},
        "params_sha256": hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest(),
        "signature": facts.signature_text,
        "safety": facts.verdict,
        "files_sha256": sha256,
        "file_count": file_count,
    }


def _first(pairs: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(pairs.items())[:MAX_SHOWN]


def _number(value: float) -> float | str:
    """JSON has no NaN and no infinity."""
    return value if math.isfinite(value) else str(value)


def _files(access: Access, version: ModelVersion) -> tuple[str, int]:
    """One SHA-256 over path and SHA-256 of each file, by path; and how many they are."""
    rows = Artifact.objects.in_project(access).filter(owner_kind=OwnerKind.VERSION, owner_id=version.pk)
    digest = hashlib.sha256()
    files = sorted(
        (f"{folder}/{name}" if folder else name, sha256)
        for folder, name, sha256 in rows.values_list("folder", "name", "blob__sha256")
    )
    for path, sha256 in files:
        digest.update(f"{sha256}  {path}\n".encode())
    return digest.hexdigest(), len(files)


def _rule(rule: ApprovalRule) -> dict[str, Any]:
    return {
        "target": str(rule),
        "mover_role": rule.mover_role,
        "approvals_needed": rule.approvals_needed,
        "approver_role": rule.approver_role,
    }
