"""What changed between two rounds of a worksheet: what the unit sent, and what TPI gave at the end of each (REL-51)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from assessments import scoring
from assessments.models import Answer, AnswerRevision, Assessment, Note, Snapshot, TransitionRecord
from assessments.queries.answers import RANKS, TPI_STAGES, StageSheets, same_answer, stage_sheets
from assessments.queries.asking import requests

BEGINNINGS = ("return", "reopen")


@dataclass(frozen=True, slots=True)
class Side:
    """One question in one round; raw answers, `evidence` by title with what identifies its contents."""

    own: Any
    note: str
    evidence: Mapping[str, tuple[str, ...]]
    score: Any
    is_scored: bool


@dataclass(frozen=True)
class Change:
    """One question in both rounds, with the notes that asked for its improvement in between."""

    question: scoring.Question
    before: Side
    after: Side
    asked: tuple[Note, ...]

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def answer_changed(self) -> bool:
        return not _same(self.question, self.before.own, self.after.own)

    @property
    def note_changed(self) -> bool:
        return self.before.note != self.after.note

    @property
    def score_changed(self) -> bool:
        if self.before.is_scored != self.after.is_scored:
            return True
        return not _same(self.question, self.before.score, self.after.score)

    @cached_property
    def added(self) -> tuple[str, ...]:
        return tuple(title for title in self.after.evidence if title not in self.before.evidence)

    @cached_property
    def removed(self) -> tuple[str, ...]:
        return tuple(title for title in self.before.evidence if title not in self.after.evidence)

    @cached_property
    def replaced(self) -> tuple[str, ...]:
        """Records of evidence with other files or another link."""
        both = self.before.evidence.keys() & self.after.evidence.keys()
        return tuple(sorted(title for title in both if self.before.evidence[title] != self.after.evidence[title]))

    @property
    def by_unit(self) -> bool:
        return bool(self.answer_changed or self.note_changed or self.added or self.removed or self.replaced)

    @property
    def is_ignored(self) -> bool:
        """Asked for, and the unit changed nothing."""
        return bool(self.asked) and not self.by_unit

    @property
    def is_worth_showing(self) -> bool:
        return self.by_unit or self.score_changed or bool(self.asked)


@dataclass(frozen=True)
class RoundDiff:
    """Two rounds of a worksheet. `began` says how the later one came about; totals are unrounded points."""

    rounds: tuple[int, ...]
    first: int
    second: int
    changes: tuple[Change, ...]
    questions: int
    began: TransitionRecord | None
    own_totals: tuple[scoring.Result, scoring.Result]
    totals: tuple[scoring.Result, scoring.Result]

    @property
    def unchanged(self) -> int:
        return self.questions - len(self.changes)


def sent_rounds(assessment: Assessment) -> tuple[int, ...]:
    """Rounds that the unit has sent, in order; one query."""
    sent = Snapshot.objects.filter(assessment=assessment, kind=Snapshot.Kind.SUBMITTED).order_by("round")
    return tuple(dict.fromkeys(sent.values_list("round", flat=True)))


def round_diff(assessment: Assessment, first: int | None, second: int | None) -> RoundDiff | None:
    """The chosen rounds, by default the last two; None where fewer than two were sent. Six queries.

    Raises KeyError for a round that was not sent.
    """
    rounds = sent_rounds(assessment)
    if len(rounds) < 2:  # noqa: PLR2004 - two are needed to compare
        return None
    chosen = (rounds[-2] if first is None else first, rounds[-1] if second is None else second)
    if not set(chosen) <= set(rounds):
        raise KeyError(chosen)
    sheets = stage_sheets(assessment)
    contents = _contents(assessment, chosen)
    scores = _scores(assessment, sheets, chosen)
    before, after = (_sides(sheets, contents[number], scores[number]) for number in chosen)
    asked = _asked(assessment, sheets, chosen)
    questions = sheets.instrument.value.questions
    changes = (Change(item, before[item.code], after[item.code], asked.get(item.code, ())) for item in questions)
    return RoundDiff(
        rounds=rounds,
        first=chosen[0],
        second=chosen[1],
        changes=tuple(change for change in changes if change.is_worth_showing),
        questions=len(questions),
        began=_beginning(assessment, chosen[1]),
        own_totals=(_result(sheets, before, "own"), _result(sheets, after, "own")),
        totals=(_result(sheets, before, "score"), _result(sheets, after, "score")),
    )


def _same(question: scoring.Question, one: Any, other: Any) -> bool:
    return same_answer(question, scoring.read_answer(question, one), scoring.read_answer(question, other))


def _contents(assessment: Assessment, rounds: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The answers of what was sent, by round; one query."""
    sent = Snapshot.objects.filter(assessment=assessment, kind=Snapshot.Kind.SUBMITTED, round__in=set(rounds))
    return {snapshot.round: json.loads(snapshot.content)["answers"] for snapshot in sent.order_by("id")}


def _scores(assessment: Assessment, sheets: StageSheets, rounds: Sequence[int]) -> dict[int, dict[str, Any]]:
    """TPI's raw scores in force at the end of each round, by round and question; one query.

    A row that was last written in a round says what held then; what was written over since is among its revisions.
    """
    latest: dict[int, dict[tuple[str, int], Answer | AnswerRevision]] = {number: {} for number in rounds}
    revisions = _revisions(assessment, max(rounds))
    for number, found in latest.items():
        for revision in revisions:
            if revision.round <= number:
                found[(revision.answer.stage, revision.answer.question_id)] = revision
        for stage in TPI_STAGES:
            rows = (row for row in sheets.of(stage).rows.values() if row.round <= number)
            found.update({(stage, row.question_id): row for row in rows})
    return {number: _in_force(sheets, found) for number, found in latest.items()}


def _in_force(sheets: StageSheets, rows: Mapping[tuple[str, int], Answer | AnswerRevision]) -> dict[str, Any]:
    ordered = sorted(rows.items(), key=lambda pair: (pair[1].round, RANKS[pair[0][0]]))
    standing = ((key, row) for key, row in ordered if not _is_withdrawn(row))
    return {sheets.instrument.codes[question_id]: row.raw for (_stage, question_id), row in standing}


def _is_withdrawn(row: Answer | AnswerRevision) -> bool:
    return isinstance(row, AnswerRevision) and row.origin == AnswerRevision.Origin.WITHDRAWN


def _revisions(assessment: Assessment, last: int) -> list[AnswerRevision]:
    """TPI's revisions up to a round, each answer's in order."""
    rows = AnswerRevision.objects.filter(answer__assessment=assessment, answer__stage__in=TPI_STAGES, round__lte=last)
    return list(rows.select_related("answer").order_by("answer", "version"))


def _sides(sheets: StageSheets, content: Mapping[str, Any], scores: Mapping[str, Any]) -> dict[str, Side]:
    found = {}
    for code in sheets.instrument.question_ids:
        entry = content.get(code, {})
        evidence: dict[str, tuple[str, ...]] = {}
        for item in entry.get("evidence", ()):
            evidence[item["title"]] = (*evidence.get(item["title"], ()), *_identity(item))
        found[code] = Side(entry.get("self"), entry.get("note", ""), evidence, scores.get(code), code in scores)
    return found


def _identity(item: Mapping[str, Any]) -> tuple[str, ...]:
    return (item["url"], *sorted(file["sha256"] for file in item["files"]))


def _asked(assessment: Assessment, sheets: StageSheets, rounds: Sequence[int]) -> dict[str, tuple[Note, ...]]:
    """What asked for improvement at the end of the rounds from the first up to the second, by question; one query."""
    notes = requests(assessment, range(min(rounds), max(rounds)))
    found: dict[str, tuple[Note, ...]] = {}
    for note in notes.order_by("round", "id"):
        code = sheets.instrument.codes[note.question_id]
        found[code] = (*found.get(code, ()), note)
    return found


def _beginning(assessment: Assessment, number: int) -> TransitionRecord | None:
    """How a round came about; one query."""
    steps = TransitionRecord.objects.filter(assessment=assessment, action__in=BEGINNINGS, round=number - 1)
    return steps.select_related("actor").order_by("-id").first()


def _result(sheets: StageSheets, sides: Mapping[str, Side], name: str) -> scoring.Result:
    question = sheets.instrument.value.question
    read = {code: scoring.read_answer(question(code), getattr(side, name)) for code, side in sides.items()}
    return scoring.score(sheets.instrument.value, {code: answer for code, answer in read.items() if answer is not None})
