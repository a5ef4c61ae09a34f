"""Conflict of interest: nobody evaluates their own unit (SEC-07).

Checked from both sides: when a person joins a unit or a team, and when a team is given a unit. Callers hold the
agency's lock, so that two changes at once cannot slip past each other.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.models import Membership, Team, TeamAssignment, TeamMember, Unit, User
from zi_portal.errors import Refused
from zi_portal.logs import security_event


class ConflictOfInterest(Refused):
    """`data`: person, unit, team."""

    status = 422

    def __init__(self, *, person: str, unit: str, team: str) -> None:
        message = _(
            "Benturan kepentingan: %(person)s adalah anggota unit %(unit)s, sedangkan %(team)s menilai unit itu. "
            "Tidak seorang pun menilai unitnya sendiri."
        ) % {"person": person, "unit": unit, "team": team}
        super().__init__(message, person=person, unit=unit, team=team)


class AlreadyEvaluated(Refused):
    """A unit has its TPI already; `data`: unit, team."""

    status = 422

    def __init__(self, *, unit: str, team: str) -> None:
        message = _("%(unit)s sudah dinilai oleh %(team)s. Satu unit dinilai oleh satu TPI.") % {
            "unit": unit,
            "team": team,
        }
        super().__init__(message, unit=unit, team=team)


def refuse_member_of_evaluated_unit(*, user: User, team: Team, units: Iterable[Unit | int], day: date) -> None:
    """Refuses `user` as an evaluator of one of `units` whose member or head they are, on `day` or later."""
    if team.kind != Team.Kind.TPI:
        return
    own = (
        Membership.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            user=user,
            unit__in=units,
            role__in=Membership.UNIT_ROLES,
        )
        .select_related("unit")
        .first()
    )
    if own is not None and own.unit is not None:
        _refuse(user, own.unit, team)


def refuse_evaluator_of_unit(*, user: User, unit: Unit, day: date) -> None:
    """Refuses `user` as a member or head of `unit` while they sit in the TPI that evaluates it, on `day` or later."""
    part = (
        TeamMember.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            user=user,
            team__kind=Team.Kind.TPI,
            team__is_active=True,
            team__assignments__unit=unit,
        )
        .select_related("team")
        .first()
    )
    if part is not None:
        _refuse(user, unit, part.team)


def refuse_own_units(*, team: Team, units: Iterable[Unit | int], day: date) -> None:
    """Refuses to give `team` a unit to which one of its members belongs, on `day` or later."""
    if team.kind != Team.Kind.TPI:
        return
    members = TeamMember.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), team=team)
    own = (
        Membership.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            user__in=members.values("user"),
            unit__in=units,
            role__in=Membership.UNIT_ROLES,
        )
        .select_related("unit", "user")
        .first()
    )
    if own is not None and own.unit is not None:
        _refuse(own.user, own.unit, team)


def refuse_second_tpi(*, team: Team, units: Iterable[Unit | int]) -> None:
    """Refuses units that another active TPI evaluates."""
    if team.kind != Team.Kind.TPI:
        return
    taken = (
        TeamAssignment.objects.filter(unit__in=units, team__kind=Team.Kind.TPI, team__is_active=True)
        .exclude(team=team)
        .select_related("unit", "team")
        .first()
    )
    if taken is not None:
        raise AlreadyEvaluated(unit=taken.unit.name, team=taken.team.name)


def _refuse(user: User, unit: Unit, team: Team) -> None:
    security_event("authz_fail", None, reason="conflict of interest", person=user.pk, unit=unit.pk, team=team.pk)
    raise ConflictOfInterest(person=user.full_name, unit=unit.name, team=team.name)
