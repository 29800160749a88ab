"""Who calls, and what they call about."""

from __future__ import annotations

import pytest

from tests.api.artifacts.files import Files
from tests.api.mlflow.caller import Caller
from tests.factories.cast import Cast


@pytest.fixture
def member(cast: Cast) -> Caller:
    """A member of the team, in its open project."""
    return Caller(cast.member.headers)


@pytest.fixture
def viewer(cast: Cast) -> Caller:
    """A viewer of the team, in its open project."""
    return Caller(cast.viewer.headers)


@pytest.fixture
def stranger(cast: Cast) -> Caller:
    """The owner of another team, in a project of their own."""
    return Caller(cast.stranger.headers, base="/rival/vision")


@pytest.fixture
def files(member: Caller) -> Files:
    """The files of a new run of the member's."""
    return Files(member, "0", member.new_run())
