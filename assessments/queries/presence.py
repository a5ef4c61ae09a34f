"""Who else edits a question at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from assessments.models import Assessment, Presence
from units.models import User

SEEN_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Others:
    """Names by the alphabet, and the whole seconds (1 to 60) after which the first of them is no news any more."""

    names: tuple[str, ...] = ()
    seconds: int = 0


def others_at(assessment: Assessment, code: str, user: User, now: datetime) -> Others:
    """Those seen at the question within SEEN_FOR, without the person who asks."""
    seen = Presence.objects.filter(assessment=assessment, code=code, seen_at__gt=now - SEEN_FOR).exclude(user=user)
    rows = list(seen.order_by("user__full_name").values_list("user__full_name", "seen_at"))
    if not rows:
        return Others()
    left = min(moment for _name, moment in rows) + SEEN_FOR - now
    return Others(tuple(name for name, _moment in rows), max(1, int(left.total_seconds())))
