"""Decrees (SK) that name the units that build ZI, TPI and the assistance teams."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.files.base import File

from units.audit import record
from units.models import Agency, Decree, Unit, User
from units.services.changes import assign, shown
from units.services.documents import document, forget_replaced
from units.uploads import ScannedFile

DECREE_FIELDS = ("kind", "number", "date", "subject", "file", "file_name", "sha256")


def save_decree(
    *,
    decree: Decree | None,
    agency: Agency,
    values: Mapping[str, Any],
    units: Collection[Unit],
    actor: User,
    now: datetime,
    upload: "File[Any] | None" = None,
    scanned: ScannedFile | None = None,
) -> Decree:
    """Writes a new decree (`decree` None) or changes one; a new file takes the place of the old one."""
    with document(Decree(agency=agency), upload, scanned, now) as file_values:
        row = Decree.objects.select_for_update().get(pk=decree.pk) if decree else Decree(agency=agency)
        old_file, is_new = str(row.file), decree is None
        before, after = assign(row, dict(values) | file_values, DECREE_FIELDS)
        row.save()
        before_units = set() if is_new else set(row.units.values_list("name", flat=True))
        row.units.set(units)
        after_units = {unit.name for unit in units}
        if before_units != after_units:
            before["units"], after["units"] = sorted(before_units), sorted(after_units)
        if file_values:
            forget_replaced(old_file)
        if is_new:
            after |= shown(row, DECREE_FIELDS)
        if after:
            verb = "decree.create" if is_new else "decree.update"
            previous = None if is_new else before
            record(verb=verb, target=row, actor=actor, now=now, agency=agency, before=previous, after=after)
    return row
