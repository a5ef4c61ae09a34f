"""The administrator's first page: what there is, and what to do next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from assessments.models import Period
from assessments.queries.manage_periods import current_period, units_without_worksheet
from units.models import Agency, Team, Unit
from units.permissions import ADMIN, access_of
from units.queries.manage import working_year
from units.queries.manage_start import Counts, Missing, counts, missing
from units.views.manage_base import Text, manage_view, page

NAMED = 3


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: what, why, where."""

    text: Text
    detail: Text
    url: str
    action: Text


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Leads to the agency; asks which one when there are several."""
    access = access_of(request.user)
    if not access.is_admin:
        raise PermissionDenied
    agencies = list(Agency.objects.filter(pk__in=access.agencies_as(ADMIN)))
    if len(agencies) == 1:
        return redirect("manage_start", agencies[0].code)
    return render(request, "assessments/manage_agencies.html", {"agencies": agencies})


@manage_view("GET")
def start(request: HttpRequest, agency: Agency) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate()
    year = working_year(agency, today)
    period = current_period(agency, now)
    sizes = counts(agency, year=year)
    steps = steps_of_agency(agency, missing(agency, year=year, day=today), sizes, year)
    steps += steps_of_period(agency, period)
    return page(
        request,
        agency,
        "assessments/manage_start.html",
        section="manage_start",
        title=agency.name,
        context={"counts": sizes, "steps": steps, "period": period, "year": year, "now": now},
    )


def steps_of_agency(agency: Agency, lacks: Missing, sizes: Counts, year: int) -> list[Step]:
    """In the order in which an agency is set up."""
    return [
        step for step in (*_office(agency, lacks), *_units(agency, lacks, sizes, year), *_people(agency, lacks)) if step
    ]


def _link(agency: Agency, name: str, *args: object, query: str = "") -> str:
    return reverse(name, args=[agency.code, *args]) + query


def _office(agency: Agency, lacks: Missing) -> Iterator[Step | None]:
    """What reports need."""
    if lacks.letterhead:
        yield Step(
            _("Kop surat belum diisi"),
            _("Kop surat tertulis pada LHE dan laporan triwulan."),
            _link(agency, "manage_agency"),
            _("Isi kop surat"),
        )
    if lacks.signatory:
        yield Step(
            _("Belum ada penanda tangan laporan"),
            _("LHE dan laporan triwulan ditandatangani Inspektur."),
            _link(agency, "manage_signatory_new"),
            _("Tambah penanda tangan"),
        )
    if lacks.inspector:
        yield Step(
            _("Belum ada akun Inspektur"),
            _("Inspektur memantau semua unit dan menerbitkan LHE."),
            _link(agency, "manage_person_new", query="?peran=inspector"),
            _("Buat akun"),
        )


def _units(agency: Agency, lacks: Missing, sizes: Counts, year: int) -> Iterator[Step | None]:
    """Units, their stage, their people and their evaluators."""
    if not sizes.units:
        yield Step(
            _("Belum ada unit kerja"),
            _("Mulai dari unit yang membangun ZI."),
            _link(agency, "manage_unit_new"),
            _("Tambah unit kerja"),
        )
    elif not sizes.taking_part:
        yield Step(
            _("Belum ada unit yang membangun ZI tahun %(year)d") % {"year": year},
            _("Tetapkan tahap unit agar mendapat lembar kerja."),
            _link(agency, "manage_year", year),
            _("Atur tahap"),
        )
    yield _unit_step(
        agency,
        lacks.without_head,
        ngettext(
            "%(count)d unit belum mempunyai kepala unit",
            "%(count)d unit belum mempunyai kepala unit",
            len(lacks.without_head),
        ),
        _("Tunjuk kepala unit"),
    )
    yield _unit_step(
        agency,
        lacks.without_operator,
        ngettext(
            "%(count)d unit belum mempunyai anggota tim kerja",
            "%(count)d unit belum mempunyai anggota tim kerja",
            len(lacks.without_operator),
        ),
        _("Tambah anggota"),
    )
    if lacks.without_tpi:
        text = ngettext(
            "%(count)d unit belum mempunyai TPI", "%(count)d unit belum mempunyai TPI", len(lacks.without_tpi)
        )
        yield Step(
            text % {"count": len(lacks.without_tpi)},
            names(lacks.without_tpi),
            _link(agency, "manage_teams"),
            _("Atur tim"),
        )


def _unit_step(agency: Agency, units: tuple[Unit, ...], text: str, action: Text) -> Step | None:
    """Leads to the first unit concerned."""
    if not units:
        return None
    return Step(text % {"count": len(units)}, names(units), _link(agency, "manage_unit", units[0].code), action)


def _people(agency: Agency, lacks: Missing) -> Iterator[Step | None]:
    if lacks.incomplete_teams:
        yield Step(
            _("TPI belum lengkap"),
            _("Setiap TPI memerlukan anggota, ketua tim, dan pengendali teknis: %(teams)s.")
            % {"teams": names(lacks.incomplete_teams)},
            _link(agency, "manage_team", lacks.incomplete_teams[0].pk),
            _("Lengkapi tim"),
        )
    if lacks.never_logged_in:
        text = ngettext(
            "%(count)d orang belum pernah masuk", "%(count)d orang belum pernah masuk", lacks.never_logged_in
        )
        yield Step(
            text % {"count": lacks.never_logged_in},
            _("Undangan dapat dikirim ulang dari halaman orang."),
            _link(agency, "manage_people", query="?status=waiting"),
            _("Lihat orang"),
        )


def steps_of_period(agency: Agency, period: Period | None) -> list[Step]:
    """A running quarter, with a worksheet for every unit that takes part."""
    if period is None:
        return [
            Step(
                _("Tidak ada periode yang sedang berjalan"),
                _("Unit baru dapat mengisi LKE setelah periode dibuka."),
                _link(agency, "manage_period_new"),
                _("Buka periode"),
            )
        ]
    left_out = list(units_without_worksheet(period))
    if not left_out:
        return []
    text = ngettext(
        "%(count)d unit belum mempunyai lembar kerja", "%(count)d unit belum mempunyai lembar kerja", len(left_out)
    )
    return [
        Step(
            text % {"count": len(left_out)},
            names(left_out),
            _link(agency, "manage_period_units", period.year, period.quarter),
            _("Tambah unit"),
        )
    ]


def names(rows: Sequence[Unit | Team]) -> str:
    """The first few by name, and how many more."""
    told = ", ".join(row.name for row in rows[:NAMED])
    more = len(rows) - NAMED
    return _("%(names)s, dan %(count)d lainnya") % {"names": told, "count": more} if more > 0 else told
