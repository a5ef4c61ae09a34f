"""What reports are made from, and the reports that a person may read."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from assessments.models import Assessment, Instrument, Period, Report, Snapshot
from assessments.models.period import ROMAN
from assessments.queries.followup_history import Reported, followups_at
from units import permissions as who
from units.models import Agency, Signatory, Unit, UnitYear, User

_PIECES = re.compile(r"[0-9]{1,9}|[^0-9]+")
_DIGITS = re.compile(r"[0-9]+")
FINAL, SUBMITTED = Snapshot.Kind.FINAL, Snapshot.Kind.SUBMITTED
BUILDING_STAGES = (
    UnitYear.Stage.BUILDING,
    UnitYear.Stage.PROPOSED,
    UnitYear.Stage.NATIONAL_REVIEW,
    UnitYear.Stage.PREDICATE,
    UnitYear.Stage.GUIDANCE,
)


def in_order(unit: Unit) -> tuple[list[tuple[int, str]], str]:
    """Sorts by name, the same on every database, numbers by their size: Unit 2 before Unit 10."""
    pieces = _PIECES.findall(unit.name.casefold())
    return [(int(piece), "") if piece.isascii() and piece.isdigit() else (-1, piece) for piece in pieces], unit.code


def latest_snapshot(kind: str) -> QuerySet[Snapshot]:
    """For a Subquery over assessments: the newest snapshot of a kind."""
    return Snapshot.objects.filter(assessment=OuterRef("pk"), kind=kind).order_by("-pk")


def final_snapshot(assessment: Assessment) -> Snapshot | None:
    """The snapshot that counts: the newest final one, as long as the assessment has not been reopened."""
    if assessment.state != Assessment.State.FINAL:
        return None
    return Snapshot.objects.filter(assessment=assessment, kind=FINAL).order_by("-pk").first()


def lhe_of(snapshot: Snapshot) -> Report | None:
    """The LHE issued for this very snapshot."""
    return Report.objects.filter(kind=Report.Kind.LHE, snapshots=snapshot).first()


def earlier_lhe(assessment: Assessment) -> Report | None:
    """The newest LHE of the assessment; a new one, after a reopening, replaces it."""
    return Report.objects.filter(kind=Report.Kind.LHE, assessment=assessment).order_by("-pk").first()


def signatory_on(agency: Agency, day: date) -> Signatory | None:
    """Who signs for the agency on a day."""
    return Signatory.objects.filter(agency=agency, valid_from__lte=day).order_by("-valid_from").first()


def instrument_of(content: Mapping[str, Any]) -> Instrument:
    """The frozen instrument version that a snapshot names."""
    named = content["instrument"]
    return Instrument.objects.get(code=named["code"], version=named["version"])


def suggested_number(period: Period) -> str:
    """The next free LHE number of the period, after the one that was given last."""
    numbers = Report.objects.filter(period=period).exclude(number="").order_by("-pk").values_list("kind", "number")
    given = list(numbers)
    last = next((number for kind, number in given if kind == Report.Kind.LHE), "")
    found, used = number_after(last, period), {number for _, number in given}
    while found in used:
        found = number_after(found, period)
    return found


@dataclass(frozen=True, slots=True)
class QuarterUnit:
    """A unit in a quarter: its final snapshot if it counts, else what it submitted last, if anything."""

    unit: Unit
    state: str
    round: int
    final: Snapshot | None
    submitted: Snapshot | None


@dataclass(frozen=True, slots=True)
class Quarter:
    """Everything that the quarterly report of a period says."""

    period: Period
    units: Sequence[QuarterUnit]
    not_started: Sequence[str]
    active_units: int
    stages: Mapping[str, int]
    previous: "Period | None"
    previous_finals: Mapping[int, Snapshot]
    followups: Mapping[int, Sequence[Reported]]


def quarter_of(period: Period, moment: datetime) -> Quarter:
    """Eight queries, however many units there are; follow-ups as they stand at `moment`."""
    assessments = sorted(_with_snapshots(period).select_related("unit"), key=lambda item: in_order(item.unit))
    snapshots = _snapshots(assessments)
    units = [_quarter_unit(item, snapshots) for item in assessments]
    years = UnitYear.objects.filter(unit__agency=period.agency_id, year=period.year, unit__is_active=True)
    stages: defaultdict[str, int] = defaultdict(int)
    building: list[tuple[int, str]] = []
    for unit_id, name, stage in years.values_list("unit_id", "unit__name", "stage").order_by("unit__name"):
        stages[stage] += 1
        if stage in BUILDING_STAGES:
            building.append((unit_id, name))
    present = {item.unit.pk for item in units}
    previous = previous_period(period)
    return Quarter(
        period=period,
        units=units,
        not_started=[name for unit_id, name in building if unit_id not in present],
        active_units=Unit.objects.filter(agency=period.agency_id, is_active=True).count(),
        stages=dict(stages),
        previous=previous,
        previous_finals=_finals(previous) if previous else {},
        followups=followups_at(present, period, moment),
    )


def previous_period(period: Period) -> Period | None:
    """The agency's newest period before this one."""
    earlier = Q(year__lt=period.year) | Q(year=period.year, quarter__lt=period.quarter)
    return Period.objects.filter(earlier, agency=period.agency_id).order_by("-year", "-quarter").first()


def _with_snapshots(period: Period) -> QuerySet[Assessment]:
    return Assessment.objects.filter(period=period).annotate(
        final_id=Subquery(latest_snapshot(FINAL).values("pk")[:1]),
        submitted_id=Subquery(latest_snapshot(SUBMITTED).values("pk")[:1]),
    )


def _snapshots(assessments: Sequence[Any]) -> dict[int, Snapshot]:
    wanted = [item.final_id if item.state == Assessment.State.FINAL else item.submitted_id for item in assessments]
    return Snapshot.objects.in_bulk([pk for pk in wanted if pk])


def _quarter_unit(item: Any, snapshots: Mapping[int, Snapshot]) -> QuarterUnit:
    is_final = item.state == Assessment.State.FINAL
    found = snapshots.get(item.final_id if is_final else item.submitted_id)
    return QuarterUnit(item.unit, item.state, item.round, found if is_final else None, None if is_final else found)


def _finals(period: Period) -> dict[int, Snapshot]:
    rows = Assessment.objects.filter(period=period, state=Assessment.State.FINAL)
    ids = rows.annotate(final_id=Subquery(latest_snapshot(FINAL).values("pk")[:1])).values_list("final_id", flat=True)
    found = Snapshot.objects.filter(pk__in=ids).select_related("assessment")
    return {snapshot.assessment.unit_id: snapshot for snapshot in found}


def visible_reports(user: User) -> QuerySet[Report]:
    """Reports that a person may know of: all of their agencies, the LHE of assessments that they see."""
    access = who.access_of(user)
    agencies = access.agencies_as(who.INSPECTOR, who.READER, who.ADMIN)
    units = access.units_as(who.UNIT_MEMBER, who.UNIT_HEAD, who.ASSISTANT, *who.TPI_ROLES)
    return Report.objects.filter(
        Q(period__agency_id__in=agencies) | Q(kind=Report.Kind.LHE, assessment__unit_id__in=units)
    ).select_related("period__agency", "assessment__unit")


@dataclass(frozen=True, slots=True)
class ShelfUnit:
    """A line of the report list: an assessment of the period and its LHE."""

    assessment: Assessment
    lhe: Report | None
    replaced: Sequence[Report]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The reports of one period."""

    period: Period
    quarterlies: Sequence[Report]
    units: Sequence[ShelfUnit]

    @property
    def has_reports(self) -> bool:
        """Whether anything is in force."""
        return bool(self.quarterlies) or any(item.lhe for item in self.units)


def readable_periods(user: User) -> list[Period]:
    """Periods of the agencies whose reports the person reads, newest first."""
    agencies = who.access_of(user).agencies_as(who.INSPECTOR, who.READER)
    periods = Period.objects.filter(agency_id__in=agencies).select_related("agency")
    return list(periods.order_by("agency__name", "-year", "-quarter"))


def shelf_of(user: User, period: Period) -> Shelf:
    """Three queries; the LHE of a reopened assessment stands among the replaced ones."""
    reports = list(period.reports.order_by("-pk"))
    rows = Assessment.objects.visible_to(user).filter(period=period).select_related("unit", "period__agency")
    rows = rows.annotate(final_id=Subquery(latest_snapshot(FINAL).values("pk")[:1])).order_by(
        "unit__name", "unit__code"
    )
    used = dict(Report.snapshots.through.objects.filter(report__period=period, report__kind="lhe").values_list(
        "report_id", "snapshot_id"
    ))  # fmt: skip
    by_assessment: defaultdict[int, list[Report]] = defaultdict(list)
    for report in reports:
        if report.assessment_id:
            by_assessment[report.assessment_id].append(report)
    units = []
    for item in sorted(rows, key=lambda row: in_order(row.unit)):
        mine = by_assessment[item.pk]
        is_final = item.state == Assessment.State.FINAL
        current = next((report for report in mine if is_final and used.get(report.pk) == item.final_id), None)
        units.append(ShelfUnit(item, current, [report for report in mine if report is not current]))
    return Shelf(period, [report for report in reports if report.kind == Report.Kind.QUARTERLY], units)


def own_lhe(user: User) -> list[Report]:
    """LHE of the units where the person works, evaluates or assists, newest first."""
    access = who.access_of(user)
    units = access.units_as(who.UNIT_MEMBER, who.UNIT_HEAD, who.ASSISTANT, *who.TPI_ROLES)
    if not units:
        return []
    found = Report.objects.filter(kind=Report.Kind.LHE, assessment__unit_id__in=units)
    return list(found.select_related("period__agency", "assessment__unit").order_by("-pk"))


def number_after(last: str, period: Period) -> str:
    """The next number: the last digit group of `last` that is not the year, plus one; a usual pattern at first.

    `700/012/LHE-ZI/TW-II/2024` gives `700/013/LHE-ZI/TW-II/2024`.
    """
    if not last:
        return f"700/001/LHE-ZI/TW-{ROMAN[period.quarter - 1]}/{period.year}"
    groups = [match for match in _DIGITS.finditer(last) if match.group() != str(period.year)]
    if not groups:
        return f"{last}/2"
    match = groups[-1]
    raised = str(int(match.group()) + 1).zfill(len(match.group()))
    return f"{last[: match.start()]}{raised}{last[match.end() :]}"
