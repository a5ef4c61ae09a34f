"""Which phase of a period is open at `now`, and what it allows. Pure: dates in, answer out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DRAFT = "draft"
REPAIR_STATES = ("returned", "reopened")


class Phase(StrEnum):
    """The phases of a period in their order."""

    UPCOMING = "upcoming"
    FILLING = "filling"
    REVIEW = "review"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """The moments of a period (UTC); each phase begins at its moment and ends just before the next one."""

    fill_from: datetime
    fill_until: datetime
    review_until: datetime

    def phase(self, now: datetime) -> Phase:
        if now < self.fill_from:
            return Phase.UPCOMING
        if now < self.fill_until:
            return Phase.FILLING
        return Phase.REVIEW if now < self.review_until else Phase.CLOSED

    def deadline(self, state: str) -> datetime:
        """Until when the unit may work in this state: repairs last as long as TPI's review."""
        return self.review_until if state in REPAIR_STATES else self.fill_until

    def unit_may_write(self, state: str, now: datetime) -> bool:
        """Whether the unit may write in this state at `now`."""
        if state == DRAFT:
            return self.phase(now) is Phase.FILLING
        return state in REPAIR_STATES and self.fill_from <= now < self.review_until

    def reviewers_may_write(self, now: datetime) -> bool:
        """TPI may score from the opening until its own deadline."""
        return self.fill_from <= now < self.review_until

    def time_left(self, state: str, now: datetime) -> timedelta:
        """Time until the deadline of the state, never negative."""
        return max(self.deadline(state) - now, timedelta(0))
