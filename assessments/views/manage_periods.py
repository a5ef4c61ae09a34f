"""Periods: opening, deadlines, units that join later."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.forms.periods import DeadlinesForm, PeriodForm, PeriodUnitsForm
from assessments.models import Period
from assessments.queries.manage_periods import (
    current_instrument,
    next_quarter,
    periods_of,
    units_without_worksheet,
    worksheets_of,
)
from assessments.services.periods import add_units, change_deadlines, open_period
from units.models import Agency
from units.queries.manage_start import taking_part
from units.views.manage_base import FormPage, administrator, form_page, manage_view, page, page_of, sent


def period_or_404(agency: Agency, year: int, quarter: int) -> Period:
    return get_object_or_404(
        Period.objects.select_related("agency", "instrument"), agency=agency, year=year, quarter=quarter
    )


def period_url(period: Period) -> str:
    return reverse("manage_period", args=[period.agency.code, period.year, period.quarter])


@manage_view("GET")
def periods(request: HttpRequest, agency: Agency) -> HttpResponse:
    context = {"rows": page_of(request, periods_of(agency)), "query": ""}
    return page(
        request,
        agency,
        "assessments/manage_periods.html",
        section="manage_periods",
        title=_("Periode"),
        lead=_("Satu periode adalah satu triwulan. Unit mengisi LKE, kemudian TPI mengevaluasi."),
        context=context,
    )


@manage_view("GET", "POST")
def period_new(request: HttpRequest, agency: Agency) -> HttpResponse:
    """Opens a quarter; units that build ZI are ticked."""
    year, quarter = next_quarter(agency, timezone.now())
    initial = {
        "year": year,
        "quarter": quarter,
        "instrument": current_instrument(),
        "units": taking_part(agency, year) or taking_part(agency, year - 1),
    }
    form = PeriodForm(sent(request), agency=agency, initial=initial)

    def save() -> Period:
        chosen = form.cleaned_data
        return open_period(
            agency=agency,
            year=chosen["year"],
            quarter=chosen["quarter"],
            instrument=chosen["instrument"],
            phases=form.phases(),
            units=chosen["units"],
            actor=administrator(request),
            now=timezone.now(),
        )

    return form_page(
        request,
        agency,
        (form,),
        save,
        about=FormPage(
            section="manage_periods",
            title=_("Periode baru"),
            done=_("Periode sudah dibuka."),
            button=_("Buka periode"),
            next_url=reverse("manage_periods", args=[agency.code]),
        ),
    )


@manage_view("GET")
def period(request: HttpRequest, agency: Agency, year: int, quarter: int) -> HttpResponse:
    """Phases and worksheets of one quarter."""
    row = period_or_404(agency, year, quarter)
    context = {
        "period": row,
        "worksheets": worksheets_of(row),
        "missing": units_without_worksheet(row),
    }
    return page(
        request,
        agency,
        "assessments/manage_period.html",
        section="manage_periods",
        title=row.label,
        context=context,
    )


@manage_view("GET", "POST")
def deadlines(request: HttpRequest, agency: Agency, year: int, quarter: int) -> HttpResponse:
    row = period_or_404(agency, year, quarter)
    form = DeadlinesForm(sent(request), instance=row, agency=agency)
    return form_page(
        request,
        agency,
        (form,),
        lambda: change_deadlines(
            period=row,
            phases=form.phases(),
            actor=administrator(request),
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        ),
        about=FormPage(
            section="manage_periods",
            title=_("Ubah tenggat"),
            trail=((row.label, period_url(row)),),
            lead=_("Tenggat baru berlaku untuk semua unit pada periode ini."),
            done=_("Tenggat sudah disimpan."),
            next_url=period_url(row),
        ),
    )


@manage_view("GET", "POST")
def period_units(request: HttpRequest, agency: Agency, year: int, quarter: int) -> HttpResponse:
    """Worksheets for units that joined later."""
    row = period_or_404(agency, year, quarter)
    form = PeriodUnitsForm(sent(request), period=row, initial={"units": units_without_worksheet(row)})
    return form_page(
        request,
        agency,
        (form,),
        lambda: bool(
            add_units(
                period=row,
                units=list(form.cleaned_data["units"]),
                actor=administrator(request),
                now=timezone.now(),
            )
        ),
        about=FormPage(
            section="manage_periods",
            title=_("Tambah unit"),
            trail=((row.label, period_url(row)),),
            done=_("Unit sudah ditambahkan."),
            button=_("Tambahkan"),
            next_url=period_url(row),
        ),
    )
