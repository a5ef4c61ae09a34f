"""Work lists of evaluators and assistants: whose turn it is, how far each unit is, until when."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from assessments import permissions, scoring
from assessments.models import Answer, Assessment, BlindScore, Period, Scorer
from assessments.queries.answers import (
    TPI_STAGES,
    Sheet,
    by_force,
    disagreements,
    same_answer,
    scores_in_force,
    sheets_of,
)
from assessments.queries.instruments import stored_instrument
from assessments.queries.paired import is_blind, with_slot
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
# Questions that TPI scored, at whatever stage.
SCORED = Count("question", filter=Q(stage__in=TPI_STAGES), distinct=True)


@dataclass(frozen=True)
class Progress:
    """Counts of one assessment's questions."""

    answered: int = 0
    scored: int = 0
    different: int = 0


@dataclass(frozen=True)
class QueueRow:
    """One assigned unit in a period. `roles` are the reader's; empty where the unit is the reader's own.

    `is_others` where a member's turn was given to other members.
    """

    assessment: Assessment
    roles: frozenset[str]
    progress: Progress
    total: int
    deadline: datetime
    turn: str
    is_own_unit: bool
    is_closed: bool
    is_others: bool = False

    @property
    def is_my_turn(self) -> bool:
        return self.turn in self.roles and not self.is_closed and not self.is_others

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
    """The reader's assigned units in the period `chosen` (`2024-2`; the newest otherwise); seven queries at most."""
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
    scorers = _scorers(assessments)
    counts = {**progress_of(assessments), **_own_blind(user, assessments, scorers)}
    found = [
        _row(user, assessment, counts[assessment.pk], scorers.get(assessment.pk, {}), now) for assessment in assessments
    ]
    found.sort(key=lambda row: (not row.is_my_turn, row.assessment.unit.agency.name, row.assessment.unit.name))
    return Queue(tuple(found), tuple(periods.items()), code)


def _scorers(assessments: Iterable[Assessment]) -> dict[int, dict[int, int]]:
    """Assessment id -> user id -> slot, of those that are given to somebody; one query."""
    rows = Scorer.objects.filter(assessment__in=assessments, ended_at__isnull=True)
    found: dict[int, dict[int, int]] = {}
    for pk, user_id, slot in rows.order_by().values_list("assessment_id", "user_id", "slot"):
        found.setdefault(pk, {})[user_id] = slot
    return found


def _own_blind(
    user: User, assessments: Iterable[Assessment], scorers: Mapping[int, Mapping[int, int]]
) -> dict[int, Progress]:
    """How far the reader is where two score blind, the other one's work left out; two queries, none without such."""
    mine = {
        row.pk: (row, scorers[row.pk][user.pk])
        for row in assessments
        if is_blind(row) and user.pk in scorers.get(row.pk, {})
    }
    if not mine:
        return {}
    answers: dict[int, list[Answer]] = {pk: [] for pk in mine}
    for answer in Answer.objects.filter(assessment__in=mine):
        answers[answer.assessment_id].append(answer)
    given: dict[int, list[BlindScore]] = {pk: [] for pk in mine}
    for score in BlindScore.objects.filter(assessment__in=mine, round=F("assessment__round")):
        if score.slot == mine[score.assessment_id][1]:
            given[score.assessment_id].append(score)
    return {pk: _progress(*sheets_of(row, answers[pk]), given[pk]) for pk, (row, _slot) in mine.items()}


def _progress(own: Sheet, standing: Sheet, given: Iterable[BlindScore]) -> Progress:
    theirs = with_slot(standing, given)
    answered = sum(row.raw is not None for row in own.rows.values())
    return Progress(answered, len(theirs.rows), len(disagreements(own, theirs)))


def _row(user: User, assessment: Assessment, progress: Progress, scorers: Mapping[int, int], now: datetime) -> QueueRow:
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
        is_others=turn == who.TPI_MEMBER and bool(scorers) and user.pk not in scorers,
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
            scored=SCORED,
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
        scores_in_force()
        .filter(assessment__in=rows, question__scale__in=_choice_scales())
        .annotate(own=Coalesce(Subquery(own.values("choice")[:1]), Value("")))
        .exclude(own=F("choice"))
    )
    return Counter(scored.order_by().values_list("assessment_id", flat=True))


def _different_numbers(rows: Mapping[int, Assessment]) -> Counter[int]:
    """Computed questions are compared as scoring reads them: 3,6 and 3,60 are the same index."""
    found: dict[tuple[int, int], dict[bool, Answer]] = {}
    answers = Answer.objects.filter(assessment__in=rows).exclude(question__scale__in=_choice_scales())
    for row in by_force(answers.only("assessment", "question", "stage", "round", "choice", "inputs")):
        found.setdefault((row.assessment_id, row.question_id), {})[row.stage == Answer.Stage.UNIT] = row
    different: Counter[int] = Counter()
    for (pk, question_id), sides in found.items():
        if False not in sides:
            continue
        instrument = stored_instrument(rows[pk].period.instrument)
        question = instrument.value.question(instrument.codes[question_id])
        own, theirs = (
            scoring.read_answer(question, sides[side].raw if side in sides else None) for side in (True, False)
        )
        different[pk] += not same_answer(question, own, theirs)
    return different


def _choice_scales() -> list[str]:
    return [scale.value for scale in scoring.Scale if scale.is_choice]
