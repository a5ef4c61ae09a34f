"""What every step over many questions shares: why it is refused, whole, and its line in the audit log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment, BulkScore
from units import audit
from zi_portal.errors import Refused


class NothingPicked(Refused):
    status = 422
    message = _("Pilih sekurang-kurangnya satu pertanyaan.")


class RowsRefused(Refused):
    """One of them is not to be written, or is none of this worksheet; nothing was saved. `data`: codes."""

    message = _("Sebagian pertanyaan tidak dapat dinyatakan sesuai sekaligus. Tidak ada nilai yang disimpan.")


class RowsChanged(Refused):
    """Something else stands now than the preview showed; nothing was saved. `data`: codes."""

    message = _("Sebagian pertanyaan berubah sesudah pratinjau dibuka. Tidak ada nilai yang disimpan.")


class NotUndoable(Refused):
    """The worksheet, or one of the questions, has moved on since. `data`: codes."""

    message = _("Langkah ini tidak dapat dibatalkan lagi karena penilaiannya sudah berlanjut.")


class Row(Protocol):
    @property
    def code(self) -> str: ...

    @property
    def token(self) -> str: ...


class Plan(Protocol):
    """A preview: which rows would be written, which not, and codes that the worksheet does not have."""

    @property
    def written(self) -> Sequence[Row]: ...

    @property
    def refused(self) -> Sequence[Row]: ...

    @property
    def unknown(self) -> Sequence[str]: ...


def refuse_rows(
    plan: Plan, tokens: Sequence[str], refused: str | Promise | None = None, changed: str | Promise | None = None
) -> None:
    """Every question is looked at, not the first one only; with other sentences where no score is meant.

    Raises RowsRefused, RowsChanged.
    """
    if codes := [*plan.unknown, *(row.code for row in plan.refused)]:
        raise RowsRefused(refused, codes=codes)
    seen = set(tokens)
    if codes := [row.code for row in plan.written if row.token not in seen]:
        raise RowsChanged(changed, codes=codes)


def follow(assessment: Assessment, locked: Assessment) -> None:
    """The caller's copy tells what stands now."""
    for name in ("state", "round", "version", "scoring", "later_stages"):
        setattr(assessment, name, getattr(locked, name))


def record_step(step: BulkScore, verb: str, locked: Assessment, now: datetime) -> None:
    """One line for the step as a whole, besides those of the questions.

    Of what somebody says blind the log hears nothing but each question's own line: to have agreed is to have told the
    value, and to have noted is to have doubted it.
    """
    if step.rows[0]["blind"]:
        return
    codes = [row["code"] for row in step.rows]
    audit.record(
        verb=verb,
        target=step,
        actor=step.actor,
        now=now,
        unit=locked.unit,
        after={"questions": codes},
        reason=step.reason,
    )
