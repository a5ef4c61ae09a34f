"""The unit's answers: one function saves one question, with everything that guards it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from assessments import permissions, scoring
from assessments.models import NOTE_MAX, Answer, AnswerCopy, AnswerRevision, Assessment
from assessments.queries.asking import is_asked
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import UnitWork, area_number, standing_evidence, unit_work
from assessments.services.revisions import Origin, keep
from assessments.services.texts import checked_text
from assessments.services.transitions import Closed, WrongState, lock
from units import audit
from units.models import User
from zi_portal.errors import Refused
from zi_portal.retries import retried

Raw = str | Mapping[str, Any] | None


class VersionMissing(Refused):
    """A save must say which version it was made from."""

    status = 428
    message = _("Kiriman ini tidak menyebut versi jawaban. Muat ulang halaman, lalu simpan lagi.")


class StaleVersion(Refused):
    """Somebody saved in between; `theirs` is the row that stands, None where it is still empty."""

    message = _("Jawaban ini sudah berubah sejak Anda membukanya. Belum ada yang ditimpa.")

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
    """What stands after a save; `changed` is false where nothing was different.

    `earlier` is what the same key saved before: then the save is that one, and nothing was written again.
    """

    answer: Answer | None
    changed: bool
    work: UnitWork
    earlier: AnswerRevision | None = None

    @property
    def version(self) -> int:
        """As this save left it; 0 while nobody has touched the question."""
        row = self.earlier or self.answer
        return row.version if row else 0

    @property
    def at(self) -> datetime | None:
        """When the first of several equal saves was stored; None for one that came once."""
        return self.earlier.at if self.earlier else None


@dataclass(frozen=True, slots=True)
class _Draft:
    """A save that was read and checked: everything but what stands in the database."""

    code: str
    question_id: int
    answer: scoring.Answer | None
    note: str | None
    version: int
    actor: User
    origin: str
    key: UUID | None


# What a save is told that comes too late; the same save may have come in time before.
_TOO_LATE = (WrongState, Closed, NotNoted, StaleVersion)


def save_answer(
    *,
    assessment: Assessment,
    code: str,
    given: Raw,
    note: str | None,
    version: int | None,
    actor: User,
    now: datetime,
    key: UUID | None = None,
    origin: str = Origin.TYPED,
) -> Saved:
    """Store what the unit says to one question; `given` as `manage.py score` reads it, None clears the answer.

    `version` is the one that the person saw, 0 for a question that nobody has touched; `note` None leaves it as it
    is. Sending again what already stands changes nothing and is no conflict. The same `key` of the same person with
    the same text is the same save: it is told of its first success, whatever happened since, and writes nothing.
    Every change keeps a revision; a copy from an earlier quarter that waited here is settled by it. KeyError for an
    unknown code. Raises PermissionDenied, VersionMissing, InvalidAnswer, TextRefused, WrongState, Closed, NotNoted,
    StaleVersion.
    """
    stored = stored_instrument(assessment.period.instrument)
    question = stored.value.question(code)
    if not permissions.can_fill(actor, assessment, area_number(stored.value, question.node)):
        raise PermissionDenied
    if version is None:
        raise VersionMissing
    answer = _read(question, given)
    text = None if note is None else checked_text(note, NOTE_MAX)
    draft = _Draft(code, stored.question_ids[code], answer, text, version, actor, origin, key)
    return retried(lambda: _save(assessment, draft, now))


def _save(assessment: Assessment, draft: _Draft, now: datetime) -> Saved:
    with transaction.atomic():
        locked = _locked(
            assessment,
            draft.question_id,
            has_copy=Exists(_copies(OuterRef("pk"), draft.question_id)),
            is_known=Exists(_saved_before(OuterRef("pk"), draft)),
        )
        if locked.is_known:
            if earlier := _same_save(locked, draft):
                return _again(locked, draft, earlier)
            draft = replace(draft, key=None)
        try:
            _refuse(locked, now)
            return _store(locked, draft, now)
        except _TOO_LATE:
            # The first one may have been stored while this one waited for the lock, after its look at the keys.
            if earlier := _same_save(locked, draft):
                return _again(locked, draft, earlier)
            raise


def _store(locked: Any, draft: _Draft, now: datetime) -> Saved:
    work = unit_work(locked)
    row = work.sheet.rows.get(draft.code)
    if row is None and draft.answer is None and not draft.note:
        return Saved(None, changed=False, work=work)
    if row is not None and work.sheet.values.get(draft.code) == draft.answer and draft.note in (None, row.note):
        _settle_copy(locked, draft)
        return Saved(row, changed=False, work=work)
    if draft.version != (row.version if row else 0):
        raise StaleVersion(row)
    before = _as_audit(draft.code, row) if row else None
    new = _write(locked, draft, row, now)
    keep(new, origin=draft.origin, key=draft.key)
    _settle_copy(locked, draft)
    after = _as_audit(draft.code, new)
    audit.record(
        verb="answer.save",
        target=new,
        actor=draft.actor,
        now=now,
        unit=locked.unit,
        before=before,
        after=after if draft.origin == Origin.TYPED else after | {"origin": str(draft.origin)},
    )
    return Saved(new, changed=True, work=_with(work, draft.code, new, has_evidence=locked.has_evidence))


def _saved_before(assessment: Any, draft: _Draft) -> QuerySet[AnswerRevision]:
    """What the key has already saved on this question; nothing without a key."""
    if draft.key is None:
        return AnswerRevision.objects.none()
    return AnswerRevision.objects.filter(
        answer__assessment=assessment,
        answer__question=draft.question_id,
        answer__stage=Answer.Stage.UNIT,
        key=draft.key,
    )


def _same_save(locked: Assessment, draft: _Draft) -> AnswerRevision | None:
    """The revision that this very save made before; a key that came back with another text or person has none."""
    earlier = _saved_before(locked, draft).filter(by=draft.actor).first() if draft.key else None
    if earlier is None or (earlier.choice, earlier.inputs) != columns_of(draft.answer):
        return None
    return earlier if draft.note in (None, earlier.note) else None


def _again(locked: Assessment, draft: _Draft, earlier: AnswerRevision) -> Saved:
    work = unit_work(locked)
    return Saved(work.sheet.rows.get(draft.code), changed=False, work=work, earlier=earlier)


def _copies(assessment: Any, question_id: int) -> QuerySet[AnswerCopy]:
    return AnswerCopy.objects.filter(assessment=assessment, question=question_id)


def _settle_copy(locked: Any, draft: _Draft) -> None:
    if locked.has_copy:
        _copies(locked, draft.question_id).delete()


def lock_for_unit(assessment: Assessment, question_id: int, now: datetime) -> Any:
    """The locked row if the unit may write on this question now; it carries `has_evidence`.

    Raises WrongState, Closed, NotNoted.
    """
    locked = _locked(assessment, question_id)
    _refuse(locked, now)
    return locked


def _locked(assessment: Assessment, question_id: int, **facts: Exists) -> Any:
    return lock(
        assessment,
        is_noted=is_asked(question_id),
        has_evidence=Exists(standing_evidence(OuterRef("pk"), question_id)),
        **facts,
    )


def _refuse(locked: Any, now: datetime) -> None:
    refuse_closed(locked, now)
    if locked.state == Assessment.State.RETURNED and not locked.is_noted:
        raise NotNoted


def refuse_closed(assessment: Assessment, now: datetime) -> None:
    """Raise WrongState or Closed where the unit may not write."""
    if assessment.state not in Assessment.EDITABLE:
        raise WrongState(state=assessment.state, action="answer")
    if not permissions.is_open_for_unit(assessment, now):
        raise Closed(deadline=permissions.window_of(assessment).deadline(assessment.state))


def _read(question: scoring.Question, given: Raw) -> scoring.Answer | None:
    try:
        return scoring.read_answer(question, given)
    except scoring.AnswerError as error:
        raise InvalidAnswer(error) from error


def _write(locked: Assessment, draft: _Draft, row: Answer | None, now: datetime) -> Answer:
    choice, inputs = columns_of(draft.answer)
    values: dict[str, Any] = {
        "choice": choice,
        "inputs": inputs,
        "round": locked.round,
        "updated_by": draft.actor,
        "updated_at": now,
    }
    if draft.note is not None:
        values["note"] = draft.note
    if row is None:
        return _insert(locked, draft.question_id, values)
    mine = Answer.objects.filter(pk=row.pk, version=row.version)
    if not mine.update(**values, version=F("version") + 1):
        raise StaleVersion(row)
    kept = {"note": row.note} | values
    return Answer(
        pk=row.pk,
        assessment=locked,
        question_id=draft.question_id,
        stage=row.stage,
        version=row.version + 1,
        **kept,
    )


def columns_of(answer: scoring.Answer | None) -> tuple[str, Any]:
    """`choice` and `inputs` as a row keeps them."""
    raw = scoring.to_raw(answer)
    return (raw, None) if isinstance(answer, scoring.Choice) else ("", _mapping(raw))


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
