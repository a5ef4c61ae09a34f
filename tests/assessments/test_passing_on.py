"""What a stage must have done before it passes a worksheet on, and the second person behind every released score."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assessments.models import Answer, AnswerRevision, Assessment, Note, Snapshot
from assessments.queries.previous import previous_answers
from assessments.services.evaluation import ScoreDraft, agree
from assessments.services.transitions import (
    Action,
    HandedInOneByOne,
    Incomplete,
    SecondPersonNeeded,
    available_actions,
    carry_out,
)
from tests import factories
from tests.assessments.staged import (
    CODE,
    FORWARD,
    OTHER,
    STATES,
    agreed_by_the_member,
    follow,
    give,
    in_force,
    put_in,
    rescore_all,
    step,
)
from tests.conftest import Cast
from units.models import Team


@pytest.fixture
def ready(assessment: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> Assessment:
    return agreed_by_the_member(assessment, cast, golden("22")["answers"])


# What a stage must have done before it passes the worksheet on


@pytest.mark.parametrize("stage", ["lead", "controller"])
def test_stage_that_begins_empty_scores_every_question_itself(stage: str, ready: Assessment, cast: Cast) -> None:
    rescore_all(ready, "lead", cast.lead)
    put_in(ready, STATES[stage], later_stages="empty")
    actor = getattr(cast, stage)
    if stage == "lead":
        Answer.objects.filter(stage="lead", question__code__in=(CODE, OTHER)).delete()
    else:
        rescore_all(ready, "controller", cast.controller)
        Answer.objects.filter(stage="controller", question__code__in=(CODE, OTHER)).delete()
    with pytest.raises(Incomplete) as caught:
        step(ready, FORWARD[stage], actor)
    assert caught.value.data == {"codes": [CODE, OTHER]}
    for code in (CODE, OTHER):
        follow(ready, actor, code=code)
    step(ready, FORWARD[stage], actor)
    assert ready.state == {"lead": "review_controller", "controller": "final"}[stage]


def test_stage_that_begins_agreeing_passes_on_what_stands_and_the_scorer_is_the_member(
    ready: Assessment, cast: Cast
) -> None:
    step(ready, Action.TO_LEAD, cast.member)
    step(ready, Action.TO_CONTROLLER, cast.lead)
    step(ready, Action.FINALISE, cast.controller)
    content = json.loads(Snapshot.objects.get(kind="final").content)
    assert content["answers"][CODE]["scorer"] == cast.member.full_name
    assert set(Answer.objects.values_list("stage", flat=True)) == {"unit", "member"}


def test_snapshot_holds_the_score_in_force_and_who_gave_it(ready: Assessment, cast: Cast) -> None:
    step(ready, Action.TO_LEAD, cast.member)
    give(ready, cast.lead, "A", note="Bukti cukup")
    step(ready, Action.TO_CONTROLLER, cast.lead)
    step(ready, Action.FINALISE, cast.controller)
    entry = json.loads(Snapshot.objects.get(kind="final").content)["answers"][CODE]
    assert {key: entry[key] for key in ("tpi", "stage", "scorer")} == {
        "tpi": "A",
        "stage": "lead",
        "scorer": cast.lead.full_name,
    }


def test_earlier_quarter_is_shown_with_the_score_in_force(ready: Assessment, cast: Cast) -> None:
    factories.answer(ready, CODE, "A", stage="lead", by=cast.lead)
    Answer.objects.filter(stage="member", question__code=CODE).update(round=2)
    put_in(ready, "final", finalised_at=timezone.now(), finalised_by=cast.controller)
    period = factories.PeriodFactory(agency=cast.agency, quarter=3)
    found = previous_answers(factories.AssessmentFactory(unit=cast.unit_a, period=period), [CODE])
    assert found.of(CODE).tpi.stage == "member"


@pytest.mark.parametrize("kind", ["answer", "evidence", "withdrawn evidence"])
def test_changed_questions_of_a_returned_round_are_looked_at_again(kind: str, ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_member", round=2)
    later = timezone.now() + timedelta(seconds=1)
    if kind == "answer":
        Answer.objects.filter(stage="unit", question__code=CODE).update(updated_at=later)
    else:
        when = later if kind == "evidence" else later - timedelta(days=9)
        record = factories.evidence_for(ready, CODE, cast.operator, when=when)
        if kind == "withdrawn evidence":
            record.withdrawn_at, record.withdrawn_by, record.withdrawn_reason = later, cast.operator, "Keliru"
            record.save()
    with pytest.raises(Incomplete) as caught:
        carry_out(assessment=ready, action=Action.TO_LEAD, actor=cast.member, now=later)
    assert caught.value.data == {"codes": [CODE]}
    agree(assessment=ready, code=CODE, actor=cast.member, draft=ScoreDraft(None, 1), now=later + timedelta(seconds=1))
    carry_out(assessment=ready, action=Action.TO_LEAD, actor=cast.member, now=later)
    assert ready.state == "review_lead"


def test_unchanged_questions_of_a_returned_round_stay_agreed(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_member", round=2)
    step(ready, Action.TO_LEAD, cast.member)
    assert set(Answer.objects.filter(stage="member").values_list("round", "version")) == {(1, 1)}


def test_lead_looks_again_at_what_the_member_changed_after_being_sent_back(ready: Assessment, cast: Cast) -> None:
    step(ready, Action.TO_LEAD, cast.member)
    give(ready, cast.lead, "A", note="Bukti cukup")
    step(ready, Action.BACK_TO_MEMBER, cast.lead)
    give(ready, cast.member, "C", version=1, note="Rapat belum tercatat")
    step(ready, Action.TO_LEAD, cast.member)
    with pytest.raises(Incomplete) as caught:
        step(ready, Action.TO_CONTROLLER, cast.lead)
    assert caught.value.data == {"codes": [CODE]}
    assert give(ready, cast.lead, "A", version=1).row.version == 2
    step(ready, Action.TO_CONTROLLER, cast.lead)
    assert in_force(ready) == ("lead", "A", cast.lead)


@pytest.mark.parametrize("stage", ["lead", "controller"])
def test_later_stage_does_not_pass_on_a_silent_difference(stage: str, ready: Assessment, cast: Cast) -> None:
    factories.answer(ready, CODE, "C", stage=stage, by=getattr(cast, stage))
    factories.note(ready, CODE, cast.member)
    put_in(ready, STATES[stage])
    actor = factories.teammate(cast.lead.team_memberships.get().team, stage)
    with pytest.raises(Incomplete) as caught:
        step(ready, FORWARD[stage], actor)
    assert caught.value.data == {"codes": [CODE]}
    own = factories.note(ready, CODE, actor, "/", stage=stage)
    with pytest.raises(Incomplete):
        step(ready, FORWARD[stage], actor)
    Note.objects.filter(pk=own.pk).update(text="Rapat")
    step(ready, FORWARD[stage], actor)


def test_back_steps_keep_every_score(ready: Assessment, cast: Cast) -> None:
    step(ready, Action.TO_LEAD, cast.member)
    give(ready, cast.lead, "A", note="Bukti cukup")
    step(ready, Action.TO_CONTROLLER, cast.lead)
    step(ready, Action.BACK_TO_LEAD, cast.controller)
    step(ready, Action.BACK_TO_MEMBER, cast.lead)
    assert in_force(ready) == ("lead", "A", cast.lead)
    assert Answer.objects.filter(stage="member").count() == 113


# A second person


def test_controller_does_not_release_a_score_that_nobody_else_gave(ready: Assessment, cast: Cast, caplog: Any) -> None:
    put_in(ready, "review_controller")
    give(ready, cast.controller, "A", note="Bukti cukup")
    with pytest.raises(SecondPersonNeeded) as caught:
        step(ready, Action.FINALISE, cast.controller)
    assert caught.value.data == {"codes": [CODE]}
    assert "authz_fail" in [record.message for record in caplog.records if record.name == "portal.security"]


def test_other_controller_releases_it(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_controller")
    give(ready, cast.controller, "A", note="Bukti cukup")
    step(ready, Action.FINALISE, factories.teammate(cast.lead.team_memberships.get().team, "controller"))
    assert ready.state == "final"


def test_controller_releases_once_the_lead_has_taken_the_score_over(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_controller")
    give(ready, cast.controller, "A", note="Bukti cukup")
    step(ready, Action.BACK_TO_LEAD, cast.controller)
    give(ready, cast.lead, "A", note="Sepakat dengan pengendali teknis")
    step(ready, Action.TO_CONTROLLER, cast.lead)
    follow(ready, cast.controller, version=1)
    step(ready, Action.FINALISE, cast.controller)
    assert ready.state == "final"


@pytest.mark.parametrize("trace", ["member row", "lead row", "withdrawn", "revision", "revision of the unit"])
def test_nobody_releases_what_they_scored_or_filled_before(trace: str, ready: Assessment, cast: Cast) -> None:
    """As member, as lead, or for the unit; also where somebody else has written over it since."""
    rows = Answer.objects.filter(question__code=CODE)
    member, unit = rows.get(stage="member"), rows.get(stage="unit")
    if trace == "lead row":
        factories.answer(ready, CODE, "B", stage="lead", by=cast.controller)
    elif trace == "withdrawn":
        row = factories.answer(ready, CODE, "", stage="lead", by=cast.controller)
        Answer.objects.filter(pk=row.pk).update(is_withdrawn=True)
    elif trace == "member row":
        rows.filter(stage="member").update(updated_by=cast.controller)
    else:
        revision = AnswerRevision.of(unit if trace.endswith("unit") else member)
        revision.by = cast.controller
        revision.save()
    put_in(ready, "review_controller")
    with pytest.raises(SecondPersonNeeded):
        step(ready, Action.FINALISE, cast.controller)
    assert ready.state == "review_controller"


# How TPI works on a worksheet is settled at the first start


@pytest.mark.parametrize("again", [False, True])
def test_first_start_takes_over_team_and_agency_and_later_ones_leave_it(
    again: bool, ready: Assessment, cast: Cast
) -> None:
    put_in(ready, "submitted")
    if again:
        step(ready, Action.START, cast.member)
        step(ready, Action.RELEASE_CLAIM, cast.member)
    cast.agency.later_stages = "empty"
    cast.agency.save()
    ready.refresh_from_db()
    step(ready, Action.START, cast.member)
    ready.refresh_from_db()
    assert (ready.scoring, ready.later_stages) == ("single", "agree" if again else "empty")


def test_paired_worksheet_starts_with_both_scorers_and_nobody_passes_it_on_alone(ready: Assessment, cast: Cast) -> None:
    Team.objects.update(scoring="paired")
    put_in(ready, "submitted")
    factories.scorer(ready, cast.member)
    with pytest.raises(Incomplete):
        step(ready, Action.START, cast.member)
    factories.scorer(ready, factories.teammate(cast.member.team_memberships.get().team), slot=2)
    step(ready, Action.START, cast.member)
    assert (ready.state, ready.scoring) == ("review_member", "paired")
    assert available_actions(cast.member, ready, timezone.now()) == ()
    for action in (Action.TO_LEAD, Action.RELEASE_CLAIM):
        with pytest.raises(HandedInOneByOne):
            step(ready, action, cast.member)


@pytest.mark.parametrize("action", [Action.BACK_TO_MEMBER, Action.RETURN, Action.REOPEN])
def test_whoever_handed_in_hands_in_anew(action: Action, ready: Assessment, cast: Cast) -> None:
    place = factories.scorer(ready, cast.member)
    place.handed_in_at = timezone.now()
    place.save()
    state, who = {
        Action.BACK_TO_MEMBER: ("review_lead", cast.lead),
        Action.RETURN: ("review_controller", cast.controller),
        Action.REOPEN: ("final", cast.inspector),
    }[action]
    factories.note(ready, CODE, cast.member, for_release=True)
    put_in(ready, state, finalised_at=timezone.now(), finalised_by=cast.controller)
    step(ready, action, who)
    place.refresh_from_db()
    assert place.handed_in_at is None
