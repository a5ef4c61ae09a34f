"""What a workbook shows of an assessment, for one reader: answers, notes, evidence, and TPI's side where it may be."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from assessments import permissions, scoring
from assessments.models import Assessment, EvidenceFile, EvidenceUse, Note
from assessments.queries.answers import Sheet, both_sheets
from assessments.queries.progress import holds_wbk
from units.models import User


@dataclass(frozen=True, slots=True)
class Proof:
    """A record of evidence in force: its title, its web address (empty for files) and its files."""

    title: str
    number: str
    url: str
    files: tuple[EvidenceFile, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """`tpi` is None and `tpi_notes` holds released notes only where the reader may not see more.

    `confidential` tells that something stands here which the unit may not see (yet).
    """

    assessment: Assessment
    unit: Sheet
    tpi: Sheet | None
    tpi_notes: Mapping[str, tuple[Note, ...]]
    proofs: Mapping[str, tuple[Proof, ...]]
    holds_wbk: bool
    confidential: bool

    @property
    def instrument(self) -> scoring.Instrument:
        return self.unit.instrument.value


def workbook_contents(assessment: Assessment, viewer: User | None) -> Contents:
    """Everything for one reader, who may read the worksheet; `viewer` None sees what the unit sees. Five queries."""
    unit, tpi = both_sheets(assessment, names=False)
    is_final = assessment.state == Assessment.State.FINAL
    evaluates = viewer is not None and permissions.can_see_evaluation(viewer, assessment)
    inside = evaluates and not is_final
    codes = unit.instrument.codes
    return Contents(
        assessment=assessment,
        unit=unit,
        tpi=tpi if is_final or inside else None,
        tpi_notes=_notes(assessment, codes, hidden_too=inside),
        proofs=_proofs(assessment, codes),
        holds_wbk=holds_wbk(assessment),
        confidential=inside,
    )


def _notes(assessment: Assessment, codes: Mapping[int, str], *, hidden_too: bool) -> dict[str, tuple[Note, ...]]:
    """TPI's notes in order; without `hidden_too` only released ones (SEC-05)."""
    readable = Q() if hidden_too else Q(released_at__isnull=False)
    rows = Note.objects.filter(readable, assessment=assessment).exclude(stage=Note.Stage.ASSISTANCE)
    found: defaultdict[str, list[Note]] = defaultdict(list)
    for note in rows.order_by("round", "pk"):
        found[codes[note.question_id]].append(note)
    return {code: tuple(notes) for code, notes in found.items()}


def _proofs(assessment: Assessment, codes: Mapping[int, str]) -> dict[str, tuple[Proof, ...]]:
    """Evidence that is not withdrawn, oldest first; two queries."""
    uses = (
        EvidenceUse.objects.filter(assessment=assessment, evidence__withdrawn_at__isnull=True)
        .select_related("evidence")
        .prefetch_related("evidence__files")
        .order_by("attached_at", "pk")
    )
    found: defaultdict[str, list[Proof]] = defaultdict(list)
    for use in uses:
        record = use.evidence
        files = _in_force(list(record.files.all()))
        found[codes[use.question_id]].append(Proof(record.title, record.document_number, record.url, files))
    return {code: tuple(proofs) for code, proofs in found.items()}


def _in_force(files: list[EvidenceFile]) -> tuple[EvidenceFile, ...]:
    """The newest revision of each slot, unless it is retired."""
    newest = {file.slot: file for file in sorted(files, key=lambda file: (file.slot, file.revision))}
    return tuple(file for file in newest.values() if file.retired_at is None)
