"""What is news of a whole quarter or agency: how much has not arrived, is late, or has been released. Only counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.db.models.functions import Coalesce, Greatest

from assessments.models import Assessment, FollowUp, Report, Snapshot, TransitionRecord

State = Assessment.State
UNDER_REVIEW = (State.SUBMITTED, *Assessment.IN_REVIEW, State.RETURNED, State.REOPENED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many worksheets of a period with the same deadline."""

    period_id: int
    until: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Released:
    """A period in which something was released: `last` names the newest release, `collected` that before a moment.

    `is_open` while any worksheet of an active unit is not final; `without_lhe` of the final ones have no LHE yet.
    """

    period_id: int
    last: int
    collected: int | None
    is_open: bool
    without_lhe: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """So many promises of an agency, of so many units, that were due on a day and not reported."""

    agency_id: int
    due: date
    number: int
    units: int


def deadline_of(phase: str) -> Greatest:
    """`fill_until` or `review_until` as Assessment.window has it: that of the period, or a later one of its own."""
    of_period = F(f"period__{phase}")
    return Greatest(Coalesce(F(phase), of_period), of_period)


def unsent(since: datetime, now: datetime) -> list[Waiting]:
    """Worksheets that were still being filled when their window closed, after `since`; one query."""
    return _waiting(Q(state=State.DRAFT), "fill_until", since, now)


def under_review(now: datetime, until: datetime) -> list[Waiting]:
    """Worksheets that were sent and are not final, whose evaluation ends by `until`; one query."""
    return _waiting(Q(state__in=UNDER_REVIEW), "review_until", now, until)


def _waiting(which: Q, phase: str, after: datetime, by: datetime) -> list[Waiting]:
    rows = (
        Assessment.objects.filter(which, unit__is_active=True)
        .annotate(until=deadline_of(phase))
        .filter(until__gt=after, until__lte=by)
        .order_by("period_id", "until")
        .values_list("period_id", "until")
    )
    return [Waiting(*row) for row in rows.annotate(number=Count("pk"))]


def released(since: datetime, collected_at: datetime) -> list[Released]:
    """Periods with a release after `since`; two queries."""
    releases = (
        TransitionRecord.objects.filter(action="finalise", at__gt=since)
        .order_by("assessment__period_id")
        .values_list("assessment__period_id")
        .annotate(last=Max("pk"), collected=Max("pk", filter=Q(at__lte=collected_at)))
    )
    fresh = {period_id: (last, collected) for period_id, last, collected in releases}
    return [
        Released(period_id, *fresh[period_id], unfinished > 0, without_lhe)
        for period_id, unfinished, without_lhe in _standing(fresh)
    ]


def _standing(periods: Iterable[int]) -> Iterable[tuple[int, int, int]]:
    """Each period with how many worksheets are not final, and how many final ones have no LHE."""
    lhe = Report.objects.filter(
        kind=Report.Kind.LHE,
        snapshots__assessment=OuterRef("pk"),
        snapshots__kind=Snapshot.Kind.FINAL,
        snapshots__round=OuterRef("round"),
    )
    is_final = Q(state=State.FINAL)
    return (
        Assessment.objects.filter(period_id__in=list(periods))
        .annotate(has_lhe=Exists(lhe))
        .order_by("period_id")
        .values_list("period_id")
        .annotate(
            unfinished=Count("pk", filter=~is_final & Q(unit__is_active=True)),
            without_lhe=Count("pk", filter=is_final & Q(has_lhe=False)),
        )
    )


def overdue(since: date, now: datetime) -> list[Overdue]:
    """Due after `since`, by a day that may not be over yet in the agency's zone; one query."""
    rows = FollowUp.objects.filter(
        reported_at__isnull=True, closed_at__isnull=True, due__gt=since, due__lte=(now + timedelta(days=1)).date()
    )
    grouped = rows.order_by("unit__agency_id", "due").values_list("unit__agency_id", "due")
    return [Overdue(*row) for row in grouped.annotate(number=Count("pk"), units=Count("unit", distinct=True))]
