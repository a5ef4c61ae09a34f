"""The Inspector gives one worksheet more time, or opens a final one again; each is a record (SEC-83, REL-51)."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import NOTE_MAX, Assessment, Extension, TransitionRecord
from assessments.services import telling
from assessments.services.texts import checked_text
from assessments.services.transitions import Action, ReasonMissing, WrongState, carry_out, lock
from units import audit
from units.models import User
from zi_portal.errors import Refused

State = Assessment.State
Phase = Extension.Phase


class NotLonger(Refused):
    """`data`: deadline, as it is."""

    status = 422
    message = _("Batas baru harus sesudah batas yang berlaku sekarang.")


class AlreadyOver(Refused):
    status = 422
    message = _("Batas baru harus di masa depan.")


class ReviewEndsFirst(Refused):
    """`data`: deadline of TPI."""

    status = 422
    message = _("Batas pengiriman harus mendahului batas evaluasi TPI. Perpanjang batas evaluasi lebih dahulu.")


class DeadlineMissing(Refused):
    """Reopened without time to work in, nobody could write."""

    status = 422
    message = _("Masa evaluasi sudah berakhir. Tentukan batas baru agar unit dapat memperbaiki.")


def extend(
    *, assessment: Assessment, phase: str, until: datetime, reason: str, actor: User, now: datetime
) -> Extension:
    """Move a deadline of one worksheet to `until` (aware; the first moment that is too late), never to an earlier one.

    `fill` moves the deadline of a draft, `review` that of TPI and of repairs. Raises PermissionDenied, ReasonMissing,
    TextRefused, WrongState (nothing left to do in this phase), NotLonger, AlreadyOver, ReviewEndsFirst.
    """
    if not permissions.can_oversee(actor, assessment):
        raise PermissionDenied
    with transaction.atomic():
        locked = lock(assessment)
        if locked.state == State.FINAL or (phase == Phase.FILL and locked.state != State.DRAFT):
            raise WrongState(state=locked.state, action="extend")
        row = _extend(locked, phase, until, reason, actor, now)
    assessment.fill_until, assessment.review_until = locked.fill_until, locked.review_until
    return row


def reopen(
    *, assessment: Assessment, until: datetime | None, reason: str, actor: User, now: datetime
) -> TransitionRecord:
    """Open a final worksheet for another round; `until` moves the deadline of TPI and of repairs in the same step.

    Raises what `carry_out` and `extend` raise, and DeadlineMissing where the time is over and no new one is given.
    """
    if not permissions.can_oversee(actor, assessment):
        raise PermissionDenied
    with transaction.atomic():
        locked = lock(assessment)
        if until is None and locked.state == State.FINAL and locked.window.review_until <= now:
            raise DeadlineMissing
        record = carry_out(assessment=locked, action=Action.REOPEN, actor=actor, now=now, reason=reason)
        if until is not None:
            _extend(locked, Phase.REVIEW, until, reason, actor, now)
    for name in ("state", "round", "version", "fill_until", "review_until"):
        setattr(assessment, name, getattr(locked, name))
    return record


def _extend(locked: Assessment, phase: str, until: datetime, reason: str, actor: User, now: datetime) -> Extension:
    words = checked_text(reason, NOTE_MAX).strip()
    if not words:
        raise ReasonMissing
    until = until.replace(microsecond=0)
    field = "fill_until" if phase == Phase.FILL else "review_until"
    previous = getattr(locked.window, field)
    if until <= now:
        raise AlreadyOver
    if until <= previous:
        raise NotLonger(deadline=previous)
    if phase == Phase.FILL and until >= locked.window.review_until:
        raise ReviewEndsFirst(deadline=locked.window.review_until)
    setattr(locked, field, until)
    locked.save(update_fields=[field])
    row = Extension.objects.create(
        assessment=locked, phase=phase, previous=previous, until=until, reason=words, by=actor, at=now
    )
    audit.record(
        verb="assessment.extend",
        target=locked,
        actor=actor,
        now=now,
        unit=locked.unit,
        before={"phase": phase, "until": previous.isoformat()},
        after={"phase": phase, "until": until.isoformat()},
        reason=words,
    )
    telling.extended(assessment=locked, extension=row, now=now)
    return row
