"""Teams, members, service accounts and tokens, for the operator. Never a secret, nor a digest of one."""

from __future__ import annotations

from django.contrib import admin

from apps.common.admin import ReadOnlyAdmin
from apps.teams.models import ApiToken, Membership, ServiceAccount, Team


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    """Every tenant."""

    list_display = ("slug", "name", "created_at")
    search_fields = ("slug", "name")
    ordering = ("slug",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who belongs where."""

    list_display = ("team", "user", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("team__slug", "user__email")
    list_select_related = ("team", "user")


@admin.register(ServiceAccount)
class ServiceAccountAdmin(ReadOnlyAdmin):
    """Accounts of machines."""

    list_display = ("team", "name", "role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    search_fields = ("team__slug", "name")
    list_select_related = ("team",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens by the part of them that is not secret."""

    list_display = (
        "team",
        "name",
        "prefix",
        "user",
        "service_account",
        "scopes",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    list_filter = ("scopes", "revoked_at")
    search_fields = ("team__slug", "name", "prefix", "user__email")
    list_select_related = ("team", "user", "service_account")
    exclude = ("digest",)
    ordering = ("-id",)
