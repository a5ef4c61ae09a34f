"""The unit's answers: one function saves one question, with everything that guards it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from assessments import permissions, scoring
from assessments.models import NOTE_MAX, Answer, Assessment, Note
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import UnitWork, area_number, standing_evidence, unit_work
from assessments.services.texts import checked_text
from assessments.services.transitions import Closed, WrongState, lock
from units import audit
from units.models import User
from zi_portal.errors import Refused

Raw = str | Mapping[str, Any] | None


class VersionMissing(Refused):
    """A save must say which version it was made from."""

    status = 428
    message = _("Kiriman ini tidak menyebut versi jawaban. Muat ulang halaman, lalu simpan lagi.")


class StaleVersion(Refused):
    """Somebody saved in between; `theirs` is the row that stands, None where it is still empty."""

    message = _("Jawaban ini sudah diubah orang lain. Belum ada yang ditimpa.")

    def __init__(self, theirs: Answer | None) -> None:
        self.theirs = theirs
        super().__init__(theirs=theirs)


class NotNoted(Refused):
    """A returned worksheet is open only where TPI left a note."""

    message = _("Pada putaran perbaikan hanya pertanyaan yang diberi catatan TPI yang dapat diubah.")


class InvalidAnswer(Refused):
    """`data`: errors, the AnswerErrors by path."""

    status = 422
    message = _("Jawaban ini tidak dapat dibaca.")

    def __init__(self, error: scoring.AnswerError) -> None:
        self.error = error
        super().__init__(path=error.path, reason=error.reason)


@dataclass(frozen=True, slots=True)
class Saved:
    """What stands after a save; `changed` is false where nothing was different."""

    answer: Answer | None
    changed: bool
    work: UnitWork

    @property
    def version(self) -> int:
        """0 while nobody has touched the question."""
        return self.answer.version if self.answer else 0


def save_answer(
    *, assessment: Assessment, code: str, given: Raw, note: str | None, version: int | None, actor: User, now: datetime
) -> Saved:
    """Store what the unit says to one question; `given` as `manage.py score` reads it, None clears the answer.

    `version` is the one that the person saw, 0 for a question that nobody has touched; `note` None leaves it as it
    is. Sending again what already stands changes nothing and is no conflict. KeyError for an unknown code. Raises
    PermissionDenied, VersionMissing, InvalidAnswer, TextRefused, WrongState, Closed, NotNoted, StaleVersion.
    """
    stored = stored_instrument(assessment.period.instrument)
    question = stored.value.question(code)
    if not permissions.can_fill(actor, assessment, area_number(stored.value, question.node)):
        raise PermissionDenied
    if version is None:
        raise VersionMissing
    answer = _read(question, given)
    text = None if note is None else checked_text(note, NOTE_MAX)
    with transaction.atomic():
        locked = lock_for_unit(assessment, stored.question_ids[code], now)
        work = unit_work(locked)
        row = work.sheet.rows.get(code)
        if row is None and answer is None and not text:
            return Saved(None, changed=False, work=work)
        if row is not None and work.sheet.values.get(code) == answer and text in (None, row.note):
            return Saved(row, changed=False, work=work)
        if version != (row.version if row else 0):
            raise StaleVersion(row)
        before = _as_audit(code, row) if row else None
        new = _write(locked, stored.question_ids[code], row, answer, text, actor, now)
        audit.record(
            verb="answer.save",
            target=new,
            actor=actor,
            now=now,
            unit=locked.unit,
            before=before,
            after=_as_audit(code, new),
        )
    return Saved(new, changed=True, work=_with(work, code, new, has_evidence=locked.has_evidence))


def lock_for_unit(assessment: Assessment, question_id: int, now: datetime) -> Any:
    """The locked row if the unit may write on this question now; it carries `has_evidence`.

    Raises WrongState, Closed, NotNoted.
    """
    noted = Note.objects.filter(
        assessment=OuterRef("pk"), question=question_id, round=OuterRef("round") - 1, released_at__isnull=False
    )
    locked = lock(
        assessment,
        is_noted=Exists(noted.exclude(stage=Note.Stage.ASSISTANCE)),
        has_evidence=Exists(standing_evidence(OuterRef("pk"), question_id)),
    )
    refuse_closed(locked, now)
    if locked.state == Assessment.State.RETURNED and not locked.is_noted:  # type: ignore[attr-defined]
        raise NotNoted
    return locked


def refuse_closed(assessment: Assessment, now: datetime) -> None:
    """Raise WrongState or Closed where the unit may not write."""
    if assessment.state not in Assessment.EDITABLE:
        raise WrongState(state=assessment.state, action="answer")
    if not permissions.is_open_for_unit(assessment, now):
        raise Closed(deadline=permissions.window_of(assessment.period).deadline(assessment.state))


def _read(question: scoring.Question, given: Raw) -> scoring.Answer | None:
    try:
        return scoring.read_answer(question, given)
    except scoring.AnswerError as error:
        raise InvalidAnswer(error) from error


def _write(
    assessment: Assessment,
    question_id: int,
    row: Answer | None,
    answer: scoring.Answer | None,
    note: str | None,
    actor: User,
    now: datetime,
) -> Answer:
    raw = scoring.to_raw(answer)
    is_choice = isinstance(answer, scoring.Choice)
    values: dict[str, Any] = {
        "choice": raw if is_choice else "",
        "inputs": None if is_choice else _mapping(raw),
        "round": assessment.round,
        "updated_by": actor,
        "updated_at": now,
    }
    if note is not None:
        values["note"] = note
    if row is None:
        return _insert(assessment, question_id, values)
    mine = Answer.objects.filter(pk=row.pk, version=row.version)
    if not mine.update(**values, version=F("version") + 1):
        raise StaleVersion(row)
    kept = {"note": row.note} | values
    return Answer(
        pk=row.pk,
        assessment=assessment,
        question_id=question_id,
        stage=row.stage,
        version=row.version + 1,
        **kept,
    )


def _insert(assessment: Assessment, question_id: int, values: dict[str, Any]) -> Answer:
    try:
        with transaction.atomic():
            return Answer.objects.create(
                assessment=assessment, question_id=question_id, stage=Answer.Stage.UNIT, version=1, **values
            )
    except IntegrityError as error:
        unit_rows = Answer.objects.filter(assessment=assessment, question_id=question_id, stage=Answer.Stage.UNIT)
        raise StaleVersion(unit_rows.select_related("updated_by").first()) from error


def _mapping(raw: Any) -> Any:
    """An index without respondents is stored like one with them."""
    return {"index": raw} if isinstance(raw, str) else raw


def _as_audit(code: str, row: Answer) -> dict[str, Any]:
    return {"question": code, "answer": row.raw, "note": row.note, "version": row.version}


def _with(work: UnitWork, code: str, row: Answer, *, has_evidence: bool) -> UnitWork:
    """The work as it is after the save, without asking the database again."""
    sheet = type(work.sheet)(work.sheet.instrument, {**work.sheet.rows, code: row})
    return UnitWork(sheet, work.evidenced | {code} if has_evidence else work.evidenced)
