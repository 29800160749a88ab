"""Runs a program of its own on hostile bytes: isolated, with nothing of ours in its environment, and with an end to its time and output.

The program bounds its own memory and processor time (see `previews.decoder` and `model_packages.reader`). What it says is
the caller's to check: nobody believes it.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

logger = logging.getLogger(__name__)


def said_by(
    program: Path,
    arguments: list[str],
    *,
    stdin: IO[bytes],
    environment: Mapping[str, str] | None = None,
    seconds: float,
    output_bytes: int,
) -> bytes | None:
    """What a program prints; None where it fails, takes too long, or prints too much.

    Args:
        program: a module that is run by itself, with Python's isolated mode.
        arguments: after its name.
        stdin: what it reads.
        environment: all of its environment, beside a locale.
        seconds: until it is killed.
        output_bytes: the most that it may print.
    """
    argv = [sys.executable, "-I", str(program), *arguments]
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                argv, stdin=stdin, stdout=output, stderr=subprocess.DEVNULL, cwd="/", timeout=seconds, check=False,
                env={"LC_ALL": "C.UTF-8", **(environment or {})},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None
        if done.returncode:
            logger.info("%s %s ended with %s", program.stem, arguments, done.returncode)
            return None
        output.seek(0)
        said = output.read(output_bytes + 1)
    return said if len(said) <= output_bytes else None
