"""New parts that a person plays: a membership, a place in a team. No audit here: the calling service writes it.

Callers hold the agency's lock (`locked_agency`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from units.models import Agency, Membership, Team, TeamMember, User
from units.services.changes import assign
from units.services.conflicts import refuse_evaluator_of_unit, refuse_member_of_evaluated_unit
from zi_portal.errors import Refused

MEMBERSHIP_FIELDS = ("role", "unit", "areas", "valid_from", "valid_until")
MEMBER_FIELDS = ("role", "home_body", "valid_from", "valid_until")


class AlreadyEnded(Refused):
    status = 422
    message = _("Peran ini sudah berakhir.")


def new_membership(*, agency: Agency, user: User, values: Mapping[str, Any], today: date) -> Membership:
    """Raises ConflictOfInterest for an evaluator of the unit."""
    row = Membership(agency=agency, user=user)
    assign(row, values, MEMBERSHIP_FIELDS)
    if row.unit is not None:
        refuse_evaluator_of_unit(user=user, unit=row.unit, day=max(today, row.valid_from))
    row.save()
    return row


def new_team_member(*, team: Team, user: User, values: Mapping[str, Any], today: date) -> TeamMember:
    """Raises ConflictOfInterest for a member of a unit that the team evaluates."""
    row = TeamMember(team=team, user=user)
    assign(row, values, MEMBER_FIELDS)
    units = list(team.assignments.values_list("unit_id", flat=True))
    refuse_member_of_evaluated_unit(user=user, team=team, units=units, day=max(today, row.valid_from))
    row.save()
    return row
