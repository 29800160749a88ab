"""Jobs whose steps can be counted from outside."""

from __future__ import annotations

import os
import time
from pathlib import Path

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
