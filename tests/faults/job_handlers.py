"""Jobs whose steps can be counted from outside."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from apps.artifacts.jobs import finalise_upload
from apps.jobs.running import RunningJob


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


class SlowJob(RunningJob):
    """Rests after each checkpoint, so that there is time to interrupt it."""

    def checkpoint(self, **progress: Any) -> None:
        """Save, and rest."""
        super().checkpoint(**progress)
        time.sleep(1)


def finalise_slowly(job: RunningJob) -> None:
    """The product's own handler."""
    finalise_upload(SlowJob(job.claim, job.kind, job.access, job.args, job.cursor))
