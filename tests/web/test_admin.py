"""The operator's admin: for operators alone, and without a secret in it."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db

LISTS = sorted(
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    for model in admin.site._registry
    if model._meta.app_label != "auth"
)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator@runfold.test"))
    return client


@pytest.mark.parametrize("name", LISTS)
def test_the_operator_sees_every_list(operator: Client, cast: Cast, name: str) -> None:
    assert operator.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_a_teams_owner_is_no_operator(cast: Cast, name: str) -> None:
    assert cast.owner.browser().get(reverse(name)).status_code == 302


def test_a_token_shows_its_prefix_and_no_digest(operator: Client, cast: Cast) -> None:
    page = operator.get(reverse("admin:teams_apitoken_changelist")).content.decode()
    secret = cast.owner.token.split("_", 2)[2]
    assert cast.owner.token.split("_", 2)[1] in page
    assert secret not in page
