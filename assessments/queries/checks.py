"""What speaks against a worksheet before it is sent: blanks, missing or outdated evidence, contradicting numbers.

Findings inform; none of them stops a submission.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assessments import scoring
from assessments.models import Assessment, Evidence, EvidenceUse, Period
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import UnitWork

# The first cannot be larger than the second: keys of inputs, or of a derived sum.
LIMITS = (
    ("integrated_changes", "changes"),
    ("targets_achieved", "targets"),
    ("complaints_resolved", "complaints_due"),
    ("complaints_in_process", "complaints_due"),
    ("services_simplified", "services_registered"),
    ("lhkpn_reported", "lhkpn_due"),
    ("lhkasn_reported", "lhkasn_due"),
)

# Two counts that are parts of a third.
PARTS = (("complaints_resolved", "complaints_in_process", "complaints_due"),)


@dataclass(frozen=True, slots=True)
class Finding:
    """Numbers that contradict each other.

    `kind`: `exceeds` (first > second), `together` (first + second > third), `differs` (same count told twice),
    `few_respondents`, `no_respondents`. `labels` and `numbers` belong together; `other` is the question
    that says otherwise, for `differs`.
    """

    kind: str
    code: str
    labels: tuple[str, ...]
    numbers: tuple[int, ...]
    other: str = ""


@dataclass(frozen=True, slots=True)
class DatedEvidence:
    """A record whose own dates speak against it here.

    `kind`: `old` (dated before the year), `earlier_year` (kept in an earlier year, undated) or `other_quarter`.
    """

    kind: str
    record: Evidence
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Codes of questions: not answered at all, counts given in part, answered without evidence."""

    blank: tuple[str, ...]
    partial: tuple[str, ...]
    unproven: tuple[str, ...]


def gaps(work: UnitWork) -> Gaps:
    given = work.sheet.values
    open_codes = [code for code in work.sheet.instrument.question_ids if code not in work.answered]
    return Gaps(
        blank=tuple(code for code in open_codes if code not in given),
        partial=tuple(code for code in open_codes if code in given),
        unproven=tuple(code for code in work.sheet.instrument.question_ids if code in work.answered - work.proven),
    )


def findings(instrument: scoring.Instrument, answers: Mapping[str, scoring.Answer]) -> tuple[Finding, ...]:
    """Contradictions of a whole worksheet, in its order."""
    found = [item for code, answer in answers.items() for item in question_findings(instrument.question(code), answer)]
    found.extend(_differences(instrument, answers))
    order = {question.code: place for place, question in enumerate(instrument.questions)}
    return tuple(sorted(found, key=lambda item: order[item.code]))


def evidence_findings(assessment: Assessment) -> tuple[DatedEvidence, ...]:
    """Standing evidence from before the period's year, or said to be valid for other quarters; one query.

    Each record once, with its questions in the order of the worksheet.
    """
    period = assessment.period
    codes = stored_instrument(period.instrument).codes
    uses = EvidenceUse.objects.filter(assessment=assessment, evidence__withdrawn_at__isnull=True)
    records: dict[int, Evidence] = {}
    used: defaultdict[int, list[str]] = defaultdict(list)
    for use in uses.select_related("evidence").order_by("question__position", "evidence_id"):
        records[use.evidence_id] = use.evidence
        used[use.evidence_id].append(codes[use.question_id])
    found = ((_dated(record, period), record) for record in records.values())
    return tuple(DatedEvidence(kind, record, tuple(used[record.pk])) for kind, record in found if kind)


def _dated(record: Evidence, period: Period) -> str:
    if record.document_date is not None and record.document_date.year < period.year:
        return "old"
    if record.year < period.year:
        return "" if record.document_date else "earlier_year"
    return "other_quarter" if record.quarters and str(period.quarter) not in record.quarters else ""


def question_findings(question: scoring.Question, answer: scoring.Answer | None) -> Iterator[Finding]:
    """Contradictions inside one answer."""
    if isinstance(answer, scoring.Counts):
        yield from _excesses(question, answer)
    if isinstance(answer, scoring.Index) and question.respondents_min is not None:
        label = next((item.label for item in question.inputs if item.key == "respondents"), "")
        if answer.respondents is None:
            yield Finding("no_respondents", question.code, (label,), (question.respondents_min,))
        elif answer.respondents < question.respondents_min:
            numbers = (answer.respondents, question.respondents_min)
            yield Finding("few_respondents", question.code, (label,), numbers)


def _excesses(question: scoring.Question, answer: scoring.Counts) -> Iterator[Finding]:
    labels = {item.key: item.label for item in question.inputs} | {item.key: item.label for item in question.derived}
    numbers = dict(answer.values)
    for item in question.derived:
        if item.formula.names <= answer.values.keys():
            numbers[item.key] = int(item.formula.evaluate(answer.values))
    for small, large in LIMITS:
        if small in numbers and large in numbers and numbers[small] > numbers[large]:
            yield Finding("exceeds", question.code, (labels[small], labels[large]), (numbers[small], numbers[large]))
    for keys in PARTS:
        if numbers.keys() >= set(keys):
            one, other, whole = (numbers[key] for key in keys)
            if max(one, other) <= whole < one + other:
                yield Finding("together", question.code, tuple(labels[key] for key in keys), (one, other, whole))


def _differences(instrument: scoring.Instrument, answers: Mapping[str, scoring.Answer]) -> Iterator[Finding]:
    """A count that two questions of one sub-area ask for must be the same."""
    for (_node, key), asked in _shared_inputs(instrument).items():
        counts = [(code, label, _count(answers.get(code), key)) for code, label in asked]
        told = [(code, label, number) for code, label, number in counts if number is not None]
        for code, label, number in told[1:]:
            first, _label, earlier = told[0]
            if number != earlier:
                yield Finding("differs", code, (label,), (earlier, number), other=first)


def _count(answer: scoring.Answer | None, key: str) -> int | None:
    return answer.values.get(key) if isinstance(answer, scoring.Counts) else None


def _shared_inputs(instrument: scoring.Instrument) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Node and key of an input that several questions of the node ask for, with these questions."""
    found: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for question in instrument.questions:
        if question.scale is scoring.Scale.RATIO:
            for item in question.inputs:
                found[question.node, item.key].append((question.code, item.label))
    return {place: asked for place, asked in found.items() if len(asked) > 1}
