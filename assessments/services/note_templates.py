"""Texts for notes, kept by the administrator of an agency; they are inserted as plain text, never shared with units."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments.models import NoteTemplate
from assessments.queries.note_templates import unknown_names
from assessments.services.texts import checked_text
from units import audit
from units.models import Agency, User
from units.permissions import ADMIN, access_of
from units.services.changes import assign, shown
from zi_portal.errors import Refused

FIELDS = ("title", "text", "position", "is_active")
TEXT_MAX = 2_000


class UnknownName(Refused):
    """`data`: names between braces that nothing stands for."""

    status = 422


def save_note_template(
    *, template: NoteTemplate | None, agency: Agency, values: Mapping[str, Any], actor: User, now: datetime
) -> bool:
    """A new template (`template` None) or a changed one; False when nothing differs.

    A template that is not in use any more is switched off, not deleted. Raises PermissionDenied, TextRefused,
    UnknownName, and IntegrityError for a title that the agency has already.
    """
    if agency.pk not in access_of(actor).agencies_as(ADMIN):
        raise PermissionDenied
    wanted = dict(values)
    if "text" in wanted:
        wanted["text"] = checked_text(wanted["text"], TEXT_MAX).strip()
        if unknown := unknown_names(wanted["text"]):
            message = _("Nama ini tidak dikenal: %(names)s.") % {"names": ", ".join(f"{{{name}}}" for name in unknown)}
            raise UnknownName(message, names=unknown)
    with transaction.atomic():
        row = NoteTemplate(agency=agency)
        if template is not None:
            row = NoteTemplate.objects.select_for_update().get(pk=template.pk, agency=agency)
        before, after = assign(row, wanted, FIELDS)
        if not after:
            return False
        row.updated_by, row.updated_at = actor, now
        row.save()
        is_new = template is None
        audit.record(
            verb="note_template.create" if is_new else "note_template.update",
            target=row,
            actor=actor,
            now=now,
            agency=agency,
            before=None if is_new else _as_audit(before),
            after=_as_audit(shown(row, FIELDS) if is_new else after),
        )
    return True


def _as_audit(values: Mapping[str, Any]) -> dict[str, Any]:
    """Elsewhere in the audit log `position` is what somebody is."""
    return {"order" if name == "position" else name: value for name, value in values.items()}
