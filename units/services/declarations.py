"""Pencanangan: the day on which a unit declares that it builds ZI."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.base import File

from units.audit import record
from units.models import Declaration, Unit, UnitYear, User
from units.services.changes import assign, shown
from units.services.documents import document, forget_replaced
from units.uploads import ScannedFile

DECLARATION_FIELDS = ("date", "place", "signed_count", "staff_count", "witnesses", "file", "file_name", "sha256")


def save_declaration(
    *,
    unit: Unit,
    values: Mapping[str, Any],
    actor: User,
    now: datetime,
    upload: "File[Any] | None" = None,
    scanned: ScannedFile | None = None,
) -> Declaration:
    """Writes the unit's declaration; in its year the unit is at least declared from then on."""
    with document(Declaration(unit=unit), upload, scanned, now) as file_values:
        row = Declaration.objects.select_for_update().filter(unit=unit).first()
        is_new = row is None
        row = row or Declaration(unit=unit)
        old_file = str(row.file)
        before, after = assign(row, dict(values) | file_values, DECLARATION_FIELDS)
        row.save()
        if file_values:
            forget_replaced(old_file)
        if _declare_year(row):
            after["stage"] = UnitYear.Stage.DECLARED.value
        if is_new:
            after |= shown(row, DECLARATION_FIELDS)
        if after:
            verb = "declaration.create" if is_new else "declaration.update"
            record(
                verb=verb, target=row, actor=actor, now=now, unit=unit, before=None if is_new else before, after=after
            )
    return row


def _declare_year(declaration: Declaration) -> bool:
    """Moves the year of the declaration from "not declared" on; a unit that is further stays there."""
    year, created = UnitYear.objects.get_or_create(
        unit_id=declaration.unit_id, year=declaration.date.year, defaults={"stage": UnitYear.Stage.DECLARED}
    )
    if not created and year.stage == UnitYear.Stage.NOT_DECLARED:
        year.stage = UnitYear.Stage.DECLARED
        year.save(update_fields=["stage"])
        return True
    return created
