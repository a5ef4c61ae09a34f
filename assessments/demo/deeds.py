"""What people do between the steps of a worksheet, each deed at a plausible moment of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from assessments.demo.history import Act
from assessments.demo.people import Crew
from assessments.demo.quarters import SATURDAY
from assessments.models import Assessment
from assessments.services.transitions import Action
from units.models import User

OPENING = time(7, 30)
MORNING = time(9, 30)
ENOUGH = timedelta(minutes=20)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done through the services at its time, between the acts of all worksheets."""

    at: datetime
    do: Callable[[datetime], object]


@dataclass(frozen=True, slots=True)
class Course:
    """A worksheet with its acts so far and the people who work on it."""

    assessment: Assessment
    acts: Sequence[Act]
    crew: Crew
    inspector: User
    now: datetime

    def after(self, action: Action, nth: int, count: int) -> list[datetime]:
        """So many moments between the nth time of an action, counted from 0, and the act that follows or now."""
        place = [number for number, act in enumerate(self.acts) if act.action is action][nth]
        ends = self.acts[place + 1].at if place + 1 < len(self.acts) else self.now
        return spread(self.acts[place].at, ends, count)


def spread(start: datetime, end: datetime, count: int) -> list[datetime]:
    """So many moments between two others, in the zone of `start`: on the last day, if it leaves time enough."""
    opening = datetime.combine(end.astimezone(start.tzinfo).date(), OPENING, start.tzinfo)
    begin = opening if start < opening <= end - ENOUGH else start
    step = (end - begin) / (count + 1)
    return [(begin + step * number).replace(microsecond=0) for number in range(1, count + 1)]


def days_ago(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The morning of a working day, so many days ago or a little more."""
    day = now.astimezone(zone).date() - days * DAY
    while day.weekday() >= SATURDAY:
        day -= DAY
    return datetime.combine(day, MORNING, zone)
