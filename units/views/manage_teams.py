"""TPI and assistance teams, and decrees."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.files import private_file_response
from units.forms.people import EndForm, NewPersonForm, TeamMemberForm, TeamPlaceForm
from units.forms.teams import DecreeForm, NewTeamForm, TeamForm, TeamUnitsForm
from units.forms.uploads import scanned
from units.models import Agency, Decree, Team, TeamMember
from units.queries.manage import teams_of
from units.services.decrees import save_decree
from units.services.people import FirstTeam, create_person
from units.services.teams import add_team_member, create_team, end_team_member, set_team_units, update_team
from units.views.manage_base import (
    FormPage,
    administrator,
    form_page,
    manage_view,
    page,
    page_of,
    sent,
    site_of,
)


def team_url(team: Team) -> str:
    return reverse("manage_team", args=[team.agency.code, team.pk])


def team_or_404(agency: Agency, pk: int) -> Team:
    return get_object_or_404(Team.objects.select_related("agency", "decree"), agency=agency, pk=pk)


@manage_view("GET")
def teams(request: HttpRequest, agency: Agency) -> HttpResponse:
    context = {"rows": teams_of(agency, day=timezone.localdate())}
    return page(request, agency, "units/manage_teams.html", section="manage_teams", title=_("Tim"), context=context)


@manage_view("GET", "POST")
def team_new(request: HttpRequest, agency: Agency) -> HttpResponse:
    form = NewTeamForm(sent(request), agency=agency)

    def save() -> Team:
        values = dict(form.cleaned_data)
        kind = values.pop("kind")
        return create_team(agency=agency, kind=kind, values=values, actor=administrator(request), now=timezone.now())

    return form_page(
        request,
        agency,
        (form,),
        save,
        about=FormPage(
            section="manage_teams",
            title=_("Tim baru"),
            done=_("Tim sudah dibuat. Tambahkan anggota dan unitnya."),
            next_url=reverse("manage_teams", args=[agency.code]),
        ),
    )


@manage_view("GET")
def team(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    """People and units of one team, those who left included."""
    row = team_or_404(agency, pk)
    members = row.members.select_related("user").order_by("-valid_from", "user__full_name")
    context = {"team": row, "members": members, "units": row.units.order_by("name"), "today": timezone.localdate()}
    return page(request, agency, "units/manage_team.html", section="manage_teams", title=row.name, context=context)


@manage_view("GET", "POST")
def team_edit(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    row = team_or_404(agency, pk)
    form = TeamForm(sent(request), instance=row, agency=agency)
    return form_page(
        request,
        agency,
        (form,),
        lambda: update_team(team=row, values=form.cleaned_data, actor=administrator(request), now=timezone.now()),
        about=FormPage(
            section="manage_teams",
            title=_("Ubah tim"),
            trail=((row.name, team_url(row)),),
            done=_("Tim sudah disimpan."),
            next_url=team_url(row),
        ),
    )


@manage_view("GET", "POST")
def team_units(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    row = team_or_404(agency, pk)
    form = TeamUnitsForm(sent(request), agency=agency, initial={"units": row.units.all()})
    return form_page(
        request,
        agency,
        (form,),
        lambda: set_team_units(
            team=row, units=list(form.cleaned_data["units"]), actor=administrator(request), now=timezone.now()
        ),
        about=FormPage(
            section="manage_teams",
            title=_("Unit yang ditangani"),
            trail=((row.name, team_url(row)),),
            lead=_("Satu unit dinilai oleh satu TPI. Anggota TPI tidak menilai unitnya sendiri."),
            done=_("Unit tim sudah disimpan."),
            next_url=team_url(row),
        ),
    )


@manage_view("GET", "POST")
def team_member_new(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    """Somebody who has an account already."""
    row = team_or_404(agency, pk)
    form = TeamMemberForm(sent(request), agency=agency, team=row, initial={"valid_from": timezone.localdate()})
    return form_page(
        request,
        agency,
        (form,),
        lambda: add_team_member(
            team=row,
            user=form.cleaned_data["user"],
            values=form.member_values(),
            actor=administrator(request),
            now=timezone.now(),
        ),
        about=FormPage(
            section="manage_teams",
            title=_("Anggota baru"),
            trail=((row.name, team_url(row)),),
            done=_("Anggota sudah ditambahkan."),
            next_url=team_url(row),
        ),
        context={
            "other_url": reverse("manage_team_person_new", args=[agency.code, row.pk]),
            "other_label": _("Belum mempunyai akun? Buat akun baru."),
        },
    )


@manage_view("GET", "POST")
def team_person_new(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    """Somebody new: the account and the place in the team at once."""
    row = team_or_404(agency, pk)
    person_form = NewPersonForm(sent(request))
    member_form = TeamPlaceForm(sent(request), initial={"valid_from": timezone.localdate()})
    return form_page(
        request,
        agency,
        (person_form, member_form),
        lambda: create_person(
            agency=agency,
            values=person_form.row_values(),
            first=FirstTeam(row, member_form.member_values()),
            actor=administrator(request),
            now=timezone.now(),
            site=site_of(request),
        ),
        about=FormPage(
            section="manage_teams",
            title=_("Orang baru dalam tim"),
            trail=((row.name, team_url(row)),),
            lead=_("Orang ini menerima surel dengan tautan untuk menetapkan kata sandinya sendiri."),
            done=_("Akun sudah dibuat dan undangan dikirim."),
            button=_("Buat akun"),
            next_url=team_url(row),
        ),
    )


@manage_view("GET", "POST")
def team_member_end(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    """Ends a place in a team on a day; it stays in the history."""
    held = get_object_or_404(TeamMember.objects.select_related("team__agency", "user"), team__agency=agency, pk=pk)
    form = EndForm(sent(request), valid_from=held.valid_from, initial={"until": timezone.localdate()})
    return form_page(
        request,
        agency,
        (form,),
        lambda: end_team_member(
            member=held,
            until=form.cleaned_data["until"],
            actor=administrator(request),
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        ),
        about=FormPage(
            section="manage_teams",
            title=_("Akhiri keanggotaan"),
            trail=((held.team.name, team_url(held.team)),),
            lead=f"{held.user.full_name}, {held.get_role_display()}",
            done=_("Keanggotaan sudah diakhiri."),
            button=_("Akhiri"),
            next_url=team_url(held.team),
            danger=True,
        ),
    )


@manage_view("GET")
def decrees(request: HttpRequest, agency: Agency) -> HttpResponse:
    rows = agency.decrees.prefetch_related("units", "teams")
    context = {"rows": page_of(request, rows), "query": ""}
    return page(
        request,
        agency,
        "units/manage_decrees.html",
        section="manage_decrees",
        title=_("SK"),
        lead=_("Surat keputusan yang menetapkan unit ZI, TPI, dan tim asistensi."),
        context=context,
    )


@manage_view("GET", "POST")
def decree_new(request: HttpRequest, agency: Agency) -> HttpResponse:
    return _decree_form(request, agency, None)


@manage_view("GET", "POST")
def decree(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    return _decree_form(request, agency, get_object_or_404(agency.decrees, pk=pk))


def _decree_form(request: HttpRequest, agency: Agency, row: Decree | None) -> HttpResponse:
    initial = {"units": row.units.all()} if row else {}
    form = DecreeForm(sent(request), request.FILES or None, instance=row, agency=agency, initial=initial)

    def save() -> Decree:
        upload = form.cleaned_data["upload"]
        return save_decree(
            decree=row,
            agency=agency,
            values=form.row_values(),
            units=list(form.cleaned_data["units"]),
            actor=administrator(request),
            now=timezone.now(),
            upload=upload,
            scanned=scanned(upload) if upload else None,
        )

    return form_page(
        request,
        agency,
        (form,),
        save,
        about=FormPage(
            section="manage_decrees",
            title=_("Ubah SK") if row else _("SK baru"),
            done=_("SK sudah disimpan."),
            next_url=reverse("manage_decrees", args=[agency.code]),
        ),
        context={"file_url": reverse("manage_decree_file", args=[agency.code, row.pk]), "file_name": row.file_name}
        if row and row.file
        else {},
    )


@manage_view("GET")
def decree_file(request: HttpRequest, agency: Agency, pk: int) -> FileResponse:
    row = get_object_or_404(agency.decrees, pk=pk)
    if not row.file:
        raise Http404
    return private_file_response(request, str(row.file), row.file_name, "pdf", hold=row.hold)
