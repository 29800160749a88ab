"""Page tokens are good for the query that issued them and for nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.common.pagination import read_page_token, sign_page_token


@given(scope=st.text(), position=st.lists(st.none() | st.integers(-(2**53), 2**53) | st.text() | st.booleans()))
def test_a_token_gives_its_position_back(scope: str, position: list[object]) -> None:
    assert read_page_token(scope, sign_page_token(scope, position)) == position


@given(text=st.text(max_size=200))
def test_made_up_tokens_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_page_token("query", text)


def test_a_token_of_another_query_or_project_is_refused() -> None:
    token = sign_page_token("project 1, newest first", [5])
    with pytest.raises(InvalidInput) as refusal:
        read_page_token("project 2, newest first", token)
    assert refusal.value.field == "page_token"


def test_an_altered_position_is_refused() -> None:
    raw = base64.urlsafe_b64decode(sign_page_token("query", [5]))
    forged = base64.urlsafe_b64encode(raw.replace(b"[5]", b"[6]")).decode()
    with pytest.raises(InvalidInput):
        read_page_token("query", forged)
