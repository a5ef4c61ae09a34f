"""Bringing back what an answer said before, by a new save."""

from datetime import datetime
from uuid import UUID

from assessments.models import Assessment
from assessments.queries.history import revision_of
from assessments.services.answers import Saved, VersionMissing, save_answer
from assessments.services.revisions import Origin
from units.models import User


def restore_answer(
    *,
    assessment: Assessment,
    code: str,
    revision: int,
    version: int | None,
    actor: User,
    now: datetime,
    key: UUID | None = None,
) -> Saved:
    """Save once more what revision number `revision` of the unit's answer said; `version` is the one that stands.

    Nothing is taken out of the history. LookupError where there is no such revision; else as save_answer raises.
    """
    if version is None:
        raise VersionMissing
    found = revision_of(assessment, code, revision)
    if found is None:
        raise LookupError(revision)
    return save_answer(
        assessment=assessment,
        code=code,
        given=found.raw,
        note=found.note,
        version=version,
        actor=actor,
        now=now,
        key=key,
        origin=Origin.RESTORED,
    )
