"""Who is editing a question at this moment: advice for the others (REL-03), no lock, no right and no history."""

from datetime import datetime

from django.core.exceptions import PermissionDenied

from assessments import permissions
from assessments.models import Assessment, Presence
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number
from units.models import User


def be_seen(*, assessment: Assessment, code: str, actor: User, now: datetime) -> None:
    """Note that the person edits this question now; nothing while the worksheet is closed to the unit.

    Raises PermissionDenied. Not in the audit log: it says nothing about the worksheet.
    """
    instrument = stored_instrument(assessment.period.instrument).value
    if not permissions.can_fill(actor, assessment, area_number(instrument, code)):
        raise PermissionDenied
    if not assessment.window.unit_may_write(assessment.state, now):
        return
    Presence.objects.bulk_create(
        [Presence(assessment=assessment, user=actor, code=code, seen_at=now)],
        update_conflicts=True,
        unique_fields=("assessment", "user"),
        update_fields=("code", "seen_at"),
    )
