"""Submission by the head of unit: the transition, with what the head declares."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Assessment, Snapshot
from assessments.queries.progress import unit_work
from assessments.queries.submission import last_submission, submission_of_round
from assessments.services.transitions import Action, WrongState, carry_out
from units.models import User
from zi_portal.errors import Refused
from zi_portal.retries import retried


class NotDeclared(Refused):
    """`data`: blanks, how many questions are unanswered."""

    status = 422
    message = _("Centang pernyataan kepala unit sebelum mengirim.")


class BlanksNotAccepted(NotDeclared):
    message = _("Centang pernyataan bahwa pertanyaan yang belum dijawab dinilai 0.")


def submit(
    *,
    assessment: Assessment,
    declared: bool,
    blanks_accepted: bool,
    actor: User,
    now: datetime,
    key: UUID | None = None,
) -> Snapshot:
    """Send the worksheet to TPI; returns the snapshot that was sent.

    Unanswered questions do not stop a head who accepts that they count 0: TPI can score only what was sent, and a
    deadline must not lose 109 answers to one. A second submission by the head, while TPI has it, gives the first one's
    snapshot; the same `key` gives the snapshot that it sent for ever, also in a later round. Raises PermissionDenied,
    NotDeclared, BlanksNotAccepted, WrongState, Closed.
    """
    if not permissions.can_submit(actor, assessment):
        raise PermissionDenied
    blanks = unit_work(assessment).total.missing
    editable = assessment.state in Assessment.EDITABLE
    if editable and not declared:
        raise NotDeclared(blanks=blanks)
    if editable and blanks and not blanks_accepted:
        raise BlanksNotAccepted(blanks=blanks)
    try:
        record = retried(lambda: carry_out(assessment=assessment, action=Action.SUBMIT, actor=actor, now=now, key=key))
    except WrongState:
        sent = last_submission(assessment)
        if sent is None:
            raise
        return sent
    return submission_of_round(assessment, record.round)
