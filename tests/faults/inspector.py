"""What is in a project, as a process of its own sees it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.servers import live
from tests.servers.live import LiveRunfold


class Inspector:
    """A process that is started at once, since that takes seconds, and asked later."""

    def __init__(self, runfold: LiveRunfold) -> None:
        team, project = runfold.tracking_uri.split("/")[-2:]
        argv = [sys.executable, "-m", "tests.faults.inspector_process", team, project]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(argv, env=runfold.env, cwd=live.ROOT, stdin=pipe, stdout=pipe, text=True)

    def files(self, action: str = "look") -> dict[str, int]:
        """What the project keeps, once it is known to be consistent; `sweep` to sweep before, `totals` in a purge."""
        return self._ask(action)

    def rows(self, run_id: str) -> dict[str, int]:
        """How many rows of which tables speak of a run."""
        return self._ask(f"rows {run_id}")

    def end(self) -> None:
        """Nobody asks any more."""
        self._process.communicate()

    def _ask(self, request: str) -> dict[str, int]:
        asked, said = self._process.stdin, self._process.stdout
        assert asked is not None
        assert said is not None
        asked.write(f"{request}\n")
        asked.flush()
        answer = said.readline()
        assert answer, "The project's rows, totals and store do not agree: what was expected is on stderr."
        found: dict[str, int] = json.loads(answer)
        return found
