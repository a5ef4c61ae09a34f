"""Who of TPI scores a worksheet, and in which of the two slots."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Subquery

from assessments import permissions
from assessments.models import Assessment, Scorer, TransitionRecord
from units import permissions as who
from units.models import Team, TeamAssignment, User

FIRST, SECOND = 1, 2


def active_scorers(assessment_id: int) -> tuple[Scorer, ...]:
    """The scorers of a worksheet now, by slot, with their users; one query."""
    rows = Scorer.objects.filter(assessment=assessment_id, ended_at__isnull=True)
    return tuple(rows.select_related("user").order_by("slot"))


def slots_of(scoring: str) -> tuple[int, ...]:
    return (FIRST, SECOND) if scoring == Team.Scoring.PAIRED else (FIRST,)


def scoring_of(assessment: Assessment) -> str:
    """How the worksheet is scored, or will be: its TPI's way until the first review starts; at most one query."""
    if assessment.state not in (Assessment.State.DRAFT, Assessment.State.SUBMITTED):
        return assessment.scoring
    teams = TeamAssignment.objects.filter(
        unit=OuterRef("unit"), team__kind=Team.Kind.TPI, team__is_active=True
    ).order_by("pk")
    started = TransitionRecord.objects.filter(assessment=OuterRef("pk"), action="start")
    row = Assessment.objects.filter(pk=assessment.pk).values_list(
        Exists(started), Subquery(teams.values("team__scoring")[:1])
    )
    has_started, of_team = row.get()
    return assessment.scoring if has_started or of_team is None else of_team


def slot_of(user: User, assessment: Assessment) -> int | None:
    """The slot in which the person scores this worksheet; None for everybody who does not.

    Own active slot; 1 for any member of the TPI where one scores and nobody is assigned. At most two queries; inside
    a write, ask after `transitions.lock`.
    """
    return slot_among(active_scorers(assessment.pk), user, assessment)


def slot_among(scorers: Iterable[Scorer], user: User, assessment: Assessment) -> int | None:
    """As slot_of, of scorers that were read already."""
    if who.TPI_MEMBER not in permissions.evaluator_roles(user, assessment):
        return None
    slots = {row.user_id: row.slot for row in scorers}
    if not slots:
        return None if scoring_of(assessment) == Team.Scoring.PAIRED else FIRST
    slot = slots.get(user.pk)
    return None if slot == SECOND and scoring_of(assessment) != Team.Scoring.PAIRED else slot


def is_staffed(assessment: Assessment) -> bool:
    """Whether scoring may start: paired scoring needs both slots held; at most two queries."""
    wanted = slots_of(scoring_of(assessment))
    return wanted == (FIRST,) or {row.slot for row in active_scorers(assessment.pk)} == set(wanted)


def units_of_scorer(user_id: int, period_id: int) -> int:
    """How many units the person scores in a period, released ones included; one query."""
    mine = Scorer.objects.filter(user=user_id, assessment__period=period_id, ended_at__isnull=True)
    return mine.order_by().values("assessment__unit").distinct().count()
