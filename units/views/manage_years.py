"""Stage and target per year, declarations, predicates held."""

from pathlib import PurePath

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.files import private_file_response
from units.forms.agencies import UnitFilter
from units.forms.people import ReasonForm
from units.forms.uploads import scanned
from units.forms.years import FIRST_YEAR, LAST_YEAR, DeclarationForm, PredikatForm, StageForm, StagesForm
from units.models import Agency, Declaration, Predikat, Unit
from units.queries.manage import units_of, working_year
from units.services.declarations import save_declaration
from units.services.years import remove_predikat, save_predikat, set_unit_year, set_years
from units.views.manage_agencies import unit_url, with_stage_words
from units.views.manage_base import (
    FormPage,
    administrator,
    form_page,
    manage_view,
    page,
    query_string,
    saved,
    sent,
)

KIND_OF_ENDING = {".jpeg": "jpg"}


def unit_or_404(agency: Agency, code: str) -> Unit:
    return get_object_or_404(agency.units.select_related("agency"), code=code)


def known_year(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    return year


@manage_view("GET")
def years(request: HttpRequest, agency: Agency) -> HttpResponse:  # noqa: ARG001 - a view
    """Leads to the year that is being worked on."""
    year = working_year(agency, timezone.localdate())
    return HttpResponseRedirect(reverse("manage_year", args=[agency.code, year]))


@manage_view("GET", "POST")
def year(request: HttpRequest, agency: Agency, year: int) -> HttpResponse:
    """All units in one year; ticked ones get a stage and a target at once."""
    here = reverse("manage_year", args=[agency.code, known_year(year)])
    form = StagesForm(sent(request), agency=agency, initial={"stage": "building"})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data

        def save() -> bool:
            return bool(
                set_years(
                    agency=agency,
                    year=year,
                    units=list(chosen["units"]),
                    stage=chosen["stage"],
                    target=chosen["target"],
                    actor=administrator(request),
                    now=timezone.now(),
                )
            )

        if saved(request, form, save, _("Tahap unit sudah disimpan.")):
            return HttpResponseRedirect(here)
    wanted = UnitFilter(request.GET)
    wanted.is_valid()
    filters = wanted.cleaned_data
    rows = units_of(
        agency,
        year=year,
        search=filters.get("cari", ""),
        kind=filters.get("jenis", ""),
        stage=filters.get("tahap", ""),
    )
    ticked = {str(value) for value in form["units"].value() or []} if form.is_bound else set()
    context = {
        "form": form,
        "filter": wanted,
        "rows": with_stage_words(
            rows.filter(is_active=True).select_related("declaration").prefetch_related("predikat")
        ),
        "ticked": ticked,
        "year": year,
        "previous_year": year - 1,
        "next_year": year + 1,
        "query": query_string(request),
    }
    return page(
        request,
        agency,
        "units/manage_year.html",
        section="manage_years",
        title=_("Tahap unit tahun %(year)d") % {"year": year},
        context=context,
        status=422 if form.errors else 200,
    )


@manage_view("GET", "POST")
def unit_year(request: HttpRequest, agency: Agency, unit: str, year: int) -> HttpResponse:
    """Stage and target of one unit in one year."""
    row = unit_or_404(agency, unit)
    stored = row.years.filter(year=known_year(year)).first()
    initial = {"stage": stored.stage, "target": stored.target} if stored else {}
    form = StageForm(sent(request), initial=initial)
    return form_page(
        request,
        agency,
        (form,),
        lambda: set_unit_year(
            unit=row, year=year, **form.cleaned_data, actor=administrator(request), now=timezone.now()
        ),
        about=FormPage(
            section="manage_units",
            title=_("Tahap tahun %(year)d") % {"year": year},
            trail=((row.name, unit_url(row)),),
            done=_("Tahap unit sudah disimpan."),
            next_url=unit_url(row),
        ),
    )


@manage_view("GET", "POST")
def declaration(request: HttpRequest, agency: Agency, unit: str) -> HttpResponse:
    row = unit_or_404(agency, unit)
    stored = Declaration.objects.filter(unit=row).first()
    form = DeclarationForm(sent(request), request.FILES or None, instance=stored, fixed={"unit": row})

    def save() -> Declaration:
        upload = form.cleaned_data["upload"]
        return save_declaration(
            unit=row,
            values=form.row_values(),
            actor=administrator(request),
            now=timezone.now(),
            upload=upload,
            scanned=scanned(upload) if upload else None,
        )

    file_url = reverse("manage_declaration_file", args=[agency.code, row.code])
    return form_page(
        request,
        agency,
        (form,),
        save,
        about=FormPage(
            section="manage_units",
            title=_("Pencanangan"),
            trail=((row.name, unit_url(row)),),
            lead=_("Komitmen membangun ZI dan penandatanganan pakta integritas."),
            done=_("Pencanangan sudah disimpan."),
            next_url=unit_url(row),
        ),
        context={"file_url": file_url, "file_name": stored.file_name} if stored and stored.file else {},
    )


@manage_view("GET")
def declaration_file(request: HttpRequest, agency: Agency, unit: str) -> FileResponse:
    stored = get_object_or_404(Declaration, unit__agency=agency, unit__code=unit)
    if not stored.file:
        raise Http404
    ending = PurePath(stored.file_name).suffix.lower()
    return private_file_response(
        request,
        str(stored.file),
        stored.file_name,
        KIND_OF_ENDING.get(ending, ending.removeprefix(".")),
        hold=stored.hold,
    )


@manage_view("GET", "POST")
def predikat_new(request: HttpRequest, agency: Agency, unit: str) -> HttpResponse:
    return _predikat_form(request, agency, unit_or_404(agency, unit), None)


@manage_view("GET", "POST")
def predikat(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    row = get_object_or_404(Predikat.objects.select_related("unit__agency"), unit__agency=agency, pk=pk)
    return _predikat_form(request, agency, row.unit, row)


def _predikat_form(request: HttpRequest, agency: Agency, unit: Unit, row: Predikat | None) -> HttpResponse:
    form = PredikatForm(sent(request), instance=row, unit=unit)
    return form_page(
        request,
        agency,
        (form,),
        lambda: save_predikat(
            unit=unit,
            predikat=row,
            values=form.row_values(),
            actor=administrator(request),
            now=timezone.now(),
        ),
        about=FormPage(
            section="manage_units",
            title=_("Ubah predikat") if row else _("Predikat baru"),
            trail=((unit.name, unit_url(unit)),),
            done=_("Predikat sudah disimpan."),
            next_url=unit_url(unit),
        ),
    )


@manage_view("GET", "POST")
def predikat_remove(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    """Takes an entry back, with a reason."""
    row = get_object_or_404(Predikat.objects.select_related("unit__agency"), unit__agency=agency, pk=pk)
    form = ReasonForm(sent(request))
    return form_page(
        request,
        agency,
        (form,),
        lambda: remove_predikat(
            predikat=row, actor=administrator(request), now=timezone.now(), reason=form.cleaned_data["reason"]
        ),
        about=FormPage(
            section="manage_units",
            title=_("Hapus predikat"),
            trail=((row.unit.name, unit_url(row.unit)),),
            lead=f"{row.get_kind_display()} {row.year}",
            done=_("Predikat sudah dihapus."),
            button=_("Hapus predikat"),
            next_url=unit_url(row.unit),
            danger=True,
        ),
    )
