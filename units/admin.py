"""Django admin, for superusers: the first agency and its first administrator are made here.

Everything else is read-only: the portal's own screens write through services. What is written here has its audit
record as well.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string

from units.audit import record
from units.models import (
    Agency,
    AuditEvent,
    Declaration,
    Decree,
    Membership,
    Predikat,
    Prerequisite,
    Signatory,
    Team,
    TeamAssignment,
    TeamMember,
    Unit,
    UnitYear,
    User,
)
from units.services.changes import plain
from units.services.people import UNKNOWN_PASSWORD_LENGTH


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at: nothing to add, change or delete."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False


class AuditedAdmin(admin.ModelAdmin):
    """Rows that a superuser may add and change, each time with an audit record; nothing is deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """Inside the transaction of Django's own view."""
        super().save_model(request, obj, form, change)
        unit = obj if isinstance(obj, Unit) else getattr(obj, "unit", None)
        record(
            verb="admin.change" if change else "admin.add",
            target=obj,
            actor=request.user if isinstance(request.user, User) else None,
            now=timezone.now(),
            agency=obj if isinstance(obj, Agency) else getattr(obj, "agency_id", None),
            unit=unit,
            before={name: plain(form.initial.get(name)) for name in form.changed_data} if change else None,
            after={name: plain(form.cleaned_data[name]) for name in form.changed_data},
        )


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """A new account has a password that nobody knows; its owner asks for a link by mail."""

    list_display = ("username", "full_name", "email", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username", "full_name", "email", "nip")
    fields = ("username", "full_name", "email", "nip", "language", "is_active", "is_staff")

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.set_password(get_random_string(UNKNOWN_PASSWORD_LENGTH))
        super().save_model(request, obj, form, change)


@admin.register(Agency)
class AgencyAdmin(AuditedAdmin):
    list_display = ("name", "code", "kind", "zone", "is_demo")


@admin.register(Unit)
class UnitAdmin(AuditedAdmin):
    list_display = ("name", "code", "agency", "kind", "is_active")
    list_filter = ("agency", "kind", "is_active")
    search_fields = ("name", "code")
    list_select_related = ("agency",)


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    autocomplete_fields = ("user", "unit")
    list_display = ("user", "role", "agency", "unit", "valid_from", "valid_until")
    list_filter = ("role", "agency")
    search_fields = ("user__full_name", "user__username", "unit__name")
    list_select_related = ("user", "agency", "unit")


@admin.register(TeamMember)
class TeamMemberAdmin(ReadOnlyAdmin):
    list_display = ("user", "role", "team", "home_body", "valid_from", "valid_until")
    list_filter = ("role", "team__kind")
    list_select_related = ("user", "team")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "verb", "actor", "agency", "unit", "object_type", "object_id")
    list_filter = ("agency",)
    search_fields = ("verb", "object_type", "object_id", "request_id")
    list_select_related = ("actor", "agency", "unit")
    ordering = ("-id",)


for _model in (Declaration, Decree, Predikat, Prerequisite, Signatory, Team, TeamAssignment, UnitYear):
    admin.site.register(_model, ReadOnlyAdmin)
