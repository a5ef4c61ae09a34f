"""Agency, signatories and units."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.forms.agencies import AgencyForm, SignatoryForm, UnitFilter, UnitForm
from units.models import Agency, Unit, UnitYear
from units.queries.manage import people_of_unit, units_of, working_year
from units.services.agencies import add_signatory, create_unit, update_agency, update_signatory, update_unit
from units.views.manage_base import (
    FormPage,
    administrator,
    form_page,
    manage_view,
    page,
    page_of,
    query_string,
    sent,
)


@manage_view("GET", "POST")
def agency_settings(request: HttpRequest, agency: Agency) -> HttpResponse:
    """Name, zone, letterhead; below it who signs."""
    form = AgencyForm(sent(request), instance=agency)
    about = FormPage(
        section="manage_agency",
        title=_("Instansi"),
        lead=_("Zona waktu, kop surat, dan penanda tangan laporan."),
        done=_("Data instansi sudah disimpan."),
        next_url=reverse("manage_agency", args=[agency.code]),
        template="units/manage_agency.html",
    )
    today = timezone.localdate()
    signatories = list(agency.signatories.order_by("-valid_from"))
    context = {
        "signatories": signatories,
        "signing": next((row for row in signatories if row.valid_from <= today), None),
    }
    return form_page(
        request,
        agency,
        (form,),
        lambda: update_agency(
            agency=agency, values=form.cleaned_data, actor=administrator(request), now=timezone.now()
        ),
        about=about,
        context=context,
    )


@manage_view("GET", "POST")
def signatory_new(request: HttpRequest, agency: Agency) -> HttpResponse:
    form = SignatoryForm(sent(request), fixed={"agency": agency})
    return form_page(
        request,
        agency,
        (form,),
        lambda: add_signatory(
            agency=agency, values=form.cleaned_data, actor=administrator(request), now=timezone.now()
        ),
        about=FormPage(
            section="manage_agency",
            title=_("Penanda tangan baru"),
            lead=_("Laporan yang sudah terbit tetap memakai penanda tangan lama."),
            done=_("Penanda tangan sudah disimpan."),
            next_url=reverse("manage_agency", args=[agency.code]),
        ),
    )


@manage_view("GET", "POST")
def signatory(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    row = get_object_or_404(agency.signatories, pk=pk)
    form = SignatoryForm(sent(request), instance=row, fixed={"agency": agency})
    return form_page(
        request,
        agency,
        (form,),
        lambda: update_signatory(
            signatory=row, values=form.cleaned_data, actor=administrator(request), now=timezone.now()
        ),
        about=FormPage(
            section="manage_agency",
            title=_("Perbaiki penanda tangan"),
            lead=_("Untuk pejabat baru, tambahkan penanda tangan baru."),
            done=_("Penanda tangan sudah disimpan."),
            next_url=reverse("manage_agency", args=[agency.code]),
        ),
    )


@manage_view("GET")
def units(request: HttpRequest, agency: Agency) -> HttpResponse:
    """All units of the agency: search, filters, pages."""
    year = working_year(agency, timezone.localdate())
    wanted = UnitFilter(request.GET)
    wanted.is_valid()
    chosen = wanted.cleaned_data
    rows = units_of(
        agency,
        year=year,
        search=chosen.get("cari", ""),
        kind=chosen.get("jenis", ""),
        stage=chosen.get("tahap", ""),
    )
    shown = page_of(request, rows)
    shown.object_list = with_stage_words(shown.object_list)
    context = {"filter": wanted, "rows": shown, "year": year, "query": query_string(request)}
    return page(
        request, agency, "units/manage_units.html", section="manage_units", title=_("Unit kerja"), context=context
    )


@manage_view("GET", "POST")
def unit_new(request: HttpRequest, agency: Agency) -> HttpResponse:
    form = UnitForm(sent(request), agency=agency)
    return form_page(
        request,
        agency,
        (form,),
        lambda: create_unit(agency=agency, values=form.cleaned_data, actor=administrator(request), now=timezone.now()),
        about=FormPage(
            section="manage_units",
            title=_("Unit kerja baru"),
            done=_("Unit kerja sudah dibuat."),
            next_url=reverse("manage_units", args=[agency.code]),
        ),
    )


@manage_view("GET")
def unit(request: HttpRequest, agency: Agency, unit: str) -> HttpResponse:
    """Everything about one unit: people, team, declaration, years, predicates."""
    row = get_object_or_404(agency.units.select_related("parent", "declaration"), code=unit)
    year = working_year(agency, timezone.localdate())
    context = {
        "unit": row,
        "year": year,
        "people": people_of_unit(row, day=timezone.localdate()),
        "teams": row.teams.filter(is_active=True),
        "years": row.years.order_by("-year"),
        "held": row.predikat.order_by("-year"),
        "decrees": row.decrees.order_by("-date"),
        "declaration": getattr(row, "declaration", None),
    }
    return page(request, agency, "units/manage_unit.html", section="manage_units", title=row.name, context=context)


@manage_view("GET", "POST")
def unit_edit(request: HttpRequest, agency: Agency, unit: str) -> HttpResponse:
    row = get_object_or_404(agency.units.select_related("parent"), code=unit)
    form = UnitForm(sent(request), instance=row, agency=agency)
    return form_page(
        request,
        agency,
        (form,),
        lambda: update_unit(unit=row, values=form.cleaned_data, actor=administrator(request), now=timezone.now()),
        about=FormPage(
            section="manage_units",
            title=_("Ubah unit kerja"),
            trail=((row.name, unit_url(row)),),
            done=_("Unit kerja sudah disimpan."),
            next_url=reverse("manage_units", args=[agency.code]),
        ),
    )


def unit_url(unit: Unit) -> str:
    """The unit's screen; the agency is loaded already wherever this is called."""
    return reverse("manage_unit", args=[unit.agency.code, unit.code])


def with_stage_words(units: Iterable[Unit]) -> list[Unit]:
    """Units of `queries.manage.units_of` with their stage as people read it in `stage_words`."""
    rows = list(units)
    for row in rows:
        stage = row.stage or UnitYear.Stage.NOT_DECLARED  # type: ignore[attr-defined]
        row.stage_words = UnitYear.Stage(stage).label  # type: ignore[attr-defined]
    return rows
