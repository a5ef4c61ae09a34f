"""Follow-ups of all units that somebody of TPI or the Inspector looks after, with exact counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from assessments.models import Assessment, FollowUp
from assessments.queries.followups import Standing, state_of
from units import permissions as who
from units.models import Agency, Unit, User
from units.permissions import access_of

STATES = ("lewat", "tunggu", "berjalan", "selesai")
DIGITS = 9


@dataclass(frozen=True, slots=True)
class FollowUpFilter:
    """`state` is one of STATES, or empty for everything that is not closed; `unit` an id, 0 for all units."""

    state: str = ""
    unit: int = 0

    @classmethod
    def of(cls, state: str, unit: str) -> "FollowUpFilter":
        """From the address; what makes no sense there filters nothing."""
        is_number = unit.isascii() and unit.isdigit() and len(unit) <= DIGITS
        return cls(state if state in STATES else "", int(unit) if is_number else 0)


@dataclass(frozen=True, slots=True)
class AllFollowUps:
    """`rows` overdue ones first, then by day; `counts` by state for the chosen unit; the units that have any."""

    rows: QuerySet[FollowUp]
    counts: dict[str, int]
    units: list[Unit]


@dataclass(frozen=True, slots=True)
class ListedFollowUp:
    """A follow-up, and the quarter of its unit on whose page it is dealt with."""

    standing: Standing
    place: str
    days_late: int

    @property
    def followup(self) -> FollowUp:
        return self.standing.followup


def all_followups(user: User, wanted: FollowUpFilter, now: datetime) -> AllFollowUps:
    """Of the person's units, never of one that they belong to (SEC-07); two queries, the rows not read yet."""
    mine = FollowUp.objects.filter(_mine(user))
    counted = mine.filter(unit=wanted.unit) if wanted.unit else mine
    conditions = _conditions(now)
    counts = counted.aggregate(**{key or "belum": Count("pk", filter=rule) for key, rule in conditions.items()})
    rows = counted.filter(conditions[wanted.state]).select_related(
        "unit__agency", "owner", "proof", "note__assessment__period"
    )
    late = Case(When(conditions["lewat"], then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = rows.annotate(**_newest_quarter()).order_by(late, "due", "unit__name", "pk")
    units = Unit.objects.filter(pk__in=mine.values("unit")).order_by("name", "pk")
    return AllFollowUps(rows, {key: counts[key or "belum"] for key in conditions}, list(units))


def standing_with_units(rows: Iterable[FollowUp], now: datetime) -> list[ListedFollowUp]:
    """Rows of `all_followups` on the day that it is for each agency."""
    found = []
    for row in rows:
        today = now.astimezone(row.unit.agency.tz).date()
        place = f"{row.newest_year}-{row.newest_quarter}"  # type: ignore[attr-defined]
        standing = Standing(row, state_of(row, today))
        found.append(ListedFollowUp(standing, place, (today - row.due).days if standing.is_late else 0))
    return found


def _mine(user: User) -> Q:
    access = access_of(user)
    own = access.units_as(who.UNIT_MEMBER, who.UNIT_HEAD)
    evaluated = Q(unit__in=access.units_as(*who.TPI_ROLES))
    return (evaluated | Q(unit__agency__in=access.agencies_as(who.INSPECTOR))) & ~Q(unit__in=own)


def _conditions(now: datetime) -> dict[str, Q]:
    """By state; overdue is by the calendar of each agency's zone."""
    late = Q()
    for zone in Agency.Zone.values:
        late |= Q(unit__agency__zone=zone, due__lt=now.astimezone(ZoneInfo(zone)).date())
    waits = Q(closed_at__isnull=True, reported_at__isnull=True)
    return {
        "": Q(closed_at__isnull=True),
        "lewat": waits & late,
        "tunggu": Q(closed_at__isnull=True, reported_at__isnull=False),
        "berjalan": waits & ~late,
        "selesai": Q(closed_at__isnull=False),
    }


def _newest_quarter() -> dict[str, Subquery]:
    newest = Assessment.objects.filter(unit=OuterRef("unit")).order_by("-period__year", "-period__quarter")
    return {
        "newest_year": Subquery(newest.values("period__year")[:1]),
        "newest_quarter": Subquery(newest.values("period__quarter")[:1]),
    }
