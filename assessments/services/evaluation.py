"""TPI scores one question at a time, each stage in its own row, with the note that a difference needs."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assessments import permissions, scoring
from assessments.models import Answer, AnswerRevision, Assessment, Note
from assessments.queries.answers import StageSheets, same_answer, stage_sheets
from assessments.queries.paired import is_blind, unsettled
from assessments.queries.scorers import slot_of
from assessments.services.answers import VersionMissing
from assessments.services.notes import note_as_json, own_note, write_note
from assessments.services.paired import save_blind, withdraw_blind
from assessments.services.review_checks import NotAssigned, party, refuse_conflict
from assessments.services.revisions import keep
from assessments.services.score_drafts import (
    Given,
    NoteMissing,
    NothingToWithdraw,
    Saved,
    ScoreDraft,
    ScoreMissing,
    ScorePartial,
    StaleScore,
)
from assessments.services.texts import has_words
from assessments.services.transitions import Action, Closed, WrongState, carry_out, lock
from units import audit
from units.models import User

__all__ = [
    "Given",
    "NoteMissing",
    "NothingToWithdraw",
    "Saved",
    "ScoreDraft",
    "ScoreMissing",
    "ScorePartial",
    "StaleScore",
    "agree",
    "save_score",
    "take_turn",
    "withdraw_score",
]
State = Assessment.State
Stage = Answer.Stage
Origin = AnswerRevision.Origin
AGREE = "score.agree"
LATER_NOTE = _("Nilai berbeda dari tahap sebelumnya. Tuliskan alasannya pada catatan agar nilai dapat disimpan.")
DISPUTE_NOTE = _("Dua penilai berbeda. Tuliskan alasan nilai yang disepakati agar nilai dapat disimpan.")


def save_score(*, assessment: Assessment, code: str, actor: User, draft: ScoreDraft, now: datetime) -> Saved:
    """Store a score and note of one question at the actor's stage; a member's first one starts the review.

    `draft.version` is that of this stage's own row, 0 where it has none. Raises PermissionDenied, VersionMissing,
    WrongState, Closed, NotAssigned, ConflictOfInterest, StaleScore, StaleNote, NoteMissing, ScoreMissing, ScorePartial,
    scoring.AnswerError; in paired scoring also what services/paired.py refuses.
    """
    return _save(assessment, code, actor, draft, now, "score.save")


def agree(*, assessment: Assessment, code: str, actor: User, draft: ScoreDraft, now: datetime) -> Saved:
    """Take over what stands before this stage, blank answers included; `draft.score` is not read.

    A member takes over the unit's answer, lead and controller the score of the stage before them.
    """
    return _save(assessment, code, actor, draft, now, AGREE)


def withdraw_score(*, assessment: Assessment, code: str, actor: User, version: int | None, now: datetime) -> Answer:
    """Take back the score of the actor's own stage; what stood before it counts again. The row stays as history.

    Raises as save_score does; NothingToWithdraw where there is none.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    if version is None:
        raise VersionMissing
    with transaction.atomic():
        locked, stage = take_turn(assessment, actor, now)
        if is_blind(locked):
            return withdraw_blind(locked=locked, code=code, actor=actor, version=version, now=now)
        row = stage_sheets(locked).of(stage).rows.get(code)
        if row is None:
            raise NothingToWithdraw
        if row.version != version:
            raise StaleScore(row=row)
        taken = _update(row, now, {"choice": "", "inputs": None, "is_withdrawn": True}, actor, locked.round)
        keep(taken, origin=Origin.WITHDRAWN)
        _record(locked, code, "score.withdraw", (row, None), (taken, None), actor, now)
    return taken


def take_turn(assessment: Assessment, actor: User, now: datetime) -> tuple[Assessment, Answer.Stage]:
    """Lock the worksheet for somebody who may score it now, and tell under which stage; begins what was submitted.

    Inside the caller's transaction. Raises WrongState, Closed, NotAssigned, ConflictOfInterest, Incomplete.
    """
    locked = lock(assessment, is_party=party(actor))
    stage = permissions.score_stage(actor, locked)
    if stage is None:
        raise WrongState(state=locked.state, action="score")
    if not permissions.is_open_for_scoring(locked, now):
        raise Closed(deadline=locked.window.review_until)
    if vars(locked)["is_party"]:
        refuse_conflict(locked, actor)
    if locked.state == State.SUBMITTED:
        carry_out(assessment=locked, action=Action.START, actor=actor, now=now)
    elif stage == Stage.MEMBER and not is_blind(locked) and slot_of(actor, locked) is None:
        raise NotAssigned
    return locked, stage


def _save(assessment: Assessment, code: str, actor: User, draft: ScoreDraft, now: datetime, verb: str) -> Saved:
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    if draft.version is None or (draft.note is not None and draft.note.version is None):
        raise VersionMissing
    with transaction.atomic():
        locked, stage = take_turn(assessment, actor, now)
        if is_blind(locked):
            saved = save_blind(locked=locked, code=code, actor=actor, draft=draft, now=now, verb=verb)
        else:
            saved = _save_at(Turn(locked, stage, stage_sheets(locked), code, actor, now), draft, verb)
    for name in ("state", "round", "version", "scoring", "later_stages"):
        setattr(assessment, name, getattr(locked, name))
    return saved


@dataclass(frozen=True)
class Turn:
    """One person at one question, at their stage, while the worksheet is locked."""

    assessment: Assessment
    stage: Answer.Stage
    sheets: StageSheets
    code: str
    actor: User
    now: datetime

    @property
    def question_id(self) -> int:
        return self.sheets.instrument.question_ids[self.code]

    @property
    def before(self) -> Answer | None:
        """The stage's own score."""
        return self.sheets.of(self.stage).rows.get(self.code)

    @property
    def taken_back(self) -> Answer | None:
        """The row of a score that was withdrawn; the next one is written into it."""
        return self.sheets.withdrawn.get((self.stage, self.question_id))

    @cached_property
    def judged(self) -> Answer | None:
        """What the stage looks at: the unit's answer, or the score in force before it."""
        return self.sheets.below(self.stage).rows.get(self.code)

    @property
    def taken_over(self) -> Given | None:
        """The score of somebody who agrees; None where a later stage finds nothing to agree with."""
        if self.judged is None and self.stage != Stage.MEMBER:
            return None
        return Given(self.judged.raw if self.judged else None)

    @cached_property
    def is_disputed(self) -> bool:
        """Whether two members differ here and the lead has yet to say what holds."""
        return self.stage == Stage.LEAD and self.code in unsettled(self.assessment, self.sheets)

    def is_current(self, row: Answer) -> bool:
        """Whether the stage has looked at the question since it last changed below."""
        if row.round != self.assessment.round or self.is_disputed:
            return False
        return not (self.judged and self.judged.updated_at > row.updated_at)


def _save_at(turn: Turn, draft: ScoreDraft, verb: str) -> Saved:
    before = turn.before
    given = turn.taken_over if verb == AGREE else draft.score
    if given is None and verb == AGREE:
        raise ScoreMissing(_("Belum ada nilai tahap sebelumnya. Pilih atau isi nilainya."))
    _refuse_stale(turn, draft, given)
    note_before = note = _note(turn, draft, given)
    if draft.note is not None:
        stage = Note.Stage(turn.stage)
        note = write_note(turn.assessment, turn.question_id, stage, note_before, draft.note, turn.actor, turn.now)
    if given is None and before is None and note is None and note_before is None:
        raise ScoreMissing
    _refuse_silent_difference(turn, given or _kept(before), note)
    row = _write(turn, given)
    if row is not None and row is not before:
        keep(row)
    _record(turn.assessment, turn.code, verb, (before, note_before), (row, note), turn.actor, turn.now)
    sheets = turn.sheets if row is None else turn.sheets.with_row(turn.code, row)
    return Saved(sheets.unit, sheets.tpi, row, note)


def _kept(row: Answer | None) -> Given | None:
    return None if row is None else Given(row.raw)


def _refuse_stale(turn: Turn, draft: ScoreDraft, given: Given | None) -> None:
    """A page that shows an older score may not write over it; writing the same again harms nobody.

    Where a score was taken back nothing stands, whether the page knows of that row or of none.
    """
    before, back = turn.before, turn.taken_back
    if given is None or draft.version == (before.version if before else 0):
        return
    if before is None and back is not None and draft.version == back.version:
        return
    if before is None or before.raw != given.raw:
        raise StaleScore(row=before)


def _note(turn: Turn, draft: ScoreDraft, given: Given | None) -> Note | None:
    """The note as it stands; not asked for where there is none on the page and none is needed."""
    same = given is not None and given == turn.taken_over
    silent = draft.note is None or not (draft.note.text or draft.note.version)
    if same and silent:
        return None
    return own_note(turn.assessment, turn.question_id, Note.Stage(turn.stage))


def _refuse_silent_difference(turn: Turn, given: Given | None, note: Note | None) -> None:
    """Where the score differs from what stands before it a note of the stage stands, or a finding of a visit.

    It is of this round or of an earlier one, and in words. A later stage that scores alone explains itself as well.
    """
    if given is None:
        return
    question = turn.sheets.instrument.value.question(turn.code)
    answer = scoring.read_answer(question, given.raw)
    judged = scoring.read_answer(question, turn.judged.raw if turn.judged else None)
    same = turn.taken_over is not None and same_answer(question, judged, answer)
    if answer is not None and not same and not scoring.is_answered(question, answer):
        raise ScorePartial
    is_explained = note is not None and has_words(note.text)
    if not is_explained and turn.is_disputed:
        raise NoteMissing(DISPUTE_NOTE)
    if same or is_explained:
        return
    earlier = Q(stage=turn.stage.value, kind=Note.Kind.NOTE, round__lt=turn.assessment.round)
    reasons = Note.objects.filter(earlier | Q(kind=Note.Kind.FINDING), assessment=turn.assessment)
    own = reasons.filter(question_id=turn.question_id).order_by()
    if not any(map(has_words, own.values_list("text", flat=True))):
        raise NoteMissing if turn.stage == Stage.MEMBER else NoteMissing(LATER_NOTE)


def _write(turn: Turn, given: Given | None) -> Answer | None:
    """Insert or update the stage's row. The same score again changes nothing, unless it answers something newer."""
    before = turn.before
    if given is None:
        return before
    is_choice = isinstance(given.raw, str)
    fields = {"choice": given.raw if is_choice else "", "inputs": None if is_choice else given.raw}
    if before is not None and before.raw == given.raw and turn.is_current(before):
        return before
    found = before or turn.taken_back
    if found is not None:
        return _update(found, turn.now, fields | {"is_withdrawn": False}, turn.actor, turn.assessment.round)
    return _insert(turn, fields)


def _update(row: Answer, now: datetime, fields: dict[str, Any], actor: User, number: int) -> Answer:
    """The row with other values in round `number`, as somebody scored it now."""
    fields = fields | {"round": number, "updated_by": actor, "updated_at": now}
    if not Answer.every.filter(pk=row.pk, version=row.version).update(**fields, version=F("version") + 1):
        raise StaleScore(row=Answer.every.select_related("updated_by").get(pk=row.pk))
    return Answer(
        pk=row.pk,
        assessment_id=row.assessment_id,
        question_id=row.question_id,
        stage=row.stage,
        version=row.version + 1,
        **fields,
    )


def _insert(turn: Turn, fields: dict[str, Any]) -> Answer:
    here = {"assessment": turn.assessment, "question_id": turn.question_id, "stage": turn.stage}
    written = {"round": turn.assessment.round, "updated_by": turn.actor, "updated_at": turn.now}
    try:
        with transaction.atomic():
            return Answer.objects.create(**here, **fields, **written)
    except IntegrityError as error:
        rows = Answer.every.filter(**here).select_related("updated_by")
        raise StaleScore(row=rows.first()) from error


def _record(
    assessment: Assessment,
    code: str,
    verb: str,
    before: tuple[Answer | None, Note | None],
    after: tuple[Answer | None, Note | None],
    actor: User,
    now: datetime,
) -> None:
    """One line, and only when something changed."""
    if after[0] is before[0] and after[1] is before[1]:
        return
    audit.record(
        verb=verb,
        target=after[0] or after[1] or before[1] or assessment,
        actor=actor,
        now=now,
        unit=assessment.unit,
        before=_as_json(code, *before),
        after=_as_json(code, *after),
    )


def _as_json(code: str, row: Answer | None, note: Note | None) -> dict[str, Any]:
    return {
        "question": code,
        "scored": row is not None and not row.is_withdrawn,
        "answer": row.raw if row else None,
        "note": note_as_json(note),
    }
