"""A cast whose transactions commit, since bytes go after that."""

from __future__ import annotations

import pytest

from apps.teams.access import Access
from tests.factories.cast import Cast, make_cast


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def access(cast: Cast) -> Access:
    return cast.owner.access()
