"""Who may do what with an assessment: one predicate per act, composed from units.permissions and windows.

Views and services ask in this order: visible at all (else 404), role right (else 403), state and phase right
(else 409, `Closed`). A unit and its evaluators never share these rights: nobody evaluates their own unit.
"""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from assessments.models import Answer, Assessment, Report
from assessments.windows import Window
from units import permissions as who
from units.models import Team, User
from units.permissions import access_of

State = Assessment.State
Person = User | AnonymousUser
# Whose turn it is to score, and under which stage; while the unit still works, TPI has nothing to score.
SCORE_TURNS = {
    State.SUBMITTED: (who.TPI_MEMBER, Answer.Stage.MEMBER),
    State.REVIEW_MEMBER: (who.TPI_MEMBER, Answer.Stage.MEMBER),
    State.REVIEW_LEAD: (who.TPI_LEAD, Answer.Stage.LEAD),
    State.REVIEW_CONTROLLER: (who.TPI_CONTROLLER, Answer.Stage.CONTROLLER),
}
# The members' turn.
SCORABLE = (State.SUBMITTED, State.REVIEW_MEMBER)


def window_of(assessment: Assessment) -> Window:
    """The phases of a worksheet, with what the Inspector extended for it alone."""
    return assessment.window


def can_see_answers(user: Person, assessment: Assessment) -> bool:
    """The worksheet: the unit, those who evaluate or assist it, the Inspector; administrators see states only."""
    access = access_of(user)
    roles = (who.UNIT_MEMBER, who.UNIT_HEAD, who.ASSISTANT, *who.TPI_ROLES)
    return assessment.unit_id in access.units_as(*roles) or can_oversee(user, assessment)


def can_fill(user: Person, assessment: Assessment, area: int | None = None) -> bool:
    """Role alone: a member of the unit for this area (1-6; None for results), or its head."""
    areas = access_of(user).areas_in(assessment.unit_id)
    return bool(areas) if area is None else area in areas


def can_edit_answer(user: Person, assessment: Assessment, now: datetime, area: int | None = None) -> bool:
    """Role, state and phase together; a returned worksheet is limited further, to the noted questions."""
    return can_fill(user, assessment, area) and is_open_for_unit(assessment, now)


def is_open_for_unit(assessment: Assessment, now: datetime) -> bool:
    return window_of(assessment).unit_may_write(assessment.state, now)


def can_submit(user: Person, assessment: Assessment) -> bool:
    """Role alone: only the head signs."""
    return assessment.unit_id in access_of(user).units_as(who.UNIT_HEAD)


def can_share_out(user: Person, unit_id: int) -> bool:
    """Give areas and questions to people: the head, and members without a limit, who coordinate the pokja."""
    access = access_of(user)
    return unit_id in access.units_as(who.UNIT_HEAD) or access.areas_in(unit_id) == who.ALL_AREAS


def can_assist(user: Person, assessment: Assessment) -> bool:
    """An assistance team reads and leaves notes for the unit."""
    return assessment.unit_id in access_of(user).units_as(who.ASSISTANT)


def evaluator_roles(user: Person, assessment: Assessment) -> frozenset[str]:
    """Roles in the TPI of this unit; none at all for somebody who belongs to the unit (SEC-07)."""
    access = access_of(user)
    if access.belongs_to(assessment.unit_id):
        return frozenset()
    return frozenset(role for role in who.TPI_ROLES if assessment.unit_id in access.units_as(role))


def can_see_evaluation(user: Person, assessment: Assessment) -> bool:
    """TPI's scores and notes before release: its own team and the Inspector only (SEC-05)."""
    return bool(evaluator_roles(user, assessment)) or can_oversee(user, assessment)


def can_see_results(user: Person, assessment: Assessment) -> bool:
    """TPI's scores and gates: once final also for the unit, its assistants and readers; never for administrators."""
    if can_see_evaluation(user, assessment):
        return True
    is_reader = assessment.period.agency_id in access_of(user).agencies_as(who.READER)
    return assessment.state == State.FINAL and (is_reader or can_see_answers(user, assessment))


def score_stage(user: Person, assessment: Assessment) -> Answer.Stage | None:
    """The stage under which this person may score in the present state; None while it is not their turn.

    Role and state only: to whom of the members a worksheet is given is a question for queries.scorers.slot_of.
    """
    role, stage = SCORE_TURNS.get(State(assessment.state), ("", None))
    return stage if role in evaluator_roles(user, assessment) else None


def can_score(user: Person, assessment: Assessment) -> bool:
    """Role and state: each stage scores in its own turn."""
    return score_stage(user, assessment) is not None


def is_open_for_scoring(assessment: Assessment, now: datetime) -> bool:
    return assessment.state in SCORE_TURNS and window_of(assessment).reviewers_may_write(now)


def can_assign(user: Person, assessment: Assessment) -> bool:
    """Give a worksheet to scorers and see their workload: the lead of its TPI, and the Inspector."""
    return who.TPI_LEAD in evaluator_roles(user, assessment) or can_oversee(user, assessment)


def is_blind(assessment: Assessment) -> bool:
    """Whether two members score this worksheet now, neither seeing what the other gives."""
    return assessment.scoring == Team.Scoring.PAIRED and assessment.state in SCORABLE


def can_follow_up(user: Person, assessment: Assessment) -> bool:
    """Set, close and send back follow-ups: the TPI of the unit; the unit reports what it did (`can_fill`)."""
    return bool(evaluator_roles(user, assessment))


def can_oversee(user: Person, assessment: Assessment) -> bool:
    """The Inspector of the agency; not for a unit that they belong to."""
    access = access_of(user)
    is_inspector = assessment.period.agency_id in access.agencies_as(who.INSPECTOR)
    return is_inspector and not access.belongs_to(assessment.unit_id)


def can_watch_board(user: Person, agency_id: int) -> bool:
    """The board of all units: Inspector, reader (released results only) and administrator of the agency."""
    return agency_id in access_of(user).agencies_as(who.INSPECTOR, who.READER, who.ADMIN)


def can_make_reports(user: Person, agency_id: int) -> bool:
    """Issue LHE and make quarterly reports."""
    return agency_id in access_of(user).agencies_as(who.INSPECTOR)


def can_read_reports(user: Person, agency_id: int) -> bool:
    return agency_id in access_of(user).agencies_as(who.INSPECTOR, who.READER)


def can_issue_lhe(user: Person, assessment: Assessment) -> bool:
    """Number the LHE of a unit: who makes reports, but not for a unit that they belong to (SEC-07)."""
    return can_make_reports(user, assessment.period.agency_id) and can_oversee(user, assessment)


def can_read_report(user: Person, report: Report) -> bool:
    """Reports of the agency for Inspector and reader; an issued LHE also for its unit, its TPI and its assistants."""
    if can_read_reports(user, report.period.agency_id):
        return True
    return report.assessment is not None and can_see_answers(user, report.assessment)
