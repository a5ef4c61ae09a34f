"""Accounts, roles and their history."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.forms.people import EndForm, NewPersonForm, PeopleFilter, PersonForm, ReasonForm, RoleForm
from units.models import Agency, Membership, User
from units.queries.manage import belonging_to, history_of_person, people_of
from units.services.people import (
    FirstRole,
    add_membership,
    create_person,
    end_membership,
    invite_person,
    may_edit_account,
    set_person_active,
    update_person,
)
from units.views.manage_base import (
    FormPage,
    act,
    administrator,
    agency_ids,
    form_page,
    manage_view,
    page,
    page_of,
    query_string,
    sent,
    site_of,
)


def person_or_404(agency: Agency, pk: int) -> User:
    return get_object_or_404(belonging_to(agency), pk=pk)


def person_url(agency: Agency, person: User) -> str:
    return reverse("manage_person", args=[agency.code, person.pk])


@manage_view("GET")
def people(request: HttpRequest, agency: Agency) -> HttpResponse:
    """Everybody who has, or had, a role or team in the agency."""
    wanted = PeopleFilter(request.GET)
    wanted.is_valid()
    chosen = wanted.cleaned_data
    rows = people_of(
        agency,
        day=timezone.localdate(),
        search=chosen.get("cari", ""),
        role=chosen.get("peran", ""),
        status=chosen.get("status", ""),
    )
    context = {"filter": wanted, "rows": page_of(request, rows), "query": query_string(request)}
    return page(request, agency, "units/manage_people.html", section="manage_people", title=_("Orang"), context=context)


@manage_view("GET", "POST")
def person_new(request: HttpRequest, agency: Agency) -> HttpResponse:
    """A new account with its first role; `?unit=` and `?peran=` choose them beforehand."""
    unit = agency.units.filter(code=request.GET.get("unit", "")).first()
    initial = {"valid_from": timezone.localdate(), "unit": unit, "role": request.GET.get("peran")}
    person_form = NewPersonForm(sent(request))
    role_form = RoleForm(sent(request), agency=agency, initial=initial)
    return form_page(
        request,
        agency,
        (person_form, role_form),
        lambda: create_person(
            agency=agency,
            values=person_form.row_values(),
            first=FirstRole(role_form.role_values()),
            actor=administrator(request),
            now=timezone.now(),
            site=site_of(request),
        ),
        about=FormPage(
            section="manage_people",
            title=_("Orang baru"),
            lead=_("Orang ini menerima surel dengan tautan untuk menetapkan kata sandinya sendiri."),
            done=_("Akun sudah dibuat dan undangan dikirim."),
            button=_("Buat akun"),
            next_url=reverse("manage_people", args=[agency.code]),
        ),
    )


@manage_view("GET")
def person(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    """Account, roles now and before."""
    row = person_or_404(agency, pk)
    roles, parts = history_of_person(agency, row)
    today = timezone.localdate()
    context = {
        "person": row,
        "roles": roles,
        "parts": parts,
        "today": today,
        "editable": may_edit_account(user=row, agency_ids=agency_ids(request), actor=administrator(request)),
        "is_self": row.pk == request.user.pk,
    }
    return page(
        request, agency, "units/manage_person.html", section="manage_people", title=row.full_name, context=context
    )


@manage_view("GET", "POST")
def person_edit(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    row = person_or_404(agency, pk)
    form = PersonForm(sent(request), instance=row)
    return form_page(
        request,
        agency,
        (form,),
        lambda: update_person(
            user=row,
            agency=agency,
            agency_ids=agency_ids(request),
            values=form.row_values(),
            actor=administrator(request),
            now=timezone.now(),
        ),
        about=FormPage(
            section="manage_people",
            title=_("Ubah data orang"),
            trail=((row.full_name, person_url(agency, row)),),
            done=_("Data orang sudah disimpan."),
            next_url=person_url(agency, row),
        ),
    )


@manage_view("POST")
def person_invite(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    row = person_or_404(agency, pk)
    return act(
        request,
        lambda: invite_person(
            user=row, agency=agency, actor=administrator(request), now=timezone.now(), site=site_of(request)
        ),
        done=_("Undangan dikirim. Tautannya berlaku satu jam."),
        next_url=person_url(agency, row),
    )


@manage_view("GET", "POST")
def person_close(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    """Closes an account, with a reason."""
    row = person_or_404(agency, pk)
    form = ReasonForm(sent(request))
    return form_page(
        request,
        agency,
        (form,),
        lambda: _set_active(request, agency, row, active=False, reason=form.cleaned_data["reason"]),
        about=FormPage(
            section="manage_people",
            title=_("Nonaktifkan akun"),
            trail=((row.full_name, person_url(agency, row)),),
            lead=_("Orang ini langsung keluar dan tidak dapat masuk lagi. Pekerjaan dan riwayatnya tetap tersimpan."),
            done=_("Akun sudah dinonaktifkan."),
            button=_("Nonaktifkan"),
            next_url=person_url(agency, row),
            danger=True,
        ),
    )


@manage_view("POST")
def person_open(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    row = person_or_404(agency, pk)
    return act(
        request,
        lambda: _set_active(request, agency, row, active=True),
        done=_("Akun sudah diaktifkan kembali."),
        next_url=person_url(agency, row),
    )


def _set_active(request: HttpRequest, agency: Agency, row: User, *, active: bool, reason: str = "") -> None:
    set_person_active(
        user=row,
        agency=agency,
        agency_ids=agency_ids(request),
        active=active,
        actor=administrator(request),
        now=timezone.now(),
        reason=reason,
    )


@manage_view("GET", "POST")
def role_new(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    row = person_or_404(agency, pk)
    form = RoleForm(sent(request), agency=agency, person=row, initial={"valid_from": timezone.localdate()})
    return form_page(
        request,
        agency,
        (form,),
        lambda: add_membership(
            agency=agency, user=row, values=form.role_values(), actor=administrator(request), now=timezone.now()
        ),
        about=FormPage(
            section="manage_people",
            title=_("Peran baru"),
            trail=((row.full_name, person_url(agency, row)),),
            done=_("Peran sudah diberikan."),
            next_url=person_url(agency, row),
        ),
    )


@manage_view("GET", "POST")
def role_end(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    """Ends a role on a day; it stays in the history."""
    held = agency.memberships.select_related("user", "unit").filter(pk=pk).first()
    if held is None:
        raise Http404
    person = held.user
    form = EndForm(sent(request), valid_from=held.valid_from, initial={"until": timezone.localdate()})
    return form_page(
        request,
        agency,
        (form,),
        lambda: end_membership(
            membership=held,
            until=form.cleaned_data["until"],
            actor=administrator(request),
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        ),
        about=FormPage(
            section="manage_people",
            title=_("Akhiri peran"),
            trail=((person.full_name, person_url(agency, person)),),
            lead=role_text(held),
            done=_("Peran sudah diakhiri."),
            button=_("Akhiri peran"),
            next_url=person_url(agency, person),
            danger=True,
        ),
    )


def role_text(held: Membership) -> str:
    """`Kepala unit, RSUD Contoh`."""
    label = str(held.get_role_display())
    return f"{label}, {held.unit.name}" if held.unit else label
