"""One question of TPI's desk: the unit's answer, its evidence, what each stage said, and what stands around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from assessments import scoring
from assessments.models import Answer, AnswerRevision, Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.queries.answers import TPI_STAGES, Sheet, StageSheets, same_answer
from assessments.queries.desk import Card, Tally, make_card, path_of, tally
from assessments.queries.evidence import in_force
from units.models import Agency

REVISIONS_SHOWN = 20
# Stages that can begin with the score of the one before.
LATER = (Answer.Stage.LEAD, Answer.Stage.CONTROLLER)


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing to look at: a file of a record, or a record that is a link; `is_new` where it came after the score."""

    record: Evidence
    file: EvidenceFile | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class StageScore:
    """What a stage of TPI said, by whom and when; `differs` from what stood before it."""

    row: Answer
    value: scoring.Answer | None
    differs: bool
    is_in_force: bool


@dataclass(frozen=True)
class DeskQuestion:
    """Everything about one question that does not depend on the address; `base` is what "Sesuai" takes over."""

    card: Card
    stage: str | None
    base: Answer | None
    node: scoring.Node
    path: tuple[scoring.Node, ...]
    proofs: tuple[Proof, ...]
    withdrawn: int
    stages: tuple[StageScore, ...]
    history: tuple[AnswerRevision, ...]
    whole: Tally
    own_result: scoring.Result
    result: scoring.Result

    @cached_property
    def new_proofs(self) -> int:
        return sum(proof.is_new for proof in self.proofs)

    @property
    def has_changed(self) -> bool:
        """The unit wrote or added evidence after the score."""
        return self.card.answer_changed or self.new_proofs > 0

    def proof_of(self, uuid: str) -> Proof | None:
        """The file with this id, else the first file, else the first link."""
        files = [proof for proof in self.proofs if proof.file is not None]
        named = (proof for proof in files if proof.file is not None and proof.file.uuid.hex == uuid.replace("-", ""))
        return next(named, next(iter(files), next(iter(self.proofs), None)))

    @property
    def is_settled(self) -> bool:
        """To agree would change nothing: this stage said the same itself, and nothing came after it."""
        card, row = self.card, self.card.theirs
        if row is None or row.stage != (self.stage or row.stage) or self.has_changed:
            return False
        is_older = self.base is not None and self.base.updated_at > row.updated_at
        return not is_older and same_answer(card.question, card.base, card.answer)


def desk_question(
    assessment: Assessment, code: str, sheets: StageSheets, theirs: Sheet, stage: str | None, version: int
) -> DeskQuestion:
    """A question for somebody who scores at `stage` (None: who only reads); three queries, none for the sheets.

    `theirs` is TPI's sheet as the reader may see it, `version` that of the row which the reader writes. What somebody
    scored blind is no stored row; then nothing else of TPI is shown.
    """
    question_id = sheets.instrument.question_ids[code]
    counted = scored_sheet(assessment, sheets, theirs, stage)
    results = sheets.unit.result(), theirs.result()
    uses, withdrawn = _uses(assessment, question_id)
    below = sheets.below(stage).rows.get(code) if stage else sheets.unit.rows.get(code)
    card = make_card(sheets.unit, counted, code, results, base=below, version=version)
    rows = _rows(sheets, theirs, code)
    node = sheets.instrument.value.node(card.question.node)
    return DeskQuestion(
        card=card,
        stage=stage,
        base=below,
        node=node,
        path=path_of(sheets.instrument.value, node.code),
        proofs=tuple(proof for use in uses for proof in _proofs(use, card.theirs)),
        withdrawn=withdrawn,
        stages=_stages(card, rows, theirs.rows.get(code)),
        history=_history(rows),
        whole=tally(sheets.unit, counted, sheets.instrument.question_ids),
        own_result=results[0],
        result=results[1],
    )


def scored_sheet(assessment: Assessment, sheets: StageSheets, theirs: Sheet, stage: str | None) -> Sheet:
    """What counts as scored for the reader: where later stages begin empty, only what their stage said itself."""
    if stage not in LATER:
        return theirs
    return sheets.settled(str(stage), empty=assessment.later_stages == Agency.LaterStages.EMPTY)


def version_of(sheets: StageSheets, code: str, stage: str | None) -> int:
    """The version of a stage's row, also of one that was withdrawn; 0 where there is none."""
    if stage is None:
        return 0
    row = sheets.of(stage).rows.get(code) or sheets.withdrawn.get((stage, sheets.instrument.question_ids[code]))
    return row.version if row else 0


def _rows(sheets: StageSheets, theirs: Sheet, code: str) -> list[Answer]:
    """TPI's rows of a question in the order of the stages; of blind scoring only the reader's own."""
    seen = theirs.rows.get(code)
    if seen is not None and not _is_stored(seen):
        return [seen]
    found = (sheets.of(stage).rows.get(code) for stage in TPI_STAGES)
    return [row for row in found if row is not None]


def _is_stored(row: Answer) -> bool:
    """A blind score is shown as an answer that is not stored."""
    pk: int | None = row.pk
    return pk is not None


def _stages(card: Card, rows: Sequence[Answer], in_force_row: Answer | None) -> tuple[StageScore, ...]:
    """Each stage against the one before it, the first against the unit."""
    found: list[StageScore] = []
    before = card.own_answer
    for row in rows:
        value = scoring.read_answer(card.question, row.raw)
        differs = not same_answer(card.question, before, value)
        found.append(StageScore(row, value, differs, in_force_row is not None and row.stage == in_force_row.stage))
        before = value
    return tuple(found)


def _history(rows: Sequence[Answer]) -> tuple[AnswerRevision, ...]:
    """Every save of TPI's scores of a question, the newest first."""
    stored = [row.pk for row in rows if _is_stored(row)]
    found = AnswerRevision.objects.filter(answer__in=stored).select_related("by", "answer")
    return tuple(found.order_by("-at", "-pk")[:REVISIONS_SHOWN])


def _uses(assessment: Assessment, question_id: int) -> tuple[list[EvidenceUse], int]:
    """Standing uses of evidence with their files, and how many records were withdrawn; two queries."""
    uses = EvidenceUse.objects.filter(assessment=assessment, question_id=question_id).select_related("evidence")
    rows = list(uses.prefetch_related("evidence__files").order_by("attached_at", "id"))
    standing = [use for use in rows if use.evidence.withdrawn_at is None]
    return standing, len(rows) - len(standing)


def _proofs(use: EvidenceUse, row: Answer | None) -> Iterator[Proof]:
    """A file each; a record without one (a link) stands for itself."""
    files: list[EvidenceFile | None] = list(in_force(use.evidence.files.all()))
    for file in files or [None]:
        newest = use.attached_at if file is None else max(use.attached_at, file.uploaded_at)
        yield Proof(use.evidence, file, bool(row and newest > row.updated_at))
