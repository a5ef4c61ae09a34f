"""Prerequisites of a proposal (Tabel 5): of the whole agency, and of a unit, in a year."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.forms.periods import FIRST_YEAR, LAST_YEAR
from assessments.forms.prerequisites import PrerequisitesForm
from assessments.queries.instruments import instrument_value
from assessments.queries.manage_periods import current_instrument
from assessments.scoring import Prerequisites
from units.models import Agency, Prerequisite, Unit
from units.services.years import set_prerequisites
from units.views.manage_agencies import unit_url
from units.views.manage_base import FormPage, administrator, form_page, manage_view, sent

AGENCY_LEVEL, UNIT_LEVEL = "instance", "unit"


def current_prerequisites() -> Prerequisites:
    """Those of the instrument that was published last; 404 before there is one."""
    instrument = current_instrument()
    if instrument is None:
        raise Http404
    return instrument_value(instrument).prerequisites


@manage_view("GET", "POST")
def agency_prerequisites(request: HttpRequest, agency: Agency, year: int) -> HttpResponse:
    """Once per agency and year: BPK opinion, SAKIP, RB index, SPIP."""
    return _form(
        request,
        agency,
        None,
        year,
        FormPage(
            section="manage_years",
            title=_("Syarat pengusulan instansi %(year)d") % {"year": year},
            lead=_("Berlaku untuk semua unit pada tahun ini (PermenPAN-RB 5/2024, Tabel 5)."),
            done=_("Syarat pengusulan sudah disimpan."),
            next_url=reverse("manage_year", args=[agency.code, year]),
        ),
    )


@manage_view("GET", "POST")
def unit_prerequisites(request: HttpRequest, agency: Agency, unit: str, year: int) -> HttpResponse:
    """Those of one unit."""
    row = get_object_or_404(agency.units.select_related("agency"), code=unit)
    return _form(
        request,
        agency,
        row,
        year,
        FormPage(
            section="manage_units",
            title=_("Syarat pengusulan %(year)d") % {"year": year},
            trail=((row.name, unit_url(row)),),
            lead=_("PermenPAN-RB 5/2024, Tabel 5. Yang belum diisi tidak dihitung sebagai memenuhi."),
            done=_("Syarat pengusulan sudah disimpan."),
            next_url=unit_url(row),
        ),
    )


def _form(request: HttpRequest, agency: Agency, unit: Unit | None, year: int, about: FormPage) -> HttpResponse:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    prerequisites = current_prerequisites()
    level = UNIT_LEVEL if unit else AGENCY_LEVEL
    form = PrerequisitesForm(
        sent(request),
        prerequisites=prerequisites,
        items=[item for item in prerequisites.items if item.level == level and item.applies_to in (None, agency.kind)],
        stored=Prerequisite.objects.filter(agency=agency, unit=unit, year=year),
    )
    return form_page(
        request,
        agency,
        (form,),
        lambda: set_prerequisites(
            agency=agency,
            unit=unit,
            year=year,
            filled=form.filled(),
            actor=administrator(request),
            now=timezone.now(),
        ),
        about=about,
    )
