"""Jobs whose steps can be counted from outside."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.artifacts.jobs import finalise_upload
from apps.jobs.running import RunningJob
from apps.retention.jobs import empty_trash


def steps(job: RunningJob) -> None:
    """Writes a line a step, and goes on after the last one that it saved."""
    total = job.args["steps"]
    lines = Path(job.args["file"])
    for step in range(job.cursor.get("step", 0), total):
        time.sleep(job.args["seconds"])
        with lines.open("a") as file:
            file.write(f"{os.getpid()} {step}\n")
        job.checkpoint(done=step + 1, total=total, cursor={"step": step + 1})


def broken(job: RunningJob) -> None:
    """Never succeeds."""
    raise ZeroDivisionError


class HeldJob(RunningJob):
    """Waits at a checkpoint, once it is saved, for as long as a test wants it: there is time to interrupt it.

    The file `hold` names a figure of the checkpoint and its least value; `held` is the answer.
    """

    def checkpoint(self, **progress: Any) -> None:
        """Save, and wait."""
        super().checkpoint(**progress)
        hold, held = Path(settings.DATA_DIR, "hold"), Path(settings.DATA_DIR, "held")
        while hold.exists():
            figure, least = hold.read_text().split()
            if {**self.cursor, **progress}.get(figure, 0) < int(least):
                return
            held.touch()
            time.sleep(0.02)


def finalise_held(job: RunningJob) -> None:
    """The product's own handler."""
    finalise_upload(_held(job))


def empty_trash_held(job: RunningJob) -> None:
    """The product's own handler."""
    empty_trash(_held(job))


def _held(job: RunningJob) -> HeldJob:
    return HeldJob(job.claim, job.kind, job.access, job.args, job.cursor)
