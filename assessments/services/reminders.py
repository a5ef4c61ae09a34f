"""What time itself makes news: a worksheet that opens, a deadline that comes near, a follow-up that is overdue.

A timer asks again and again (`manage.py send_notices`); the key of each notice lets it be told once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from assessments.models import Assessment, FollowUp
from assessments.queries.oversight import deadline_of
from assessments.services import telling
from assessments.services.overseeing import tell_overseers
from units.models import Notice

State = Assessment.State
# Before the deadline of a worksheet that has not been sent, the nearest last.
STEPS = (timedelta(days=7), timedelta(days=3), timedelta(days=1), timedelta(hours=3))
OPENED_IS_NEWS = timedelta(days=3)
OVERDUE_IS_NEWS = timedelta(days=14)


def remind(*, now: datetime) -> None:
    """Tell whom it concerns. Each is a transaction of its own, so that a long run holds up nobody."""
    _openings(now)
    _deadlines(now)
    _overdue(now)
    tell_overseers(now=now)


def _openings(now: datetime) -> None:
    fresh = Q(state=State.DRAFT, period__fill_from__lte=now, period__fill_from__gt=now - OPENED_IS_NEWS)
    rows = _with_places(fresh)
    for row in _untold(rows, {row.pk: f"opened:{row.pk}" for row in rows}):
        with transaction.atomic():
            telling.sheet_opened(assessment=row, now=now)


def _deadlines(now: datetime) -> None:
    until = now + STEPS[0]
    drafts = Q(state=State.DRAFT, filled_until__gt=now, filled_until__lte=until, period__fill_from__lte=now)
    repairs = Q(state__in=(State.RETURNED, State.REOPENED), reviewed_until__gt=now, reviewed_until__lte=until)
    rows = _with_places(drafts | repairs)
    steps = {row.pk: step_of(row.window.deadline(row.state) - now) for row in rows}
    keys = {row.pk: telling.deadline_key(row, steps[row.pk]) for row in rows}
    for row in _untold(rows, keys):
        with transaction.atomic():
            telling.deadline_near(assessment=row, step=steps[row.pk], now=now)


def step_of(left: timedelta) -> timedelta:
    """The nearest of STEPS that has been reached."""
    return min(step for step in STEPS if left <= step)


def _with_places(which: Q) -> list[Assessment]:
    rows = Assessment.objects.select_related("unit__agency", "period__instrument").annotate(
        filled_until=deadline_of("fill_until"), reviewed_until=deadline_of("review_until")
    )
    return list(rows.filter(which, unit__is_active=True).order_by("pk"))


def _untold(rows: Iterable[Assessment], keys: dict[int, str]) -> list[Assessment]:
    """Without those that somebody was told of; the key of a notice decides in the end."""
    told = set(Notice.objects.filter(key__in=keys.values()).order_by().values_list("key", flat=True).distinct())
    return [row for row in rows if keys[row.pk] not in told]


def _overdue(now: datetime) -> None:
    """Not reported and past its day in the agency's zone, which is at most a day away from that of UTC."""
    waiting = FollowUp.objects.filter(
        reported_at__isnull=True,
        closed_at__isnull=True,
        due__lte=(now + timedelta(days=1)).date(),
        due__gt=(now - OVERDUE_IS_NEWS).date(),
    ).select_related("note__assessment__unit__agency", "note__assessment__period__instrument")
    keys = {row.pk: telling.overdue_key(row) for row in waiting}
    told = set(Notice.objects.filter(key__in=keys.values()).order_by().values_list("key", flat=True).distinct())
    for row in waiting:
        assessment = row.note.assessment
        if keys[row.pk] not in told and row.due < now.astimezone(assessment.unit.agency.tz).date():
            with transaction.atomic():
                telling.followup_overdue(assessment=assessment, followup=row, now=now)
