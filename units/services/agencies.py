"""Agencies, who signs for them, and their units. Each function is one transaction and one audit record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from units.audit import record
from units.models import Agency, Signatory, Unit, User
from units.services.changes import assign, locked_agency, shown
from zi_portal.errors import Refused

AGENCY_FIELDS = ("name", "kind", "zone", "inspectorate", "letterhead", "city", "later_stages", "member_unit_limit")
SIGNATORY_FIELDS = ("position", "name", "rank", "nip", "valid_from")
UNIT_FIELDS = ("parent", "code", "name", "kind", "affirmative", "head_name", "is_active")


class UnitTreeLoops(Refused):
    """A unit would stand above itself."""

    status = 422
    message = _("Unit induk tidak boleh berada di bawah unit ini.")


@transaction.atomic
def update_agency(*, agency: Agency, values: Mapping[str, Any], actor: User, now: datetime) -> bool:
    """Name, zone, letterhead, and how its TPI works; False when nothing differs."""
    row = locked_agency(agency)
    before, after = assign(row, values, AGENCY_FIELDS)
    if not after:
        return False
    row.save(update_fields=list(after))
    record(verb="agency.update", target=row, actor=actor, now=now, agency=row, before=before, after=after)
    return True


@transaction.atomic
def add_signatory(*, agency: Agency, values: Mapping[str, Any], actor: User, now: datetime) -> Signatory:
    """Who signs reports from a day on; earlier reports keep their signatory."""
    row = Signatory(agency=agency)
    assign(row, values, SIGNATORY_FIELDS)
    row.save()
    record(verb="signatory.add", target=row, actor=actor, now=now, agency=agency, after=shown(row, SIGNATORY_FIELDS))
    return row


@transaction.atomic
def update_signatory(*, signatory: Signatory, values: Mapping[str, Any], actor: User, now: datetime) -> bool:
    """Corrects an entry; False when nothing differs."""
    row = Signatory.objects.select_for_update().get(pk=signatory.pk)
    before, after = assign(row, values, SIGNATORY_FIELDS)
    if not after:
        return False
    row.save(update_fields=list(after))
    record(verb="signatory.update", target=row, actor=actor, now=now, agency=row.agency_id, before=before, after=after)
    return True


@transaction.atomic
def create_unit(*, agency: Agency, values: Mapping[str, Any], actor: User, now: datetime) -> Unit:
    """A new unit of the agency."""
    row = Unit(agency=agency)
    assign(row, values, UNIT_FIELDS)
    row.save()
    record(verb="unit.create", target=row, actor=actor, now=now, unit=row, after=shown(row, UNIT_FIELDS))
    return row


@transaction.atomic
def update_unit(*, unit: Unit, values: Mapping[str, Any], actor: User, now: datetime) -> bool:
    """Changes a unit; False when nothing differs. Raises UnitTreeLoops."""
    locked_agency(unit.agency_id)
    row = Unit.objects.select_related("parent").get(pk=unit.pk)
    before, after = assign(row, values, UNIT_FIELDS)
    if not after:
        return False
    if "parent" in after and row.pk in line_above(row):
        raise UnitTreeLoops
    row.save(update_fields=list(after))
    record(verb="unit.update", target=row, actor=actor, now=now, unit=row, before=before, after=after)
    return True


def line_above(unit: Unit) -> list[int]:
    """Ids of the units above this one, nearest first; one query."""
    parents = dict(Unit.objects.filter(agency_id=unit.agency_id).values_list("pk", "parent_id").order_by())
    line: list[int] = []
    current = unit.parent_id
    while current is not None and current not in line:
        line.append(current)
        current = unit.parent_id if current == unit.pk else parents.get(current)
    return line
