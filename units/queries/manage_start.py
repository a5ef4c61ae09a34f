"""What the administrator has, and what is missing before the work can go on."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from units.models import Agency, Membership, Signatory, Team, TeamAssignment, TeamMember, Unit, User
from units.queries.manage import TAKING_PART, belonging_to, in_force


@dataclass(frozen=True, slots=True)
class Counts:
    """Sizes of an agency in a year."""

    units: int
    taking_part: int
    people: int
    teams: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not there yet; lists hold units, teams or people by name."""

    signatory: bool
    inspector: bool
    letterhead: bool
    without_head: tuple[Unit, ...]
    without_operator: tuple[Unit, ...]
    without_tpi: tuple[Unit, ...]
    incomplete_teams: tuple[Team, ...]
    never_logged_in: int


def counts(agency: Agency, *, year: int) -> Counts:
    """Two queries."""
    units = agency.units.aggregate(
        active=Count("pk", filter=Q(is_active=True)),
        taking_part=Count("pk", filter=Q(is_active=True, pk__in=taking_part(agency, year).values("pk"))),
    )
    people = belonging_to(agency).filter(is_active=True)
    return Counts(
        units=units["active"],
        taking_part=units["taking_part"],
        people=people.count(),
        teams=agency.teams.filter(is_active=True).count(),
    )


def taking_part(agency: Agency, year: int) -> QuerySet[Unit]:
    """Active units that build ZI, or are further, in the year."""
    return Unit.objects.filter(agency=agency, is_active=True, years__year=year, years__stage__in=TAKING_PART)


def missing(agency: Agency, *, year: int, day: date) -> Missing:
    """What an administrator does next; seven queries."""
    held = Membership.objects.filter(in_force(day), user__is_active=True)
    of_unit = held.filter(unit=OuterRef("pk"))
    has_tpi = TeamAssignment.objects.filter(unit=OuterRef("pk"), team__kind=Team.Kind.TPI, team__is_active=True)
    units = list(
        taking_part(agency, year)
        .annotate(
            has_head=Exists(of_unit.filter(role=Membership.Role.UNIT_HEAD)),
            has_operator=Exists(of_unit),
            has_tpi=Exists(has_tpi),
        )
        .order_by("name")
    )
    return Missing(
        signatory=not Signatory.objects.filter(agency=agency, valid_from__lte=day).exists(),
        inspector=not held.filter(agency=agency, role=Membership.Role.INSPECTOR).exists(),
        letterhead=not agency.letterhead.strip(),
        without_head=tuple(unit for unit in units if not unit.has_head),
        without_operator=tuple(unit for unit in units if not unit.has_operator),
        without_tpi=tuple(unit for unit in units if not unit.has_tpi),
        incomplete_teams=_incomplete_teams(agency, day),
        never_logged_in=waiting_people(agency).count(),
    )


def _incomplete_teams(agency: Agency, day: date) -> tuple[Team, ...]:
    """TPI teams that cannot take a worksheet through all three hands."""
    people = TeamMember.objects.filter(in_force(day), team=OuterRef("pk"), user__is_active=True)
    teams = Team.objects.filter(agency=agency, kind=Team.Kind.TPI, is_active=True)
    lacking = Q()
    for role in TeamMember.Role:
        lacking |= Q(~Exists(people.filter(role=role)))
    return tuple(teams.filter(lacking).order_by("name"))


def waiting_people(agency: Agency) -> QuerySet[User]:
    """Active accounts that were never opened."""
    return belonging_to(agency).filter(is_active=True, last_login__isnull=True)
