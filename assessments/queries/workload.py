"""The assignment board: who of TPI scores which unit, what is left of it, until when, and how long a question takes.

What a blind slot holds is only counted here, never read; lead and Inspector see the counts, the two scorers do not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from statistics import median

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from assessments.models import Answer, AnswerRevision, Assessment, BlindScore, EvidenceUse, Period, Scorer
from assessments.models import TransitionRecord as Record
from assessments.queries.instruments import stored_instrument
from assessments.queries.reports import in_order
from assessments.queries.scorers import slots_of
from units import permissions as who
from units.models import Agency, Team, TeamAssignment, TeamMember, User
from units.permissions import access_of
from units.services.changes import day_of

State = Assessment.State
# A longer pause between two scores is not time spent on a question.
PAUSE_SECONDS = 30 * 60
# Where a member has to score now, or will have to.
MEMBERS_TURN_COMES = (*Assessment.EDITABLE, State.SUBMITTED, State.REVIEW_MEMBER)
WITH_UNIT, OPEN, PASSED_ON = "with_unit", "open", "passed_on"


@dataclass(frozen=True, slots=True)
class Task:
    """A worksheet in the hands of one scorer; `done` of `total` questions are scored and up to date."""

    assessment: Assessment
    scorer: Scorer
    done: int
    total: int
    deadline: datetime
    phase: str
    is_overdue: bool
    is_paired: bool

    @property
    def left(self) -> int:
        """Questions that wait for this scorer now."""
        return self.total - self.done if self.phase == OPEN else 0

    @property
    def is_movable(self) -> bool:
        return self.assessment.state != State.FINAL


@dataclass(frozen=True, slots=True)
class Gap:
    """A slot of a worksheet that nobody holds; a single one may be scored by any member meanwhile."""

    assessment: Assessment
    slot: int
    is_paired: bool

    @property
    def key(self) -> str:
        return f"{self.assessment.pk}-{self.slot}"


@dataclass(frozen=True)
class Load:
    """One evaluator of a team. `units` counts all their units of the period, `tasks` those of the team."""

    key: str
    user: User
    tasks: tuple[Task, ...]
    units: int
    limit: int
    seconds: float | None
    is_member: bool

    @property
    def is_over(self) -> bool:
        return self.units > self.limit

    @property
    def done(self) -> int:
        return sum(task.done for task in self.tasks if task.phase != WITH_UNIT)

    @property
    def left(self) -> int:
        return sum(task.left for task in self.tasks)

    @property
    def waiting(self) -> int:
        """Worksheets that are still, or again, with their unit."""
        return sum(task.phase == WITH_UNIT for task in self.tasks)

    @property
    def passed_on(self) -> int:
        return sum(task.phase == PASSED_ON for task in self.tasks)

    @property
    def overdue(self) -> int:
        return sum(task.is_overdue for task in self.tasks)

    @property
    def next_deadline(self) -> datetime | None:
        return min((task.deadline for task in self.tasks if task.phase == OPEN), default=None)

    @property
    def movable(self) -> tuple[Task, ...]:
        return tuple(task for task in self.tasks if task.is_movable)


@dataclass(frozen=True)
class TeamLoad:
    """A team with its evaluators, those who left while holding work included, and what nobody holds."""

    team: Team
    loads: tuple[Load, ...]
    gaps: tuple[Gap, ...]
    units: int

    @property
    def members(self) -> tuple[User, ...]:
        return tuple(load.user for load in self.loads if load.is_member)

    @property
    def is_paired(self) -> bool:
        return self.team.scoring == Team.Scoring.PAIRED


@dataclass(frozen=True)
class Workload:
    """The board of one period; `teamless` are units without an active TPI."""

    agency: Agency
    period: Period
    teams: tuple[TeamLoad, ...]
    teamless: tuple[Assessment, ...]

    @cached_property
    def tasks(self) -> Mapping[int, Task]:
        return {task.scorer.pk: task for team in self.teams for load in team.loads for task in load.tasks}

    @cached_property
    def gaps(self) -> Mapping[str, Gap]:
        return {gap.key: gap for team in self.teams for gap in team.gaps}

    @cached_property
    def people(self) -> Mapping[int, User]:
        return {user.pk: user for team in self.teams for user in team.members}

    @property
    def units(self) -> int:
        return sum(team.units for team in self.teams) + len(self.teamless)

    @property
    def unassigned(self) -> int:
        return len({gap.assessment.pk for gap in self.gaps.values()}) + len(self.teamless)

    @property
    def left(self) -> int:
        return sum(task.left for task in self.tasks.values())

    @property
    def overdue(self) -> int:
        return len({task.assessment.pk for task in self.tasks.values() if task.is_overdue})


def assignable(user: User) -> QuerySet[Assessment]:
    """The worksheets that the person may share out (`permissions.can_assign`), as one query."""
    access = access_of(user)
    own = access.units_as(who.UNIT_MEMBER, who.UNIT_HEAD)
    mine = Q(unit__in=access.units_as(who.TPI_LEAD)) | Q(period__agency__in=access.agencies_as(who.INSPECTOR))
    return Assessment.objects.filter(mine).exclude(unit__in=own)


def workload_periods(user: User) -> list[Period]:
    """The periods with something to share out, the newest first; one query."""
    rows = Period.objects.filter(pk__in=assignable(user).order_by().values("period"))
    return list(rows.select_related("agency").order_by("-year", "-quarter", "agency__name"))


def workload(user: User, period: Period, now: datetime) -> Workload:
    """What this person may share out in a period; nine queries for any number of units."""
    found = _worksheets(user, period)
    teams = _teams(found)
    members = _members(teams.values(), day_of(now))
    scorers = _scorers(found)
    counted = _counted(found)
    tasks = [_task(found[row.assessment_id], row, counted, teams, now) for row in scorers]
    sections = _Sections(period.agency, found, teams, members, tasks, _units_by_person(period), _seconds(found))
    ordered = sorted({team.pk: team for team in teams.values()}.values(), key=lambda team: (team.name, team.pk))
    return Workload(
        agency=period.agency,
        period=period,
        teams=tuple(sections.of(team) for team in ordered),
        teamless=tuple(row for row in found.values() if row.unit_id not in teams and row.state != State.FINAL),
    )


@dataclass(frozen=True)
class _Sections:
    """What was read, to be laid out by team."""

    agency: Agency
    found: Mapping[int, Assessment]
    teams: Mapping[int, Team]
    members: Mapping[int, list[User]]
    tasks: list[Task]
    units: Mapping[int, int]
    seconds: Mapping[int, float]

    def of(self, team: Team) -> TeamLoad:
        here = [row for row in self.found.values() if self.teams.get(row.unit_id) == team]
        held: defaultdict[User, list[Task]] = defaultdict(list)
        for task in self.tasks:
            if self.teams.get(task.assessment.unit_id) == team:
                held[task.scorer.user].append(task)
        members = self.members.get(team.pk, [])
        people = [*members, *sorted(set(held) - set(members), key=lambda user: user.full_name)]
        loads = tuple(self._load(team, user, held.get(user, []), user in members) for user in people)
        taken = {(task.assessment.pk, task.scorer.slot) for task in self.tasks}
        gaps = tuple(gap for row in here for gap in _gaps(row, team, taken))
        return TeamLoad(team, loads, gaps, len(here))

    def _load(self, team: Team, user: User, tasks: list[Task], is_member: bool) -> Load:
        units, limit = self.units.get(user.pk, 0), self.agency.member_unit_limit
        return Load(f"{team.pk}-{user.pk}", user, tuple(tasks), units, limit, self.seconds.get(user.pk), is_member)


def _worksheets(user: User, period: Period) -> dict[int, Assessment]:
    started = Record.objects.filter(assessment=OuterRef("pk"), action="start")
    rows = assignable(user).filter(period=period).select_related("unit__agency", "period__instrument")
    ordered = sorted(rows.annotate(has_started=Exists(started)), key=lambda row: in_order(row.unit))
    return {row.pk: row for row in ordered}


def _teams(found: Mapping[int, Assessment]) -> dict[int, Team]:
    """Unit id -> its TPI."""
    units = [row.unit_id for row in found.values()]
    rows = TeamAssignment.objects.filter(unit__in=units, team__kind=Team.Kind.TPI, team__is_active=True)
    return {row.unit_id: row.team for row in rows.select_related("team").order_by("-pk")}


def _members(teams: Iterable[Team], day: date) -> dict[int, list[User]]:
    rows = TeamMember.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        valid_from__lte=day,
        team__in=set(teams),
        role=TeamMember.Role.MEMBER,
        user__is_active=True,
    )
    found: defaultdict[int, list[User]] = defaultdict(list)
    for row in rows.select_related("user").order_by("user__full_name", "user_id"):
        found[row.team_id].append(row.user)
    return found


def _scorers(found: Mapping[int, Assessment]) -> list[Scorer]:
    rows = Scorer.objects.filter(assessment__in=found, ended_at__isnull=True).select_related("user")
    place = {pk: position for position, pk in enumerate(found)}
    return sorted(rows, key=lambda row: (place[row.assessment_id], row.slot))


def _is_paired(assessment: Assessment, team: Team | None) -> bool:
    """As queries.scorers.scoring_of, from what was read already."""
    is_new = assessment.state in (State.DRAFT, State.SUBMITTED) and not assessment.has_started  # type: ignore[attr-defined]
    scoring = team.scoring if is_new and team is not None else assessment.scoring
    return scoring == Team.Scoring.PAIRED


def _gaps(assessment: Assessment, team: Team, taken: set[tuple[int, int]]) -> list[Gap]:
    if assessment.state not in MEMBERS_TURN_COMES:
        return []
    is_paired = _is_paired(assessment, team)
    slots = slots_of(Team.Scoring.PAIRED if is_paired else Team.Scoring.SINGLE)
    return [Gap(assessment, slot, is_paired) for slot in slots if (assessment.pk, slot) not in taken]


def _task(
    assessment: Assessment,
    scorer: Scorer,
    counted: Mapping[tuple[int, int], int],
    teams: Mapping[int, Team],
    now: datetime,
) -> Task:
    is_paired = _is_paired(assessment, teams.get(assessment.unit_id))
    total = len(stored_instrument(assessment.period.instrument).codes)
    phase = _phase(assessment, scorer)
    standing = counted.get((assessment.pk, 0), 0)
    done = standing + (counted.get((assessment.pk, scorer.slot), 0) if is_paired else 0)
    deadline = assessment.window.review_until
    return Task(
        assessment=assessment,
        scorer=scorer,
        done=total if phase == PASSED_ON else done,
        total=total,
        deadline=deadline,
        phase=phase,
        is_overdue=phase == OPEN and deadline <= now,
        is_paired=is_paired,
    )


def _phase(assessment: Assessment, scorer: Scorer) -> str:
    if assessment.state in Assessment.EDITABLE:
        return WITH_UNIT
    if assessment.state in (State.SUBMITTED, State.REVIEW_MEMBER) and scorer.handed_in_at is None:
        return OPEN
    return PASSED_ON


def _counted(found: Mapping[int, Assessment]) -> dict[tuple[int, int], int]:
    """Scores by worksheet and slot.

    Slot 0: what members gave, as far as it is not older than what it judges. 1 and 2: the blind scores of this round
    beside these.
    """
    standing = Answer.objects.filter(assessment__in=found, stage=Answer.Stage.MEMBER).filter(_up_to_date())
    one = standing.order_by().values("assessment_id").annotate(number=Count("pk"))
    counted = {(row["assessment_id"], 0): row["number"] for row in one}
    here = standing.filter(assessment=OuterRef("assessment"), question=OuterRef("question"))
    given = BlindScore.objects.filter(assessment__in=found, is_withdrawn=False, round=F("assessment__round"))
    blind = given.exclude(Exists(here))
    two = blind.order_by().values("assessment_id", "slot").annotate(number=Count("pk"))
    return counted | {(row["assessment_id"], row["slot"]): row["number"] for row in two}


def _up_to_date() -> Q:
    """Nothing of a first round can have changed; later ones are compared with answer and evidence."""
    here = {"assessment": OuterRef("assessment"), "question": OuterRef("question")}
    answer = Answer.objects.filter(**here, stage=Answer.Stage.UNIT, updated_at__gt=OuterRef("updated_at"))
    moments = ("attached_at", "evidence__withdrawn_at", "evidence__files__uploaded_at", "evidence__files__retired_at")
    newer = Q()
    for moment in moments:
        newer |= Q(**{f"{moment}__gt": OuterRef("updated_at")})
    evidence = EvidenceUse.objects.filter(newer, **here)
    return Q(assessment__round=1) | (~Exists(answer) & ~Exists(evidence))


def _units_by_person(period: Period) -> dict[int, int]:
    """How many units each person holds in the period, those of other teams included."""
    rows = Scorer.objects.filter(assessment__period=period, ended_at__isnull=True).order_by()
    counted = rows.values("user_id").annotate(number=Count("assessment__unit", distinct=True))
    return {row["user_id"]: row["number"] for row in counted}


def _seconds(found: Mapping[int, Assessment]) -> dict[int, float]:
    """The median time from one score to the next of the same person on the same worksheet, without pauses."""
    typed = AnswerRevision.objects.filter(
        answer__assessment__in=found,
        answer__stage=Answer.Stage.MEMBER,
        origin=AnswerRevision.Origin.TYPED,
        by__isnull=False,
    )
    blind = BlindScore.objects.filter(assessment__in=found, is_withdrawn=False)
    moments: defaultdict[tuple[int, int], list[datetime]] = defaultdict(list)
    for user_id, assessment_id, at in (
        typed.order_by()
        .values_list("by_id", "answer__assessment_id", "at")
        .union(blind.order_by().values_list("updated_by_id", "assessment_id", "updated_at"), all=True)
    ):
        moments[user_id, assessment_id].append(at)
    gaps: defaultdict[int, list[float]] = defaultdict(list)
    for (user_id, _assessment), times in moments.items():
        times.sort()
        steps = ((later - sooner).total_seconds() for sooner, later in pairwise(times))
        gaps[user_id] += [step for step in steps if 0 < step <= PAUSE_SECONDS]
    return {user_id: median(steps) for user_id, steps in gaps.items() if steps}
