"""The fixture of a receiver of webhooks for tests in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.servers.receiver import Receiver
from tests.servers.receiver import receiver as listening


@pytest.fixture
def receiver(tmp_path: Path, settings: Settings) -> Iterator[Receiver]:
    """A receiver whose certificate is believed."""
    with listening(tmp_path) as made:
        settings.WEBHOOKS_CA_FILE = str(made.ca_file)
        yield made
