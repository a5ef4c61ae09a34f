"""Work lists of evaluators and assistants: whose turn it is, how far each unit is, until when."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from assessments import permissions, scoring
from assessments.models import Answer, Assessment, Period
from assessments.queries.answers import same_answer
from assessments.queries.instruments import stored_instrument
from units import permissions as who
from units.models import User
from units.permissions import access_of

State = Assessment.State
UNIT = "unit"
# Who has to act in a state; FINAL waits for nobody.
TURNS = {
    State.DRAFT: UNIT,
    State.RETURNED: UNIT,
    State.REOPENED: UNIT,
    State.SUBMITTED: who.TPI_MEMBER,
    State.REVIEW_MEMBER: who.TPI_MEMBER,
    State.REVIEW_LEAD: who.TPI_LEAD,
    State.REVIEW_CONTROLLER: who.TPI_CONTROLLER,
    State.FINAL: "",
}
GIVEN = ~Q(choice="") | Q(inputs__isnull=False)


@dataclass(frozen=True)
class Progress:
    """Counts of one assessment's questions."""

    answered: int = 0
    scored: int = 0
    different: int = 0


@dataclass(frozen=True)
class QueueRow:
    """One assigned unit in a period. `roles` are the reader's; empty where the unit is the reader's own."""

    assessment: Assessment
    roles: frozenset[str]
    progress: Progress
    total: int
    deadline: datetime
    turn: str
    is_own_unit: bool
    is_closed: bool

    @property
    def is_my_turn(self) -> bool:
        return self.turn in self.roles and not self.is_closed

    @property
    def is_evaluator(self) -> bool:
        return bool(self.roles & set(who.TPI_ROLES))


@dataclass(frozen=True)
class Queue:
    """The rows of the chosen period, the reader's turns first; `periods` newest first."""

    rows: tuple[QueueRow, ...]
    periods: tuple[tuple[str, str], ...]
    chosen: str

    @property
    def mine(self) -> tuple[QueueRow, ...]:
        return tuple(row for row in self.rows if row.is_my_turn)


def evaluation_queue(user: User, now: datetime, chosen: str = "") -> Queue:
    """The reader's assigned units in the period `chosen` (`2024-2`; the newest otherwise); five queries at most."""
    access = access_of(user)
    units = access.units_as(*who.TPI_ROLES, who.ASSISTANT)
    rows = Period.objects.filter(assessments__unit__in=units).distinct().order_by("-year", "-quarter", "agency")
    periods = {period.code: period.label for period in rows}
    code = chosen if chosen in periods else next(iter(periods), "")
    if not code:
        return Queue((), (), "")
    year, _, quarter = code.partition("-")
    assessments = list(
        Assessment.objects.visible_to(user)
        .filter(unit__in=units, period__year=year, period__quarter=quarter)
        .select_related("unit__agency", "period__instrument")
    )
    counts = progress_of(assessments)
    found = [_row(user, assessment, counts[assessment.pk], now) for assessment in assessments]
    found.sort(key=lambda row: (not row.is_my_turn, row.assessment.unit.agency.name, row.assessment.unit.name))
    return Queue(tuple(found), tuple(periods.items()), code)


def _row(user: User, assessment: Assessment, progress: Progress, now: datetime) -> QueueRow:
    access = access_of(user)
    roles = set(permissions.evaluator_roles(user, assessment))
    if permissions.can_assist(user, assessment):
        roles.add(who.ASSISTANT)
    window = permissions.window_of(assessment)
    turn = TURNS[State(assessment.state)]
    return QueueRow(
        assessment=assessment,
        roles=frozenset(roles),
        progress=progress,
        total=len(stored_instrument(assessment.period.instrument).codes),
        deadline=window.deadline(assessment.state) if turn == UNIT else window.review_until,
        turn=turn,
        is_own_unit=access.belongs_to(assessment.unit_id),
        is_closed=not window.reviewers_may_write(now),
    )


def progress_of(assessments: Iterable[Assessment]) -> Mapping[int, Progress]:
    """Answered, scored and differing questions of each; three queries for any number."""
    rows = {assessment.pk: assessment for assessment in assessments}
    mine = Answer.objects.filter(assessment__in=rows)
    counted = {
        row["assessment_id"]: row
        for row in mine.order_by()
        .values("assessment_id")
        .annotate(
            answered=Count("pk", filter=GIVEN & Q(stage=Answer.Stage.UNIT)),
            scored=Count("pk", filter=Q(stage=Answer.Stage.MEMBER)),
        )
    }
    different = _different_choices(rows) + _different_numbers(rows)
    none = {"answered": 0, "scored": 0}
    return {
        pk: Progress(counted.get(pk, none)["answered"], counted.get(pk, none)["scored"], different.get(pk, 0))
        for pk in rows
    }


def _different_choices(rows: Mapping[int, Assessment]) -> Counter[int]:
    """Scores by option, or blank ones, that differ from the unit's option."""
    own = Answer.objects.filter(
        assessment=OuterRef("assessment"), question=OuterRef("question"), stage=Answer.Stage.UNIT
    )
    scored = (
        Answer.objects.filter(assessment__in=rows, stage=Answer.Stage.MEMBER, question__scale__in=_choice_scales())
        .annotate(own=Coalesce(Subquery(own.values("choice")[:1]), Value("")))
        .exclude(own=F("choice"))
    )
    return Counter(scored.order_by().values_list("assessment_id", flat=True))


def _different_numbers(rows: Mapping[int, Assessment]) -> Counter[int]:
    """Computed questions are compared as scoring reads them: 3,6 and 3,60 are the same index."""
    found: dict[tuple[int, int], dict[str, object]] = {}
    answers = Answer.objects.filter(assessment__in=rows).exclude(question__scale__in=_choice_scales())
    for pk, question_id, stage, inputs in answers.values_list("assessment_id", "question_id", "stage", "inputs"):
        found.setdefault((pk, question_id), {})[stage] = inputs
    different: Counter[int] = Counter()
    for (pk, question_id), sides in found.items():
        if Answer.Stage.MEMBER not in sides:
            continue
        instrument = stored_instrument(rows[pk].period.instrument)
        question = instrument.value.question(instrument.codes[question_id])
        own, theirs = (
            scoring.read_answer(question, sides.get(stage)) for stage in (Answer.Stage.UNIT, Answer.Stage.MEMBER)
        )
        different[pk] += not same_answer(question, own, theirs)
    return different


def _choice_scales() -> list[str]:
    return [scale.value for scale in scoring.Scale if scale.is_choice]
