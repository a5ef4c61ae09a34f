"""Questions of a worksheet as its pages show them, each with everything that stands beside it (UX-05)."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from assessments import scoring
from assessments.models import Answer, AnswerCopy, Assessment, FollowUp, Note
from assessments.queries.answers import Sheet, same_answer, tpi_sheet
from assessments.queries.checks import Finding, question_findings
from assessments.queries.copies import copies_of
from assessments.queries.duties import duties_of
from assessments.queries.evidence import Attached, evidence_by_question
from assessments.queries.followups import open_followups
from assessments.queries.instruments import StoredInstrument
from assessments.queries.previous import Before, Previous, previous_answers
from assessments.queries.progress import UnitWork
from assessments.queries.threads import Thread, threads_from
from units.models import User

# Why a question cannot be edited on a page that is for reading; there the form is fetched on request.
READING = "reading"


@dataclass(frozen=True)
class Card:
    """One question as the pages show it. `lock` names why it cannot be edited, empty where it can."""

    question: scoring.Question
    row: Answer | None
    answer: scoring.Answer | None
    score: scoring.QuestionScore
    evidence: tuple[Attached, ...]
    threads: tuple[Thread, ...]
    advice: Note | None
    tpi: Answer | None
    tpi_score: scoring.QuestionScore | None
    tpi_agrees: bool
    lock: str
    earlier: Assessment | None = None
    before: Before | None = None
    note_before: Note | None = None
    copy: AnswerCopy | None = None
    duty: User | None = None
    followups: tuple[FollowUp, ...] = ()

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    @property
    def note(self) -> str:
        return self.row.note if self.row else ""

    @property
    def status(self) -> str:
        """`answered`, `partial` or `blank`."""
        if self.score.answered:
            return "answered"
        return "partial" if self.answer is not None else "blank"

    @property
    def proven(self) -> bool:
        return any(item.record.withdrawn_at is None for item in self.evidence)

    @property
    def is_for_reading(self) -> bool:
        """Whether it could be edited, only not on this page."""
        return self.lock == READING

    @property
    def may_answer(self) -> bool:
        """Whether the person fills this question, in whatever state the worksheet is."""
        return self.lock not in ("role", "area")

    @property
    def has_tpi_note(self) -> bool:
        return any(not thread.is_advice for thread in self.threads)

    @property
    def has_advice(self) -> bool:
        return any(thread.is_advice for thread in self.threads)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(question_findings(self.question, self.answer))


@dataclass(frozen=True)
class Beside:
    """What stands beside questions, by code."""

    evidence: dict[str, tuple[Attached, ...]]
    threads: dict[str, tuple[Thread, ...]]
    tpi: Sheet | None
    previous: Previous | None
    notes_before: dict[str, Note]
    copies: dict[str, AnswerCopy]
    duties: dict[str, User]
    followups: dict[str, list[FollowUp]]


def cards(
    assessment: Assessment, questions: Iterable[scoring.Question], work: UnitWork, lock: Callable[[str], str]
) -> list[Card]:
    """Cards of some questions, `lock` saying by code why one is not to be edited; the queries of `beside`."""
    asked = list(questions)
    around = beside(assessment, work, [item.code for item in asked])
    scores = around.tpi.result().questions if around.tpi else {}
    judged = around.tpi.values if around.tpi else {}
    given = work.sheet.values
    return [
        Card(
            question=item,
            row=work.sheet.rows.get(item.code),
            answer=given.get(item.code),
            score=work.result.questions[item.code],
            evidence=around.evidence.get(item.code, ()),
            threads=around.threads.get(item.code, ()),
            advice=_advice(assessment, around.threads.get(item.code, ())),
            tpi=around.tpi.rows.get(item.code) if around.tpi else None,
            tpi_score=scores.get(item.code),
            tpi_agrees=same_answer(item, given.get(item.code), judged.get(item.code)),
            lock=lock(item.code),
            earlier=around.previous.assessment if around.previous else None,
            before=around.previous.of(item.code) if around.previous else None,
            note_before=around.notes_before.get(item.code),
            copy=around.copies.get(item.code),
            duty=around.duties.get(item.code),
            followups=tuple(around.followups.get(item.code, ())),
        )
        for item in asked
    ]


def beside(assessment: Assessment, work: UnitWork, codes: list[str]) -> Beside:
    """Seven queries, one more for TPI's scores of a final assessment, two where TPI's notes have been released."""
    stored = work.sheet.instrument
    previous = previous_answers(assessment, codes)
    notes, before = visible_notes(assessment, stored, previous, codes)
    ids = [stored.question_ids[code] for code in codes]
    evidence = evidence_by_question(assessment, ids)
    return Beside(
        evidence={stored.codes[pk]: tuple(found) for pk, found in evidence.items()},
        threads=_threads(assessment, notes),
        tpi=tpi_sheet(assessment) if assessment.state == Assessment.State.FINAL else None,
        previous=previous,
        notes_before=before,
        copies=copies_of(assessment),
        duties=duties_of(assessment.unit_id),
        followups=open_followups(assessment.unit_id),
    )


def visible_notes(
    assessment: Assessment, stored: StoredInstrument, previous: Previous | None, codes: list[str]
) -> tuple[dict[str, list[Note]], dict[str, Note]]:
    """What the unit may read (SEC-05), and TPI's last released note of the earlier quarter; one query.

    Readable are TPI's notes once released and the assistance team's advice, oldest first.
    """
    names = {stored.question_ids[code]: code for code in codes}
    readable = Q(assessment=assessment) & (Q(released_at__isnull=False) | Q(stage=Note.Stage.ASSISTANCE))
    if previous is not None:
        known = previous.unit.instrument.question_ids
        names |= {known[code]: code for code in codes if code in known}
        readable |= Q(assessment=previous.assessment, released_at__isnull=False) & ~Q(stage=Note.Stage.ASSISTANCE)
    rows = Note.objects.filter(readable, question__in=names).select_related("author")
    found: defaultdict[str, list[Note]] = defaultdict(list)
    before: dict[str, Note] = {}
    for note in rows.order_by("round", "pk"):
        if note.assessment_id == assessment.pk:
            found[names[note.question_id]].append(note)
        else:
            before[names[note.question_id]] = note
    return found, before


def _threads(assessment: Assessment, notes: dict[str, list[Note]]) -> dict[str, tuple[Thread, ...]]:
    flat = [(code, note) for code, found in notes.items() for note in found]
    threads = threads_from(assessment, (note for _code, note in flat), for_unit=True)
    by_code: defaultdict[str, list[Thread]] = defaultdict(list)
    for (code, _note), thread in zip(flat, threads, strict=True):
        by_code[code].append(thread)
    return {code: tuple(found) for code, found in by_code.items()}


def _advice(assessment: Assessment, threads: Iterable[Thread]) -> Note | None:
    """The assistance team's note of this round."""
    notes = (thread.note for thread in threads if thread.is_advice)
    mine = [note for note in notes if note.round == assessment.round]
    return mine[-1] if mine else None
