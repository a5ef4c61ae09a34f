"""Whom news concerns on a day: people of the unit, of its TPI, and those who oversee the agency."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from assessments.models import Assessment, Note, NoteMessage
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number
from assessments.queries.scorers import active_scorers
from units import permissions as who
from units.models import Agency, Membership, Team, TeamMember, User


def of_unit(assessment: Assessment, now: datetime, code: str = "", owner_id: int | None = None) -> list[User]:
    """Members and heads of the unit; with `code` those who fill that question, the heads, and the owner of a promise.

    One query.
    """
    held = Membership.objects.active_on(_day(assessment, now)).filter(
        unit=assessment.unit_id, role__in=Membership.UNIT_ROLES
    )
    if code:
        area = area_number(stored_instrument(assessment.period.instrument).value, code)
        concerned = Q(role=Membership.Role.UNIT_HEAD) | Q(areas="") | Q(user_id=owner_id)
        held = held.filter(concerned | Q(areas__contains=str(area)) if area else Q())
    return _people(held.values_list("user_id", flat=True))


def of_tpi(assessment: Assessment, now: datetime, role: str = "") -> list[User]:
    """The unit's TPI, or those with one role in it; nobody who belongs to the unit (SEC-07).

    Where a worksheet is given to scorers, they stand for the members. One query, two for members.
    """
    people = _people(_team(assessment, now, role).values_list("user_id", flat=True))
    if role == who.TPI_MEMBER:
        scorers = {row.user_id for row in active_scorers(assessment.pk)}
        return [user for user in people if user.pk in scorers] or people
    return people


def of_agency(agency: Agency, role: str, now: datetime) -> list[User]:
    """Its Inspectors, or its readers; one query."""
    held = Membership.objects.active_on(now.astimezone(agency.tz).date()).filter(agency=agency, role=role)
    return _people(held.values_list("user_id", flat=True))


def of_thread(assessment: Assessment, note: Note, now: datetime) -> list[User]:
    """Those of TPI who wrote the note or in its thread, and still belong to the unit's TPI; one query."""
    wrote = NoteMessage.objects.filter(note=note, by_unit=False).values("author_id")
    mine = _team(assessment, now).filter(Q(user_id=note.author_id) | Q(user_id__in=wrote))
    return _people(mine.values_list("user_id", flat=True))


def _team(assessment: Assessment, now: datetime, role: str = "") -> QuerySet[TeamMember]:
    day = _day(assessment, now)
    own = Membership.objects.active_on(day).filter(unit=assessment.unit_id, role__in=Membership.UNIT_ROLES)
    team = TeamMember.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        valid_from__lte=day,
        team__is_active=True,
        team__kind=Team.Kind.TPI,
        team__assignments__unit=assessment.unit_id,
    ).exclude(user_id__in=own.values_list("user_id", flat=True))
    return team.filter(role=role.removeprefix("tpi_")) if role else team


def _people(ids: QuerySet[Any, int]) -> list[User]:
    return list(User.objects.filter(pk__in=ids, is_active=True).order_by("pk"))


def _day(assessment: Assessment, now: datetime) -> date:
    return now.astimezone(assessment.unit.agency.tz).date()
