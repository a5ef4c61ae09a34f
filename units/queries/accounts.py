"""Reads about one's own account and about attempts to log in."""

from dataclasses import dataclass
from datetime import date, datetime

from axes.models import AccessAttempt
from django.db.models import Q, Sum

from units.models import Membership, TeamMember, User


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role of a person as the profile shows it; `place` is a unit, a team or an agency."""

    label: str
    place: str
    agency: str
    since: date
    until: date | None
    areas: tuple[int, ...] = ()


def held_roles(user: User, day: date) -> list[HeldRole]:
    """Memberships and team parts in force on `day`; two queries."""
    memberships = Membership.objects.active_on(day).filter(user=user).select_related("agency", "unit")
    parts = TeamMember.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day), user=user, valid_from__lte=day, team__is_active=True
    ).select_related("team__agency")
    roles = [
        HeldRole(
            label=held.get_role_display(),
            place=held.unit.name if held.unit else "",
            agency=held.agency.name,
            since=held.valid_from,
            until=held.valid_until,
            areas=tuple(int(digit) for digit in held.areas),
        )
        for held in memberships
    ]
    return roles + [
        HeldRole(
            label=part.get_role_display(),
            place=part.team.name,
            agency=part.team.agency.name,
            since=part.valid_from,
            until=part.valid_until,
        )
        for part in parts
    ]


def failed_logins_from(ip: str, since: datetime) -> int:
    """Failed tries from one network address since then, over all accounts."""
    tries = AccessAttempt.objects.filter(ip_address=ip, attempt_time__gte=since)
    return tries.aggregate(total=Sum("failures_since_start"))["total"] or 0
