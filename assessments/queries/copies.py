"""What an earlier quarter offers to this one: copies that wait to be checked, and what could still be copied."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from assessments import scoring
from assessments.models import Answer, AnswerCopy, Assessment, Evidence, EvidenceUse
from assessments.queries.answers import unit_sheet
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import UnitWork, area_number, unit_work
from assessments.services.transitions import open_questions

RESULTS = "hasil"


def copies_of(assessment: Assessment, question_ids: Iterable[int] | None = None) -> dict[str, AnswerCopy]:
    """The copies that wait to be checked, by question code, each with its `source.period`.

    One query, and a second one where there is a copy: `evidence_offered` needs no further one. `question_ids` limits
    them to the questions of a page.
    """
    codes = stored_instrument(assessment.period.instrument).codes
    wanted = list(codes if question_ids is None else question_ids)
    waiting = AnswerCopy.objects.filter(assessment=assessment).select_related("source__period")
    if question_ids is not None:
        waiting = waiting.filter(question__in=wanted)
    uses = Prefetch("source__evidence_uses", queryset=_standing_uses(codes[pk] for pk in wanted))
    return {codes[row.question_id]: row for row in waiting.order_by("question__position").prefetch_related(uses)}


def evidence_offered(copy: AnswerCopy, code: str) -> list[Evidence]:
    """Records that the earlier answer used and that still stand; no query for a copy of `copies_of`."""
    return [use.evidence for use in copy.source.evidence_uses.all() if use.question.code == code]


def waiting_copies(assessment: Assessment) -> frozenset[str]:
    """Codes of the questions with a copy that nobody has checked; one query."""
    codes = stored_instrument(assessment.period.instrument).codes
    rows = AnswerCopy.objects.filter(assessment=assessment).values_list("question_id", flat=True)
    return frozenset(codes[pk] for pk in rows)


def _standing_uses(codes: Iterable[str]) -> QuerySet[EvidenceUse]:
    return (
        EvidenceUse.objects.filter(evidence__withdrawn_at__isnull=True, question__code__in=list(codes))
        .select_related("evidence", "question")
        .order_by("attached_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class AreaOffer:
    """What could be copied in an area: `offered` codes with `evidence` records; the rest by the reason against it."""

    key: str
    number: int | None
    name: str
    questions: int
    offered: tuple[str, ...]
    evidence: int
    answered: int
    waiting: int
    closed: int
    absent: int


@dataclass(frozen=True)
class Offer:
    """What `source`, the latest earlier quarter with answers, offers."""

    source: Assessment
    answers: Mapping[str, Answer]
    areas: tuple[AreaOffer, ...]

    @property
    def offered(self) -> tuple[str, ...]:
        return tuple(code for area in self.areas for code in area.offered)

    @property
    def evidence(self) -> int:
        return sum(area.evidence for area in self.areas)


def copy_source(assessment: Assessment) -> Assessment | None:
    """The unit's latest earlier quarter with an answer of its own; one query."""
    period = assessment.period
    earlier = Q(period__year__lt=period.year) | Q(period__year=period.year, period__quarter__lt=period.quarter)
    given = Answer.objects.filter(assessment=OuterRef("pk"), stage=Answer.Stage.UNIT)
    return (
        Assessment.objects.filter(earlier, Exists(given.exclude(choice="", inputs__isnull=True)))
        .filter(unit_id=assessment.unit_id)
        .select_related("period__instrument")
        .order_by("-period__year", "-period__quarter")
        .first()
    )


def copy_offer(assessment: Assessment, areas: Collection[int | None]) -> Offer | None:
    """What may be copied into these areas (1-6; None for hasil); None without an earlier quarter. At most six queries.

    Only questions that nobody has answered, that no copy waits for, and that this round has opened. An answer that
    this instrument cannot read is absent.
    """
    source = copy_source(assessment)
    if source is None:
        return None
    work = unit_work(assessment)
    answers = _readable(work.sheet.instrument.value, source)
    state = _states(assessment, work, answers)
    files = Counter(_standing_uses(answers).filter(assessment=source).values_list("question__code", flat=True))
    parts = [_area_offer(area, codes, state, files) for area, codes in _by_area(work, areas).items()]
    return Offer(source, answers, tuple(parts))


def _readable(instrument: scoring.Instrument, source: Assessment) -> dict[str, Answer]:
    found = {}
    for code, row in unit_sheet(source).rows.items():
        if not instrument.has_question(code):
            continue
        try:
            answer = scoring.read_answer(instrument.question(code), row.raw)
        except scoring.AnswerError:
            continue
        if answer is not None:
            found[code] = row
    return found


def _states(assessment: Assessment, work: UnitWork, answers: Mapping[str, Answer]) -> dict[str, str]:
    """`answered`, `waiting`, `closed`, `absent` or `offered` for every question."""
    given, waiting, opened = work.sheet.values, waiting_copies(assessment), open_questions(assessment)

    def state(code: str, pk: int) -> str:
        if code in given:
            return "answered"
        if code in waiting:
            return "waiting"
        if opened is not None and pk not in opened:
            return "closed"
        return "offered" if code in answers else "absent"

    return {code: state(code, pk) for code, pk in work.sheet.instrument.question_ids.items()}


def _by_area(work: UnitWork, areas: Collection[int | None]) -> dict[tuple[int | None, str], list[str]]:
    """(Number, name) -> codes, in the order of the areas."""
    instrument = work.sheet.instrument.value
    names: dict[int | None, str] = {area.number: area.name for area in instrument.areas}
    names[None] = instrument.node("B").name
    found: defaultdict[int | None, list[str]] = defaultdict(list)
    for question in instrument.questions:
        found[area_number(instrument, question.node)].append(question.code)
    return {(number, name): found[number] for number, name in names.items() if number in areas}


def _area_offer(
    area: tuple[int | None, str], codes: list[str], state: Mapping[str, str], files: Mapping[str, int]
) -> AreaOffer:
    number, name = area
    counts = Counter(state[code] for code in codes)
    offered = tuple(code for code in codes if state[code] == "offered")
    return AreaOffer(
        key=str(number or RESULTS),
        number=number,
        name=name,
        questions=len(codes),
        offered=offered,
        evidence=sum(files.get(code, 0) for code in offered),
        answered=counts["answered"],
        waiting=counts["waiting"],
        closed=counts["closed"],
        absent=counts["absent"],
    )
