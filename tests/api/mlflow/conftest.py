"""Who calls."""

from __future__ import annotations

import pytest

from tests.api.mlflow.caller import Caller
from tests.api.mlflow.registry import Registry, registry_of
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
def owner(cast: Cast) -> Caller:
    """The owner of the team, in its open project."""
    return Caller(cast.owner.headers)


@pytest.fixture
def registry(owner: Caller) -> Registry:
    """The owner's registry, with a run to register from."""
    return registry_of(owner)
