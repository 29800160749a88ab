"""Users, for the operator."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.models import User
from apps.common.admin import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Everything but the password's hash."""

    list_display = ("email", "name", "is_active", "is_staff", "created_at", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "created_at", "last_login")
    ordering = ("email",)
