"""What time makes news for the Inspector, and for those who read results: of a whole quarter, never unit by unit.

A timer asks again and again (services/reminders.py); the key of each piece lets it be told once. A piece counts units
or promises and says nothing of a score or a note: it may be mailed (SEC-05).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from assessments.models import Period
from assessments.queries import oversight, recipients
from units import permissions as who
from units.models import Agency, Notice
from units.notice_kinds import Value
from units.services.inbox import tell
from units.services.notice_mail import last_digest_time

# Before the end of TPI's evaluation, the nearest last; the last one is mailed at once.
STEPS = (timedelta(days=7), timedelta(days=1))
IS_NEWS = timedelta(days=7)
OVERDUE_IS_NEWS = timedelta(days=14)
BEFORE_DIGEST = timedelta(hours=1)
"""What was released in a day is told together, in time for the digest of the morning."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell those who have `role` in the agency, with the place where they deal with it."""

    agency: Agency
    kind: str
    key: str
    path: str
    params: dict[str, Value] = field(default_factory=dict)
    role: str = who.INSPECTOR
    is_urgent: bool = False


def tell_overseers(*, now: datetime) -> None:
    """Each piece is a transaction of its own. Eight queries while there is nothing new."""
    pieces = [*_of_periods(now), *_overdue(now)]
    keys = [piece.key for piece in pieces]
    told = set(Notice.objects.filter(key__in=keys).order_by().values_list("key", flat=True).distinct())
    for piece in pieces:
        if piece.key not in told:
            with transaction.atomic():
                _tell(piece, now)


def _tell(piece: News, now: datetime) -> None:
    tell(
        users=recipients.of_agency(piece.agency, piece.role, now),
        kind=piece.kind,
        key=piece.key,
        params=piece.params,
        path=piece.path,
        unit=None,
        agency=piece.agency,
        now=now,
        is_urgent=piece.is_urgent,
    )


def _of_periods(now: datetime) -> Iterator[News]:
    closed = oversight.unsent(now - IS_NEWS, now)
    ending = oversight.under_review(now, now + STEPS[0])
    collected_at = last_digest_time(now + BEFORE_DIGEST) - BEFORE_DIGEST
    released = oversight.released(now - IS_NEWS, collected_at)
    ids = {row.period_id for rows in (closed, ending, released) for row in rows}
    periods = Period.objects.select_related("agency").in_bulk(ids)
    for row in closed:
        yield _unsent(periods[row.period_id], row)
    for row in ending:
        yield _review_near(periods[row.period_id], row, now)
    for news in released:
        yield from _released(periods[news.period_id], news)


def _unsent(period: Period, row: oversight.Waiting) -> News:
    """Once for each deadline: who was given more time is another piece."""
    key = f"unsent:{period.pk}:{_stamp(row.until)}"
    path = f"{_board(period)}?keadaan=draft"
    return News(period.agency, "quarter_unsent", key, path, _with_deadline(period, row))


def _review_near(period: Period, row: oversight.Waiting, now: datetime) -> News:
    """Once for each step before each deadline."""
    step = min(step for step in STEPS if row.until - now <= step)
    key = f"review_near:{period.pk}:{_stamp(row.until)}:{step.days}"
    path = f"{_board(period)}?urut=keadaan"
    params = _with_deadline(period, row)
    return News(period.agency, "quarter_review_near", key, path, params, is_urgent=step == STEPS[-1])


def _released(period: Period, row: oversight.Released) -> Iterator[News]:
    """What was released, as the LHE that can be issued; and the end of the quarter, with its last release."""
    named: dict[str, Value] = {"period": period.label}
    agency = period.agency
    shelf = f"{reverse('report_list')}?instansi={agency.code}&periode={period.code}"
    if row.collected and row.without_lhe:
        params = named | {"number": row.without_lhe}
        yield News(agency, "quarter_lhe_ready", f"lhe_ready:{period.pk}:{row.collected}", shelf, params)
    if not row.is_open:
        key = f"complete:{period.pk}:{row.last}"
        yield News(agency, "quarter_complete", key, shelf, named)
        yield News(agency, "quarter_released", f"{key}:reader", _board(period), named, role=who.READER)


def _overdue(now: datetime) -> Iterator[News]:
    """Once for each day on which promises were due, when it is over in the agency's zone."""
    rows = oversight.overdue((now - OVERDUE_IS_NEWS).date(), now)
    agencies = Agency.objects.in_bulk({row.agency_id for row in rows})
    path = f"{reverse('followup_list')}?keadaan=lewat"
    for row in rows:
        agency = agencies[row.agency_id]
        if row.due < now.astimezone(agency.tz).date():
            params: dict[str, Value] = {"due": row.due.isoformat(), "number": row.number, "units": row.units}
            key = f"overdue:{agency.pk}:{row.due.isoformat()}"
            yield News(agency, "followups_overdue", key, path, params)


def _with_deadline(period: Period, row: oversight.Waiting) -> dict[str, Value]:
    agency = period.agency
    until = row.until.astimezone(agency.tz).isoformat()
    return {"period": period.label, "until": until, "zone": agency.zone_label, "number": row.number}


def _board(period: Period) -> str:
    return reverse("board_period", args=(period.agency.code, period.code))


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S}"
