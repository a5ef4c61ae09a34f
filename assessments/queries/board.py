"""The Inspector's board: every unit of an agency in a period, from snapshots' summaries and grouped counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q

from assessments import permissions
from assessments.models import Answer, Assessment, Period, Snapshot
from assessments.queries.instruments import stored_instrument
from assessments.queries.queues import GIVEN, SCORED
from assessments.queries.reports import BUILDING_STAGES, in_order
from units import permissions as who
from units.models import Agency, Unit, UnitYear, User
from units.permissions import access_of

State = Assessment.State
ORDER = tuple(State)
NOT_STARTED = "not_started"
SORTS = ("unit", "keadaan", "kemajuan", "mandiri", "tpi", "tren")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a snapshot's summary says of one side; exact. `uuid` names the snapshot."""

    uuid: str
    total: Fraction
    pengungkit: Fraction
    hasil: Fraction
    areas: tuple[Fraction, ...]
    passed: Mapping[str, bool]
    lacking: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One unit. Numbers that the reader may not see, or that do not exist yet, are None."""

    unit: Unit
    assessment: Assessment | None
    stage: str
    target: str
    done: int
    total: int
    own: Numbers | None
    tpi: Numbers | None
    previous: Numbers | None
    can_open: bool

    @property
    def state(self) -> str:
        return self.assessment.state if self.assessment else NOT_STARTED

    @property
    def shown(self) -> Numbers | None:
        """What the area columns show: TPI's, else the unit's own."""
        return self.tpi or self.own

    @property
    def trend(self) -> Fraction | None:
        """TPI's total now less that of the quarter before."""
        return self.tpi.total - self.previous.total if self.tpi and self.previous else None


@dataclass(frozen=True, slots=True)
class Picked:
    """What the reader asked for; every field may be empty."""

    text: str = ""
    state: str = ""
    stage: str = ""
    predikat: str = ""
    sort: str = "unit"
    descending: bool = False


@dataclass(frozen=True)
class Board:
    """The rows that were asked for, and counts over all that the reader may see.

    `building` of `units` active units build ZI: they have a worksheet in the period, or a stage that says so.
    """

    agency: Agency
    period: Period
    periods: tuple[Period, ...]
    previous: Period | None
    rows: tuple[BoardRow, ...]
    everything: tuple[BoardRow, ...]
    units: int
    building: int
    sees_scores: bool

    @property
    def states(self) -> dict[str, int]:
        """How many units are in each state, in the order of work."""
        counts = dict.fromkeys((NOT_STARTED, *ORDER), 0)
        for row in self.everything:
            counts[row.state] += 1
        return {state: number for state, number in counts.items() if number}

    def meeting(self, predikat: str) -> int:
        """How many units meet every gate of a predikat by TPI's released scores."""
        return sum(bool(row.tpi and row.tpi.passed.get(predikat)) for row in self.everything)

    @property
    def final(self) -> int:
        return sum(row.tpi is not None for row in self.everything)


def periods_of(agency_id: int) -> tuple[Period, ...]:
    """Newest first; one query."""
    rows = Period.objects.filter(agency=agency_id).select_related("agency", "instrument")
    return tuple(rows.order_by("-year", "-quarter"))


def board(user: User, period: Period, periods: tuple[Period, ...], picked: Picked) -> Board:
    """The board of a period as this person may see it; six queries for any number of units."""
    access = access_of(user)
    is_inspector = period.agency_id in access.agencies_as(who.INSPECTOR)
    sees_scores = is_inspector or period.agency_id in access.agencies_as(who.READER)
    sees_all = is_inspector or period.agency_id in access.agencies_as(who.ADMIN)
    previous = _before(period, periods)
    rows = _rows(user, period, previous, sees_scores=sees_scores)
    building = len(rows)
    if not sees_all:
        rows = [row for row in rows if row.state == State.FINAL]
    chosen = _sorted([row for row in rows if _fits(row, picked)], picked)
    return Board(
        agency=period.agency,
        period=period,
        periods=periods,
        previous=previous,
        rows=tuple(chosen),
        everything=tuple(rows),
        units=Unit.objects.filter(agency=period.agency_id, is_active=True).count(),
        building=building,
        sees_scores=sees_scores,
    )


def _before(period: Period, periods: Iterable[Period]) -> Period | None:
    """The newest period before this one."""
    older = [item for item in periods if (item.year, item.quarter) < (period.year, period.quarter)]
    return max(older, key=lambda item: (item.year, item.quarter), default=None)


def _rows(user: User, period: Period, previous: Period | None, *, sees_scores: bool) -> list[BoardRow]:
    assessments = list(Assessment.objects.filter(period=period).select_related("unit__agency"))
    years = {row.unit_id: row for row in _years(period)}
    numbers = _numbers(period, previous) if sees_scores else {}
    progress = _progress(period)
    total = len(stored_instrument(period.instrument).codes)
    found = []
    for assessment in assessments:
        assessment.period = period
        found.append(_row(user, assessment, years.get(assessment.unit_id), numbers, progress, total))
    known = {assessment.unit_id for assessment in assessments}
    for unit_id, year in years.items():
        if unit_id not in known and year.stage in BUILDING_STAGES and year.unit.is_active:
            found.append(BoardRow(year.unit, None, year.stage, year.target, 0, total, None, None, None, False))
    return found


def _years(period: Period) -> Iterable[UnitYear]:
    return UnitYear.objects.filter(unit__agency=period.agency_id, year=period.year).select_related("unit__agency")


def _row(
    user: User,
    assessment: Assessment,
    year: UnitYear | None,
    numbers: Mapping[tuple[str, int], Numbers],
    progress: Mapping[int, tuple[int, int]],
    total: int,
) -> BoardRow:
    answered, scored = progress.get(assessment.pk, (0, 0))
    is_final = assessment.state == State.FINAL
    overseen = permissions.can_oversee(user, assessment)
    unit_id = assessment.unit_id
    return BoardRow(
        unit=assessment.unit,
        assessment=assessment,
        stage=year.stage if year else "",
        target=year.target if year else "",
        done=scored if assessment.state in (State.SUBMITTED, *Assessment.IN_REVIEW) else answered,
        total=total,
        own=numbers.get(("self", unit_id)) if overseen or is_final else None,
        tpi=numbers.get(("tpi", unit_id)) if is_final else None,
        previous=numbers.get(("previous", unit_id)),
        can_open=overseen,
    )


def _progress(period: Period) -> dict[int, tuple[int, int]]:
    """Assessment id -> questions that the unit answered, questions that TPI scored."""
    rows = (
        Answer.objects.filter(assessment__period=period)
        .order_by()
        .values("assessment_id")
        .annotate(
            answered=Count("pk", filter=GIVEN & Q(stage=Answer.Stage.UNIT)),
            scored=SCORED,
        )
    )
    return {row["assessment_id"]: (row["answered"], row["scored"]) for row in rows}


def _numbers(period: Period, previous: Period | None) -> dict[tuple[str, int], Numbers]:
    """(`self`, `tpi` or `previous`, unit id) -> the newest snapshot's numbers; no content is read.

    A final snapshot counts as long as the assessment has not been reopened, as in the reports.
    """
    wanted = [period.pk, *([previous.pk] if previous else [])]
    rows = (
        Snapshot.objects.filter(assessment__period__in=wanted)
        .exclude(~Q(assessment__state=State.FINAL), kind=Snapshot.Kind.FINAL)
        .order_by("id")
        .values_list("uuid", "kind", "summary", "assessment__unit_id", "assessment__period_id")
    )
    found: dict[tuple[str, int], Numbers] = {}
    for uuid, kind, summary, unit_id, period_id in rows:
        is_final = kind == Snapshot.Kind.FINAL
        if period_id == period.pk:
            found["self", unit_id] = _read(str(uuid), summary["self"])
        if is_final:
            found["tpi" if period_id == period.pk else "previous", unit_id] = _read(str(uuid), summary["tpi"])
    return found


def _read(uuid: str, data: dict[str, Any]) -> Numbers:
    return Numbers(
        uuid=uuid,
        total=Fraction(data["total"]),
        pengungkit=Fraction(data["pengungkit"]),
        hasil=Fraction(data["hasil"]),
        areas=tuple(map(Fraction, data["areas"])),
        passed=data["passed"],
        lacking={code: tuple(keys) for code, keys in data["lacking"].items()},
    )


def _fits(row: BoardRow, picked: Picked) -> bool:
    words = picked.text.casefold().split()
    name = f"{row.unit.name} {row.unit.code}".casefold()
    return (
        all(word in name for word in words)
        and picked.state in ("", row.state)
        and picked.stage in ("", row.stage)
        and _meets(row, picked.predikat)
    )


def _meets(row: BoardRow, wanted: str) -> bool:
    """`WBK`: met by TPI's released scores; `-WBK`: released and not met; `-`: not released yet."""
    if not wanted:
        return True
    if row.tpi is None or wanted == "-":
        return row.tpi is None and wanted == "-"
    return row.tpi.passed.get(wanted.lstrip("-"), False) is not wanted.startswith("-")


def _sorted(rows: list[BoardRow], picked: Picked) -> list[BoardRow]:
    """By name, then by what was asked for; rows without the number stay last either way."""
    rows.sort(key=lambda row: in_order(row.unit))
    if picked.sort == "unit":
        return rows[::-1] if picked.descending else rows
    known = [row for row in rows if _rank(row, picked.sort) is not None]
    known.sort(key=lambda row: _rank(row, picked.sort) or 0, reverse=picked.descending)
    return known + [row for row in rows if _rank(row, picked.sort) is None]


def _rank(row: BoardRow, sort: str) -> Fraction | None:
    if sort == "keadaan":
        return Fraction(ORDER.index(State(row.state)) if row.assessment else -1)
    if sort == "kemajuan":
        return Fraction(row.done, row.total or 1) if row.assessment else None
    if sort == "mandiri":
        return row.own.total if row.own else None
    if sort == "tpi":
        return row.tpi.total if row.tpi else None
    return row.trend
