"""Who in a unit looks after what: pokja by area, persons by question, and what was handed over when."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from assessments import scoring
from assessments.models import QuestionDuty
from assessments.queries.progress import area_number
from units import permissions as who
from units.models import AuditEvent, Membership, User

HISTORY = ("duty.give", "duty.handover", "membership.areas")
HISTORY_LENGTH = 30


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person of a unit's team; `areas` (1-6) are all six for somebody without a limit; `seen` as it is stored."""

    user: User
    areas: frozenset[int]
    is_head: bool
    is_member: bool
    seen: str = ""

    @property
    def is_limited(self) -> bool:
        return self.areas != who.ALL_AREAS


@dataclass(frozen=True)
class UnitTeam:
    """The people of a unit on a day, by name."""

    people: tuple[Colleague, ...]

    @cached_property
    def by_id(self) -> Mapping[int, Colleague]:
        return {person.user.pk: person for person in self.people}

    def has(self, user_id: int) -> bool:
        return user_id in self.by_id

    def fills(self, user_id: int, area: int | None) -> bool:
        """Whether the person fills an area; everybody of the team fills hasil (None)."""
        person = self.by_id.get(user_id)
        return person is not None and (area is None or area in person.areas)

    def pokja(self, area: int | None) -> tuple[User, ...]:
        """The members to whom the area was given; members without a limit belong to no pokja."""
        return tuple(
            person.user for person in self.people if person.is_limited and person.is_member and area in person.areas
        )

    def in_charge(self, area: int | None) -> frozenset[int]:
        """Whose task an area is: its pokja, else the members without a limit, else the head."""
        pokja = {user.pk for user in self.pokja(area)}
        free = {person.user.pk for person in self.people if person.is_member and not person.is_limited}
        return frozenset(pokja or free or self.by_id)


def unit_team(unit_id: int, day: date) -> UnitTeam:
    """Members and heads of a unit on a day; one query."""
    rows = Membership.objects.active_on(day).filter(unit=unit_id, role__in=Membership.UNIT_ROLES, user__is_active=True)
    found: defaultdict[int, list[Membership]] = defaultdict(list)
    for row in rows.select_related("user").order_by("user__full_name", "user_id", "pk"):
        found[row.user_id].append(row)
    return UnitTeam(tuple(_colleague(parts) for parts in found.values()))


def _colleague(parts: list[Membership]) -> Colleague:
    own = next((part for part in parts if part.role == Membership.Role.UNIT_MEMBER), None)
    areas = frozenset(number for part in parts for number in (map(int, part.areas) if part.areas else who.ALL_AREAS))
    is_head = any(part.role == Membership.Role.UNIT_HEAD for part in parts)
    return Colleague(parts[0].user, areas, is_head, own is not None, own.areas if own else "")


def duties_of(unit_id: int) -> dict[str, User]:
    """The person whom the unit has given a question to, by question code; one query."""
    active = QuestionDuty.objects.filter(unit_id=unit_id, ended_at__isnull=True).select_related("user")
    return {duty.code: duty.user for duty in active}


def codes_of_person(
    user_id: int, instrument: scoring.Instrument, team: UnitTeam, duties: Mapping[str, User]
) -> frozenset[str]:
    """The questions that are this person's task: given by name, or of the area without being given to another."""
    areas = {number for number in (*range(1, 7), None) if user_id in team.in_charge(number)}
    return frozenset(
        question.code
        for question in instrument.questions
        if (duties[question.code].pk == user_id if question.code in duties else _area(instrument, question) in areas)
    )


def _area(instrument: scoring.Instrument, question: scoring.Question) -> int | None:
    return area_number(instrument, question.node)


@dataclass(frozen=True, slots=True)
class Stranded:
    """Somebody whose questions must be handed over: gone from the unit, or no longer in the area of `codes`."""

    user: User
    has_left: bool
    codes: tuple[str, ...]


def stranded(instrument: scoring.Instrument, team: UnitTeam, duties: Mapping[str, User]) -> tuple[Stranded, ...]:
    """Duties that nobody can carry out any more, by person."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for code, user in duties.items():
        known = instrument.has_question(code)
        if not team.has(user.pk) or (known and not team.fills(user.pk, _area(instrument, instrument.question(code)))):
            found[user.pk].append(code)
    users = {user.pk: user for user in duties.values()}
    return tuple(Stranded(users[pk], not team.has(pk), tuple(codes)) for pk, codes in found.items())


def duty_history(unit_id: int) -> list[AuditEvent]:
    """Who shared out what, the newest first; one query."""
    rows = AuditEvent.objects.filter(unit=unit_id, verb__in=HISTORY).select_related("actor")
    return list(rows.order_by("-pk")[:HISTORY_LENGTH])
