"""Why a worksheet's deadline is another one than its period's: the Inspector's extensions and reopenings (REL-51)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assessments.models import Assessment, Extension, TransitionRecord
from assessments.windows import REPAIR_STATES
from units.models import User

Phase = Extension.Phase


@dataclass(frozen=True, slots=True)
class DeadlineChange:
    """One decision of the Inspector; `extension` is None where the worksheet was only opened again."""

    by: User
    at: datetime
    reason: str
    extension: Extension | None = None
    reopens: bool = False


def standing_extension(assessment: Assessment, phase: str) -> Extension | None:
    """The extension that makes the deadline of a phase what it is; a query only where the worksheet has its own."""
    name = "fill_until" if phase == Phase.FILL else "review_until"
    own = getattr(assessment, name)
    if own is None or own < getattr(assessment.window, name):
        return None
    rows = Extension.objects.filter(assessment=assessment, phase=phase, until=own)
    return rows.select_related("by").order_by("-pk").first()


def why_this_deadline(assessment: Assessment, history: Iterable[TransitionRecord]) -> list[DeadlineChange]:
    """For the unit while its worksheet is open, with the records of `history`; newest first, at most two."""
    phase = Phase.REVIEW if assessment.state in REPAIR_STATES else Phase.FILL
    extension = standing_extension(assessment, phase)
    reopenings = [record for record in history if record.action == "reopen"]
    is_reopened = assessment.state == Assessment.State.REOPENED
    return _joined([extension] if extension else [], reopenings[-1:] if is_reopened else [])


def review_extended(assessment: Assessment) -> DeadlineChange | None:
    """For TPI, until the result is final."""
    if assessment.state == Assessment.State.FINAL:
        return None
    row = standing_extension(assessment, Phase.REVIEW)
    return DeadlineChange(row.by, row.at, row.reason, row) if row else None


def deadline_changes(assessment: Assessment) -> list[DeadlineChange]:
    """All of them, newest first; two queries."""
    extensions = Extension.objects.filter(assessment=assessment).select_related("by")
    reopenings = TransitionRecord.objects.filter(assessment=assessment, action="reopen").select_related("actor")
    return _joined(extensions, reopenings)


def _joined(extensions: Iterable[Extension], reopenings: Iterable[TransitionRecord]) -> list[DeadlineChange]:
    """A new deadline that was given with the reopening is one decision with it."""
    given = {(row.by_id, row.at): row for row in extensions}
    found = [
        DeadlineChange(row.actor, row.at, row.reason, given.pop((row.actor_id, row.at), None), reopens=True)
        for row in reopenings
    ]
    found += [DeadlineChange(row.by, row.at, row.reason, row) for row in given.values()]
    return sorted(found, key=lambda change: change.at, reverse=True)
