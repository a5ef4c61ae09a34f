"""Django admin: for superusers, mostly to look at."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests import factories
from tests.units.ladder import browser
from units.admin import AuditedAdmin, ReadOnlyAdmin
from units.models import Agency, AuditEvent, User

WRITABLE = {"agency", "membership", "unit", "user"}


@pytest.fixture
def superuser(db):
    return factories.UserFactory(is_staff=True, is_superuser=True)


OURS = [model for model in admin.site._registry if model._meta.app_label in ("units", "assessments")]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_admin_deletes_nothing_and_writes_only_what_a_start_needs(model, rf, superuser):
    page = admin.site._registry[model]
    request = rf.get("/")
    request.user = superuser
    assert page.has_delete_permission(request) is False
    writable = model._meta.model_name in WRITABLE
    assert isinstance(page, AuditedAdmin if writable else ReadOnlyAdmin)
    assert (page.has_add_permission(request), page.has_change_permission(request)) == (writable, writable)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_admin_lists_open(model, superuser):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    assert browser(superuser).get(reverse(name)).status_code == 200


def test_admin_refuses_a_change_of_the_audit_log(place, superuser):
    event = AuditEvent.objects.create(at="2024-01-01T00:00Z", verb="uji", object_type="x", object_id="1")
    link = reverse("admin:units_auditevent_change", args=[event.pk])
    assert browser(superuser).post(link, {"verb": "lain"}).status_code == 403


def test_admin_is_not_for_administrators_of_an_agency(place):
    answer = browser(place.admin).get(reverse("admin:units_user_changelist"))
    assert answer.status_code == 302


def test_admin_makes_the_first_agency_with_an_audit_record(superuser):
    browser(superuser).post(
        reverse("admin:units_agency_add"),
        {
            "code": "pemkab-uji",
            "name": "Pemkab Uji",
            "kind": "local_government",
            "zone": "Asia/Jakarta",
            "inspectorate": "Inspektorat",
            "city": "Uji",
            "later_stages": "empty",
            "member_unit_limit": "14",
        },
    )
    event = AuditEvent.objects.get(verb="admin.add")
    assert (event.agency, event.actor, event.after["name"]) == (Agency.objects.get(), superuser, "Pemkab Uji")


def test_admin_makes_an_account_whose_password_nobody_knows(superuser):
    browser(superuser).post(
        reverse("admin:units_user_add"),
        {
            "username": "awal",
            "full_name": "Admin Awal",
            "email": "awal@contoh.go.id",
            "language": "id",
            "is_active": "on",
        },
    )
    user = User.objects.get(username="awal")
    assert (user.has_usable_password(), user.is_superuser) == (True, False)
