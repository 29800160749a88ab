"""Sums and the state of things in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.utils.module_loading import import_string

from apps.common.monitoring.counters import DURATION, POINTS, REQUESTS, UPLOADED, Sums
from apps.common.monitoring.probes import queue_depth
from apps.common.monitoring.readiness import OK, readiness

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
READY = "runfold_ready"
JOBS = "runfold_unfinished_jobs"
QUEUED = "runfold_queued_messages"
FAMILIES = {
    REQUESTS: ("counter", "Requests by method, route and status."),
    DURATION: ("histogram", "Seconds to the beginning of the answer, by route."),
    POINTS: ("counter", "Metric points stored."),
    UPLOADED: ("counter", "Bytes of artifacts stored."),
    READY: ("gauge", "Whether a part that this server depends on answers."),
    JOBS: ("gauge", "Jobs that wait or run."),
    QUEUED: ("gauge", "Messages that wait for a worker."),
}


def exposition(sums: Sums) -> str:
    """The text: every sum, and what can be asked now."""
    report = readiness().report()
    samples = {f'{READY}{{part="{name}"}}': float(said == OK) for name, said in report.items()}
    for name, path in settings.METRIC_GAUGES.items():
        samples |= _sample(name, import_string(path))
    if report.get("broker") == OK:
        samples |= _sample(QUEUED, _queued)
    everything = sums | samples
    return "".join(line for name in FAMILIES for line in _family(name, everything))


def _queued() -> Sums:
    return {"": float(queue_depth())}


def _sample(name: str, ask: Callable[[], Sums]) -> Sums:
    """What `ask` says, or nothing: it may have gone away since it was asked last."""
    try:
        return {name + labels: value for labels, value in ask().items()}
    except Exception:  # noqa: BLE001 - a figure less, and the part's own gauge says why
        return {}


def _family(name: str, samples: Sums) -> Iterator[str]:
    kind, described = FAMILIES[name]
    yield f"# HELP {name} {described}\n# TYPE {name} {kind}\n"
    names = {name, f"{name}_bucket", f"{name}_count", f"{name}_sum"} if kind == "histogram" else {name}
    for sample, value in samples.items():
        if sample.partition("{")[0] in names:
            yield f"{sample} {value:.16g}\n"
