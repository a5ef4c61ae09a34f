"""Scores and notes that one of two members gives without the other seeing them; services/hand_in.py joins them.

The audit log gets who, when and which question, and nothing of what was said: neither value nor whether it agrees.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments import scoring
from assessments.models import NOTE_MAX, Answer, Assessment, BlindScore, Note, Scorer
from assessments.queries.answers import Sheet, both_sheets, same_answer
from assessments.queries.paired import as_answer, as_note, with_slot
from assessments.queries.scorers import active_scorers, slot_among
from assessments.services.review_checks import NotAssigned
from assessments.services.score_drafts import (
    Given,
    NoteDraft,
    NoteMissing,
    NothingToWithdraw,
    Saved,
    ScoreDraft,
    ScoreMissing,
    ScorePartial,
    StaleNote,
    StaleScore,
)
from assessments.services.texts import checked_text, has_words
from units import audit
from units.models import User
from zi_portal.errors import Refused

AGREE = "score.agree"


class HandedIn(Refused):
    """The holder of this slot has handed in; the other has not yet."""

    message = _("Nilai Anda sudah diserahkan dan tidak dapat diubah lagi. Isian ini tidak disimpan.")


@dataclass(frozen=True, slots=True)
class Place:
    """One question on one slot's sheet: `row` as it is stored, `shown` as its holder sees the score."""

    assessment: Assessment
    code: str
    slot: int
    mine: Sheet
    standing: Sheet
    row: BlindScore | None

    @property
    def current(self) -> BlindScore | None:
        """What the slot said in this round."""
        return self.row if self.row is not None and self.row.round == self.assessment.round else None

    @property
    def theirs(self) -> Sheet:
        return with_slot(self.standing, (self.current,) if self.current else ())

    @property
    def shown(self) -> Answer | None:
        return self.theirs.rows.get(self.code)

    @property
    def question(self) -> scoring.Question:
        return self.mine.instrument.value.question(self.code)


def save_blind(*, locked: Assessment, code: str, actor: User, draft: ScoreDraft, now: datetime, verb: str) -> Saved:
    """Store score and note in the actor's slot, within the caller's lock; `score.agree` takes the unit's answer.

    Raises NotAssigned, HandedIn, StaleScore, StaleNote, NoteMissing, ScoreMissing, ScorePartial,
    scoring.AnswerError, TextRefused.
    """
    place = _place(locked, code, actor)
    given = _given_by_unit(place) if verb == AGREE else draft.score
    _refuse_stale(place, draft, given)
    row = _draft_row(place, actor, now)
    wrote = _put_note(row, draft.note, actor)
    scored = given is not None and _put_score(place, row, given, actor, now)
    if given is None and row.is_withdrawn and not wrote:
        raise ScoreMissing
    _refuse_silent_difference(place, row)
    if wrote or scored:
        _store(place, row, actor, now)
    theirs = with_slot(place.standing, (row,))
    return Saved(place.mine, theirs, theirs.rows.get(code), as_note(row))


def save_blind_note(*, locked: Assessment, code: str, actor: User, draft: NoteDraft, now: datetime) -> Note | None:
    """The note of the actor's slot alone, within the caller's lock; None when there is none now.

    Raises NotAssigned, HandedIn, StaleNote, TextRefused.
    """
    place = _place(locked, code, actor)
    row = _draft_row(place, actor, now)
    if _put_note(row, draft, actor):
        _store(place, row, actor, now)
    return as_note(row)


def save_blind_notes(
    *, locked: Assessment, drafts: Mapping[str, NoteDraft], actor: User, now: datetime
) -> dict[str, int]:
    """As save_blind_note for many questions; the version of each note now, by code."""
    versions = {}
    for code, place in _places(locked, drafts, actor).items():
        row = _draft_row(place, actor, now)
        if _put_note(row, drafts[code], actor):
            _store(place, row, actor, now)
        versions[code] = row.note_version
    return versions


def withdraw_blind(*, locked: Assessment, code: str, actor: User, version: int, now: datetime) -> Answer:
    """Take the slot's score of this round back; what stood before shows again. Raises as save_blind."""
    place = _place(locked, code, actor)
    row = place.current
    if row is None or row.is_withdrawn:
        raise NothingToWithdraw
    if row.version != version:
        raise StaleScore(row=place.shown)
    row.choice, row.inputs, row.is_withdrawn = "", None, True
    row.version += 1
    row.updated_by, row.updated_at = actor, now
    _store(place, row, actor, now)
    return as_answer(row)


def slot_held(actor: User, locked: Assessment) -> Scorer:
    """The slot in which this person scores blind. Raises NotAssigned."""
    scorers = active_scorers(locked.pk)
    slot = slot_among(scorers, actor, locked)
    for scorer in scorers:
        if scorer.user_id == actor.pk and scorer.slot == slot:
            return scorer
    raise NotAssigned


def _place(locked: Assessment, code: str, actor: User) -> Place:
    return _places(locked, (code,), actor)[code]


def _places(locked: Assessment, codes: Collection[str], actor: User) -> dict[str, Place]:
    """Questions on the actor's sheet, as they are now. KeyError for an unknown code."""
    scorer = slot_held(actor, locked)
    if scorer.handed_in_at is not None:
        raise HandedIn
    mine, standing = both_sheets(locked)
    ids = {code: mine.instrument.question_ids[code] for code in codes}
    found = BlindScore.objects.filter(assessment=locked, question__in=ids.values(), slot=scorer.slot)
    rows = {row.question_id: row for row in found.select_related("updated_by", "note_by")}
    return {code: Place(locked, code, scorer.slot, mine, standing, rows.get(pk)) for code, pk in ids.items()}


def _given_by_unit(place: Place) -> Given:
    row = place.mine.rows.get(place.code)
    return Given(row.raw if row else None)


def _refuse_stale(place: Place, draft: ScoreDraft, given: Given | None) -> None:
    """A page that shows an older score of this slot may not write over it; writing the same again harms nobody.

    What stands from before cannot change while two score blind, so that only the slot's own saves can be missed.
    """
    current, shown = place.current, place.shown
    if given is None or current is None or draft.version == current.version:
        return
    if current.is_withdrawn and draft.version == (shown.version if shown else 0):
        return
    if current.is_withdrawn or current.raw != given.raw:
        raise StaleScore(row=shown)


def _draft_row(place: Place, actor: User, now: datetime) -> BlindScore:
    """The row to write on: that of this round, or an empty one in its place."""
    if place.current is not None:
        return place.current
    old = place.row
    return BlindScore(
        pk=old.pk if old else None,
        assessment=place.assessment,
        question_id=place.mine.instrument.question_ids[place.code],
        slot=place.slot,
        note_version=old.note_version if old else 0,
        version=max(old.version if old else 0, place.shown.version if place.shown else 0),
        round=place.assessment.round,
        is_withdrawn=True,
        updated_by=actor,
        updated_at=now,
    )


def _put_note(row: BlindScore, draft: NoteDraft | None, actor: User) -> bool:
    """Bring the row's note to what the draft says; False where that is what it says."""
    if draft is None:
        return False
    text = checked_text(draft.text, NOTE_MAX)
    for_release = bool(text) and draft.for_release
    if (row.note, row.for_release) == (text, for_release):
        return False
    if draft.version != row.note_version and (row.note or draft.version):
        raise StaleNote(note=as_note(row))
    row.note, row.for_release, row.note_by = text, for_release, actor
    row.note_version += 1
    return True


def _put_score(place: Place, row: BlindScore, given: Given, actor: User, now: datetime) -> bool:
    """Bring the row's score to what was given; False where that is what it says."""
    scoring.read_answer(place.question, given.raw)
    if not row.is_withdrawn and row.raw == given.raw:
        return False
    row.choice = given.raw if isinstance(given.raw, str) else ""
    row.inputs = None if isinstance(given.raw, str) else given.raw
    row.is_withdrawn = False
    row.version += 1
    row.updated_by, row.updated_at = actor, now
    return True


def _refuse_silent_difference(place: Place, row: BlindScore) -> None:
    """Where the score differs from the unit's answer, a note of this slot stands, or one from before that all know."""
    if row.is_withdrawn:
        return
    answer = scoring.read_answer(place.question, row.raw)
    same = same_answer(place.question, place.mine.values.get(place.code), answer)
    if answer is not None and not same and not scoring.is_answered(place.question, answer):
        raise ScorePartial
    if not same and not has_words(row.note) and not _noted_before(place):
        raise NoteMissing


def _noted_before(place: Place) -> bool:
    earlier = Q(kind=Note.Kind.NOTE, stage=Note.Stage.MEMBER, round__lt=place.assessment.round)
    notes = Note.objects.filter(earlier | Q(kind=Note.Kind.FINDING), assessment=place.assessment)
    own = notes.filter(question=place.mine.instrument.question_ids[place.code])
    return any(map(has_words, own.order_by().values_list("text", flat=True)))


def _store(place: Place, row: BlindScore, actor: User, now: datetime) -> None:
    """Write the row; the lock on the worksheet keeps its versions in step."""
    row.save(force_insert=row.pk is None, force_update=row.pk is not None)
    after: dict[str, Any] = {"question": place.code, "slot": place.slot}
    audit.record(
        verb="score.blind", target=place.assessment, actor=actor, now=now, unit=place.assessment.unit, after=after
    )
