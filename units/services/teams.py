"""TPI and assistance teams: their people and the units that they look after."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from units.audit import record
from units.models import Agency, Team, TeamAssignment, TeamMember, Unit, User
from units.services.changes import assign, day_of, locked_agency, shown
from units.services.conflicts import refuse_own_units, refuse_second_tpi
from units.services.parts import MEMBER_FIELDS, AlreadyEnded, new_team_member
from zi_portal.logs import security_event

TEAM_FIELDS = ("name", "decree", "scoring", "is_active")


@transaction.atomic
def create_team(*, agency: Agency, kind: str, values: Mapping[str, Any], actor: User, now: datetime) -> Team:
    """A team of `kind` (`tpi`, `assistance`); it stays of that kind."""
    row = Team(agency=agency, kind=kind)
    assign(row, values, TEAM_FIELDS)
    row.save()
    after = {"kind": kind} | shown(row, TEAM_FIELDS)
    record(verb="team.create", target=row, actor=actor, now=now, agency=agency, after=after)
    return row


@transaction.atomic
def update_team(*, team: Team, values: Mapping[str, Any], actor: User, now: datetime) -> bool:
    """Name, decree, scoring, in work or not; False if nothing differs. Raises AlreadyEvaluated, ConflictOfInterest."""
    locked_agency(team.agency_id)
    row = Team.objects.select_related("decree").get(pk=team.pk)
    before, after = assign(row, values, TEAM_FIELDS)
    if not after:
        return False
    if after.get("is_active"):
        _check_units(row, list(row.assignments.values_list("unit_id", flat=True)), day_of(now))
    row.save(update_fields=list(after))
    record(verb="team.update", target=row, actor=actor, now=now, agency=row.agency_id, before=before, after=after)
    return True


@transaction.atomic
def set_team_units(*, team: Team, units: Collection[Unit], actor: User, now: datetime) -> bool:
    """The team looks after exactly these units; False when it did so already.

    Raises AlreadyEvaluated for a unit of another TPI, ConflictOfInterest for the own unit of a member.
    """
    locked_agency(team.agency_id)
    current = dict(team.assignments.values_list("unit_id", "unit__name"))
    wanted = {unit.pk: unit.name for unit in units if unit.agency_id == team.agency_id}
    added = wanted.keys() - current.keys()
    if wanted.keys() == current.keys():
        return False
    _check_units(team, added, day_of(now))
    team.assignments.exclude(unit__in=wanted).delete()
    TeamAssignment.objects.bulk_create(TeamAssignment(team=team, unit_id=pk) for pk in sorted(added))
    record(
        verb="team.units",
        target=team,
        actor=actor,
        now=now,
        agency=team.agency_id,
        before={"units": sorted(current.values())},
        after={"units": sorted(wanted.values())},
    )
    security_event("privilege_permissions_changed", None, team=team.pk, by=actor.pk)
    return True


def _check_units(team: Team, unit_ids: Collection[int], today: date) -> None:
    refuse_second_tpi(team=team, units=unit_ids)
    refuse_own_units(team=team, units=unit_ids, day=today)


@transaction.atomic
def add_team_member(*, team: Team, user: User, values: Mapping[str, Any], actor: User, now: datetime) -> TeamMember:
    """A person joins the team. Raises ConflictOfInterest for an evaluator of their own unit."""
    locked_agency(team.agency_id)
    row = new_team_member(team=team, user=user, values=values, today=day_of(now))
    record(
        verb="team.member_add",
        target=row,
        actor=actor,
        now=now,
        agency=team.agency_id,
        after={"team": team.name, "user": user.full_name} | shown(row, MEMBER_FIELDS),
    )
    security_event("privilege_permissions_changed", None, account=user.pk, by=actor.pk, role=row.role)
    return row


@transaction.atomic
def end_team_member(*, member: TeamMember, until: date, actor: User, now: datetime, reason: str = "") -> None:
    """The person sits in the team up to and including `until`. Raises AlreadyEnded."""
    locked_agency(member.team.agency_id)
    row = TeamMember.objects.select_related("team", "user").get(pk=member.pk)
    if row.valid_until is not None and row.valid_until <= until:
        raise AlreadyEnded
    before, after = assign(row, {"valid_until": until}, MEMBER_FIELDS)
    row.save(update_fields=["valid_until"])
    record(
        verb="team.member_end",
        target=row,
        actor=actor,
        now=now,
        agency=row.team.agency_id,
        before=before | {"team": row.team.name, "user": row.user.full_name, "role": row.role},
        after=after,
        reason=reason,
    )
    security_event("privilege_permissions_changed", None, account=row.user_id, by=actor.pk, role=row.role)
