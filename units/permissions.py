"""Who somebody is, and how much is unread: one immutable Access per user and request, read with one query.

Every question of the form "may this person ..." starts here; predicates on assessments build on it
(assessments/permissions.py). Being superuser gives no right in the portal's own screens.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import BigIntegerField, Count, Q, QuerySet, Value
from django.utils import timezone

from units.models import Membership, Notice, TeamMember, User

UNIT_MEMBER = Membership.Role.UNIT_MEMBER.value
UNIT_HEAD = Membership.Role.UNIT_HEAD.value
INSPECTOR = Membership.Role.INSPECTOR.value
READER = Membership.Role.READER.value
ADMIN = Membership.Role.ADMIN.value
TPI_MEMBER = "tpi_member"
TPI_LEAD = "tpi_lead"
TPI_CONTROLLER = "tpi_controller"
ASSISTANT = "assistance"
TPI_ROLES = (TPI_MEMBER, TPI_LEAD, TPI_CONTROLLER)
UNREAD = "unread"
ALL_AREAS = frozenset(range(1, 7))


@dataclass(frozen=True, slots=True)
class Part:
    """One role in one place; `unit_id` is None for roles of the agency; `areas` empty means all."""

    role: str
    agency_id: int
    unit_id: int | None
    areas: str = ""


@dataclass(frozen=True)
class Access:
    """All parts that a person has on a day."""

    user_id: int | None
    parts: tuple[Part, ...] = field(default=())
    unread: int = field(default=0, compare=False)
    """Unread notices; no right, but every page shows it, so it comes with the same query."""

    def units_as(self, *roles: str) -> frozenset[int]:
        """Ids of units where the person has one of the roles."""
        return frozenset(part.unit_id for part in self.parts if part.role in roles and part.unit_id is not None)

    def agencies_as(self, *roles: str) -> frozenset[int]:
        """Ids of agencies where the person has one of the roles."""
        return frozenset(part.agency_id for part in self.parts if part.role in roles)

    def areas_in(self, unit_id: int) -> frozenset[int]:
        """Numbers (1-6) of the areas that the person fills in this unit; results count as every area."""
        areas: set[int] = set()
        for part in self.parts:
            if part.unit_id == unit_id and part.role in (UNIT_MEMBER, UNIT_HEAD):
                areas |= {int(digit) for digit in part.areas} or ALL_AREAS
        return frozenset(areas)

    def belongs_to(self, unit_id: int) -> bool:
        """Whether the unit is the person's own: a conflict of interest for an evaluator (SEC-07)."""
        return unit_id in self.units_as(UNIT_MEMBER, UNIT_HEAD)

    def _has(self, *roles: str) -> bool:
        return any(part.role in roles for part in self.parts)

    @cached_property
    def is_unit_member(self) -> bool:
        return self._has(UNIT_MEMBER, UNIT_HEAD)

    @cached_property
    def is_unit_head(self) -> bool:
        return self._has(UNIT_HEAD)

    @cached_property
    def is_evaluator(self) -> bool:
        return self._has(*TPI_ROLES)

    @cached_property
    def is_lead(self) -> bool:
        return self._has(TPI_LEAD)

    @cached_property
    def is_assistant(self) -> bool:
        return self._has(ASSISTANT)

    @cached_property
    def is_inspector(self) -> bool:
        return self._has(INSPECTOR)

    @cached_property
    def is_reader(self) -> bool:
        return self._has(READER)

    @cached_property
    def is_admin(self) -> bool:
        return self._has(ADMIN)


NOBODY = Access(user_id=None)


def access_of(user: User | AnonymousUser, day: date | None = None) -> Access:
    """The person's access on `day` (today when None), read once per user object.

    This is the border where a request meets the calendar; below it `now` is an argument.
    """
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    kept: Access | None = getattr(user, "_access", None)
    if kept is None:
        kept = _read(user, day or timezone.localdate())
        user._access = kept  # type: ignore[attr-defined]  # noqa: SLF001 - our own cache on our own user
    return kept


def _read(user: User, day: date) -> Access:
    parts: list[Part] = []
    unread = 0
    for role, agency_id, unit_id, extra in _rows(user, day):
        if role == UNREAD:
            unread = agency_id
        elif extra == "tpi":
            parts.append(Part(f"tpi_{role}", agency_id, unit_id))
        elif extra == "assistance":
            parts.append(Part(ASSISTANT, agency_id, unit_id))
        else:
            parts.append(Part(role, agency_id, unit_id, extra))
    return Access(user_id=user.pk, parts=tuple(parts), unread=unread)


def _rows(user: User, day: date) -> Iterable[tuple[str, int, int | None, str]]:
    """Role, agency, unit, areas or kind of team; and a row UNREAD, whose number stands where the agency does."""
    mine: QuerySet[Membership, Any] = (
        Membership.objects.active_on(day)
        .filter(user=user)
        .values_list("role", "agency_id", "unit_id", "areas")
        .order_by()
    )
    in_teams: QuerySet[TeamMember, Any] = (
        TeamMember.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day), user=user, valid_from__lte=day, team__is_active=True
        )
        .values_list("role", "team__agency_id", "team__assignments__unit_id", "team__kind")
        .order_by()
    )
    unread: QuerySet[Notice, Any] = (
        Notice.objects.filter(user=user, read_at__isnull=True)
        .order_by()
        .values("user_id")
        .annotate(number=Count("pk"))
        .values_list(Value(UNREAD), "number", Value(None, output_field=BigIntegerField()), Value(""))
    )
    return mine.union(in_teams, unread, all=True)
