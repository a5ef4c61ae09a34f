"""The quarters of 2024: TW I-III long closed, TW IV open at the time of loading; and working moments in them."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

YEAR = 2024
QUARTERS = (1, 2, 3, 4)
LIVE = 4
END_OF_DAY = time(23, 59, 59)
REVIEW_DAYS = 30
FIRST_HOUR, LAST_HOUR = 8, 15
SATURDAY = 5
# Days: filling opens, sending ends, review ends.
PAST = {
    1: (date(YEAR, 4, 1), date(YEAR, 4, 20), date(YEAR, 5, 31)),
    2: (date(YEAR, 7, 1), date(YEAR, 7, 20), date(YEAR, 8, 31)),
    3: (date(YEAR, 10, 1), date(YEAR, 10, 20), date(YEAR, 11, 30)),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The moments of a period in its agency's zone, as `Period` stores them."""

    fill_from: datetime
    fill_until: datetime
    review_until: datetime


def span_of(quarter: int, zone: ZoneInfo, now: datetime) -> Span:
    """Fixed days for TW I-III; TW IV stays open until the end of the month after next, seen from `now`."""
    opens, closes, ends = PAST.get(quarter) or _live_days(now.astimezone(zone).date())
    return Span(
        datetime.combine(opens, time.min, zone),
        datetime.combine(closes, END_OF_DAY, zone),
        datetime.combine(ends, END_OF_DAY, zone),
    )


def _live_days(today: date) -> tuple[date, date, date]:
    closes = _month(today, 2)
    closes = closes.replace(day=monthrange(closes.year, closes.month)[1])
    return _month(today, -1), closes, closes + timedelta(days=REVIEW_DAYS)


def _month(day: date, distance: int) -> date:
    """The first day of the month so many months later."""
    months = day.year * 12 + day.month - 1 + distance
    return date(months // 12, months % 12 + 1, 1)


def moments(span: Span, gaps: Sequence[tuple[int, int]], now: datetime, chance: Random) -> list[datetime]:
    """A working moment for each act: so many days (least, most) after the one before; all before `now`.

    In a past quarter the first act comes so many days after the opening. In the open quarter the acts lie in the
    last weeks, because somebody who tries the demo expects fresh ones.
    """
    if span.review_until < now:
        days, day = [], span.fill_from.date()
        for least, most in gaps:
            day = _workday(day + timedelta(days=chance.randint(least, most)), 1)
            days.append(day)
    else:
        days, day = [], now.astimezone(span.fill_from.tzinfo).date()
        for _ in gaps:
            day = _workday(day - timedelta(days=chance.randint(1, 2)), -1)
            days.append(day)
        days.reverse()
    return [_at_work(day, span, chance) for day in days]


def _workday(day: date, direction: int) -> date:
    while day.weekday() >= SATURDAY:
        day += timedelta(days=direction)
    return day


def _at_work(day: date, span: Span, chance: Random) -> datetime:
    hour, minute = chance.randint(FIRST_HOUR, LAST_HOUR), chance.randint(0, 59)
    return datetime.combine(day, time(hour, minute), span.fill_from.tzinfo)
