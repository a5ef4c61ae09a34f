"""The end of blind scoring: each of two hands in, and with the second one what both said is joined (UX-26)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Answer, AnswerRevision, Assessment, BlindScore, Note, NoteMessage, Scorer
from assessments.queries.answers import StageSheets, disagreements, stage_sheets
from assessments.queries.paired import is_blind, is_paired, pairs_of, with_slot
from assessments.queries.scorers import FIRST, SECOND, active_scorers
from assessments.services.paired import slot_held
from assessments.services.review_checks import REASONS, Incomplete, Work, refuse_party
from assessments.services.revisions import keep_all
from assessments.services.texts import has_words
from assessments.services.transitions import Action, Closed, WrongState, carry_out, lock, move
from units import audit
from units import permissions as who
from units.models import User

State = Assessment.State
Stage = Answer.Stage
SLOTS = (FIRST, SECOND)


@dataclass(frozen=True, slots=True)
class HandIn:
    """`both` says that the other had handed in before, so that the lead's turn has come."""

    both: bool


def hand_in(*, assessment: Assessment, actor: User, now: datetime, key: UUID | None = None) -> HandIn:
    """The holder of one slot is done; with the second one both are joined and the worksheet goes to the lead.

    Handing in again changes nothing. Raises PermissionDenied, NotAssigned, WrongState, Closed, Incomplete,
    ConflictOfInterest.
    """
    if who.TPI_MEMBER not in permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    with transaction.atomic():
        locked = lock(assessment)
        if not is_paired(locked):
            raise WrongState(state=locked.state, action="hand_in")
        scorer = slot_held(actor, locked)
        done = _done_before(locked, scorer)
        if done is None:
            _refuse(locked, scorer, actor, now)
            done = _hand_in(locked, scorer, actor, now, key)
    assessment.state, assessment.round, assessment.version = locked.state, locked.round, locked.version
    return done


def _done_before(locked: Assessment, scorer: Scorer) -> HandIn | None:
    """What came of it, where this scorer has handed in already."""
    if scorer.handed_in_at is None:
        return None
    return HandIn(both=not is_blind(locked))


def _refuse(locked: Assessment, scorer: Scorer, actor: User, now: datetime) -> None:
    if not is_blind(locked):
        raise WrongState(state=locked.state, action="hand_in")
    if not permissions.is_open_for_scoring(locked, now):
        raise Closed(deadline=locked.window.review_until)
    refuse_party(locked, actor)
    _refuse_unfinished(locked, scorer.slot)


def _refuse_unfinished(locked: Assessment, slot: int) -> None:
    """As for a single member: everything scored, nothing outdated, every difference explained; of this slot alone."""
    scores = _scores(locked)[slot]
    sheets = stage_sheets(locked, names=False)
    done = with_slot(sheets.tpi, scores)
    mine = replace(sheets, stages={**sheets.stages, Stage.MEMBER: done})
    work = Work(locked, Stage.MEMBER, mine)
    if codes := work.missing():
        raise Incomplete(_("Masih ada pertanyaan yang belum Anda nilai."), codes=codes)
    if codes := work.outdated():
        raise Incomplete(_("Jawaban atau bukti berubah sesudah dinilai. Periksa dan nilai kembali."), codes=codes)
    noted = {score.question_id for score in scores if has_words(score.note)} | _noted(locked)
    ids = sheets.instrument.question_ids
    if codes := [code for code in disagreements(sheets.unit, done) if ids[code] not in noted]:
        raise Incomplete(_("Nilai yang berbeda dari jawaban unit memerlukan catatan."), codes=codes)


def _noted(locked: Assessment) -> set[int]:
    """Question ids with a note that both know."""
    notes = Note.objects.filter(assessment=locked, kind__in=REASONS).exclude(stage=Note.Stage.ASSISTANCE)
    return {pk for pk, text in notes.order_by().values_list("question_id", "text") if has_words(text)}


def _hand_in(locked: Assessment, scorer: Scorer, actor: User, now: datetime, key: UUID | None) -> HandIn:
    if locked.state == State.SUBMITTED:
        carry_out(assessment=locked, action=Action.START, actor=actor, now=now)
    Scorer.objects.filter(pk=scorer.pk).update(handed_in_at=now)
    audit.record(
        verb="score.hand_in", target=locked, actor=actor, now=now, unit=locked.unit, after={"slot": scorer.slot}
    )
    scorers = active_scorers(locked.pk)
    both = {row.slot for row in scorers if row.handed_in_at is not None} == set(SLOTS)
    if both:
        _join(locked, {row.slot: row.user for row in scorers}, actor, now, key)
    return HandIn(both)


def _join(locked: Assessment, holders: dict[int, User], actor: User, now: datetime, key: UUID | None) -> None:
    """Equal scores become the member's, both notes become notes, and the lead's turn begins."""
    sheets = stage_sheets(locked)
    _let_stand(locked, sheets, holders, now)
    move(locked=locked, action=Action.TO_LEAD, actor=actor, now=now, key=key)
    same = [pair for pair in pairs_of(locked, sheets) if pair.is_same]
    changed = _write_answers(locked, sheets, [max(pair.first, pair.second, key=_moment) for pair in same])
    _write_notes(locked)
    audit.record(
        verb="score.join",
        target=locked,
        actor=actor,
        now=now,
        unit=locked.unit,
        after={"same": len(same), "written": changed},
    )


def _moment(score: BlindScore) -> tuple[datetime, int]:
    return score.updated_at, -score.slot


def _scores(locked: Assessment) -> dict[int, list[BlindScore]]:
    """What each slot said in this round."""
    found: dict[int, list[BlindScore]] = {slot: [] for slot in SLOTS}
    for row in BlindScore.objects.filter(assessment=locked, round=locked.round).order_by("question__position"):
        found[row.slot].append(row)
    return found


def _let_stand(locked: Assessment, sheets: StageSheets, holders: dict[int, User], now: datetime) -> None:
    """Where only one scored again, the other has handed in what stood before: that is their side of the pair."""
    scored = {slot: {row.question_id for row in rows if not row.is_withdrawn} for slot, rows in _scores(locked).items()}
    for slot, other in ((FIRST, SECOND), (SECOND, FIRST)):
        for question_id in scored[other] - scored[slot]:
            standing = sheets.tpi.rows[sheets.instrument.codes[question_id]]
            _carry(locked, standing, slot, holders[slot], now)


def _carry(locked: Assessment, standing: Answer, slot: int, holder: User, now: datetime) -> None:
    row = BlindScore.objects.filter(assessment=locked, question=standing.question_id, slot=slot).first()
    if row is None:
        row = BlindScore(assessment=locked, question_id=standing.question_id, slot=slot, version=0)
    elif row.round != locked.round:
        row.note, row.for_release = "", False
    row.choice, row.inputs, row.is_withdrawn = standing.choice, standing.inputs, False
    row.round, row.version = locked.round, row.version + 1
    row.updated_by, row.updated_at = holder, now
    row.save()


def _write_answers(locked: Assessment, sheets: StageSheets, scores: Iterable[BlindScore]) -> int:
    """The member's answers that both gave, in the name of who gave it last; how many rows were written."""
    rows = {row.question_id: row for row in sheets.of(Stage.MEMBER).rows.values()}
    rows |= {pk: row for (stage, pk), row in sheets.withdrawn.items() if stage == Stage.MEMBER}
    made: list[Answer] = []
    kept: list[Answer] = []
    for score in scores:
        row = rows.get(score.question_id)
        if row is None:
            row = Answer(assessment=locked, question_id=score.question_id, stage=Stage.MEMBER, version=0)
            made.append(row)
        elif row.raw == score.raw and row.round == locked.round and not row.is_withdrawn:
            continue
        else:
            kept.append(row)
        row.choice, row.inputs, row.is_withdrawn = score.choice, score.inputs, False
        row.round, row.version = locked.round, row.version + 1
        row.updated_by, row.updated_at = score.updated_by, score.updated_at
    Answer.every.bulk_create(made)
    fields = ("choice", "inputs", "is_withdrawn", "round", "version", "updated_by", "updated_at")
    Answer.every.bulk_update(kept, fields)
    keep_all([*made, *kept], origin=AnswerRevision.Origin.MERGED)
    return len(made) + len(kept)


def _write_notes(locked: Assessment) -> None:
    """What both wrote, as a note and a contribution to its thread; nothing is shown that its author kept internal."""
    stored = {
        note.question_id: note
        for note in Note.objects.filter(
            assessment=locked, stage=Note.Stage.MEMBER, kind=Note.Kind.NOTE, round=locked.round
        ).prefetch_related("messages")
    }
    written: dict[int, list[BlindScore]] = {}
    for rows in _scores(locked).values():
        for row in rows:
            if row.note:
                written.setdefault(row.question_id, []).append(row)
    for question_id, rows in written.items():
        # A note for the unit leads: messages are shown no earlier than the note that they stand under.
        rows.sort(key=lambda row: (not row.for_release, row.slot))
        _thread(locked, stored.get(question_id), rows)


def _thread(locked: Assessment, note: Note | None, rows: list[BlindScore]) -> None:
    if note is None:
        first, rows = rows[0], rows[1:]
        note = Note.objects.create(
            assessment=locked,
            question_id=first.question_id,
            stage=Note.Stage.MEMBER,
            round=locked.round,
            text=first.note,
            for_release=first.for_release,
            author_id=_author(first),
            updated_at=first.updated_at,
        )
        said = {(note.author_id, note.text)}
    else:
        said = {(note.author_id, note.text)} | {(item.author_id, item.text) for item in note.messages.all()}
        if rows[0].for_release and not note.for_release:
            _lead_with(note, rows[0])
            said.add((note.author_id, note.text))
    for row in rows:
        if (row.note_by_id, row.note) not in said:
            _say(note, row.note, _author(row), row.updated_at, is_internal=not row.for_release)


def _lead_with(note: Note, row: BlindScore) -> None:
    """A note for the unit takes the place of one that is not; that one stays in the thread, for TPI."""
    if (row.note_by_id, row.note) != (note.author_id, note.text):
        _say(note, note.text, note.author_id, note.updated_at, is_internal=True)
    note.text, note.for_release, note.author_id = row.note, True, _author(row)
    note.version, note.updated_at = note.version + 1, row.updated_at
    note.save(update_fields=("text", "for_release", "author", "version", "updated_at"))


def _author(row: BlindScore) -> int:
    """Who wrote the note of a score; a constraint sees that somebody did."""
    return row.note_by_id or row.updated_by_id


def _say(note: Note, text: str, author_id: int, at: datetime, *, is_internal: bool) -> None:
    NoteMessage.objects.create(note=note, text=text, is_internal=is_internal, author_id=author_id, at=at)
