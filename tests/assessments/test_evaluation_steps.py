"""The ladder that every write of an evaluation climbs, and the steps of the review on its page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Answer, Assessment, Period, TransitionRecord
from assessments.services.transitions import Action, carry_out
from tests import factories
from tests.assessments.evaluating import CHOICE, YES_NO, LogIn, address, put_in, save, sent_in
from tests.conftest import Cast
from units.models import AuditEvent


@pytest.fixture
def submitted(assessment: Assessment, cast: Cast) -> Assessment:
    return sent_in(assessment, cast)


@pytest.fixture
def member(cast: Cast, as_user: LogIn) -> Client:
    return as_user(cast.member)


# The ladder that every write view shares

WRITES = ("score_save", "score_agree", "score_withdraw", "note_save", "transition")
POSTED = {"choice": "B", "version": "0", "note": "Catatan", "note_version": "0", "action": "release_claim"}


def post(client: Client, name: str, assessment: Assessment) -> Any:
    more = () if name == "transition" else (CHOICE,)
    return client.post(address(name, assessment, *more), POSTED)


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("stranger", 404),
        ("other_member", 404),
        ("foreign_inspector", 404),
        ("reader", 404),
        ("operator", 403),
        ("head", 403),
        ("assistant", 403),
        ("admin", 403),
        ("inspector", 403),
    ],
)
def test_write_is_refused_to_others(
    name: str, who: str, status: int, submitted: Assessment, cast: Cast, as_user: LogIn
) -> None:
    put_in(submitted, "review_member", cast)
    before = AuditEvent.objects.count()
    assert post(as_user(getattr(cast, who)), name, submitted).status_code == status
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("name", WRITES)
def test_write_after_the_deadline_is_409(name: str, submitted: Assessment, member: Client, cast: Cast) -> None:
    put_in(submitted, "review_member", cast)
    past = timezone.now() - timedelta(seconds=1)
    Period.objects.update(fill_until=past - timedelta(days=1), review_until=past)
    assert post(member, name, submitted).status_code == 409


@pytest.mark.parametrize("name", ["score_save", "score_agree", "score_withdraw", "note_save"])
@pytest.mark.parametrize("state", ["draft", "returned", "reopened", "review_lead", "review_controller", "final"])
def test_scoring_outside_the_members_turn_is_409(
    name: str, state: str, submitted: Assessment, member: Client, cast: Cast
) -> None:
    put_in(submitted, state, cast)
    assert post(member, name, submitted).status_code == 409
    assert not Answer.objects.filter(stage="member").exists()


@pytest.mark.parametrize("name", WRITES)
def test_write_by_get_is_405(name: str, submitted: Assessment, member: Client) -> None:
    more = () if name == "transition" else (CHOICE,)
    assert member.get(address(name, submitted, *more)).status_code == 405


@pytest.mark.parametrize("name", ["score_save", "score_agree", "score_withdraw", "note_save"])
def test_unknown_question_is_404(name: str, submitted: Assessment, member: Client) -> None:
    assert member.post(address(name, submitted, "A.I.9.i.z"), POSTED).status_code == 404


@pytest.mark.parametrize("name", WRITES)
def test_evaluator_of_the_own_unit_is_refused_with_the_reason(
    name: str, submitted: Assessment, member: Client, cast: Cast
) -> None:
    factories.MembershipFactory(user=cast.member, agency=cast.agency, unit=cast.unit_a)
    response = post(member, name, submitted)
    assert response.status_code == 403
    assert "Evaluasi unit sendiri dilakukan oleh anggota TPI yang lain." in response.content.decode()


@pytest.mark.parametrize("name", ["score_save", "score_agree", "score_withdraw"])
@pytest.mark.parametrize("who", ["lead", "controller"])
def test_reviewers_do_not_score_before_their_turn(
    name: str, who: str, submitted: Assessment, cast: Cast, as_user: LogIn
) -> None:
    assert post(as_user(getattr(cast, who)), name, submitted).status_code == 409
    assert not Answer.objects.exclude(stage="unit").exists()


# Steps of the review


def test_step_with_missing_scores_lists_the_questions_with_links(
    submitted: Assessment, member: Client, cast: Cast
) -> None:
    save(member, submitted, choice="B")
    response = member.post(address("transition", submitted), {"action": Action.TO_LEAD})
    assert response.status_code == 409
    assert f'href="{address("desk_question", submitted, YES_NO)}">A.I.1.i.a</a>' in response.content.decode()


def test_step_back_without_reason_is_422(submitted: Assessment, cast: Cast, as_user: LogIn) -> None:
    put_in(submitted, "review_lead", cast)
    lead = as_user(cast.lead)
    assert lead.post(address("transition", submitted), {"action": "back_to_member"}).status_code == 422
    response = lead.post(address("transition", submitted), {"action": "back_to_member", "reason": "Lengkapi catatan"})
    assert response.status_code == 302
    submitted.refresh_from_db()
    assert submitted.state == "review_member"


@pytest.mark.parametrize("action", ["submit", "publish", ""])
def test_unknown_step_is_422(action: str, submitted: Assessment, member: Client) -> None:
    assert member.post(address("transition", submitted), {"action": action}).status_code == 422


def test_step_out_of_order_is_409(submitted: Assessment, member: Client) -> None:
    assert member.post(address("transition", submitted), {"action": "release_claim"}).status_code == 409


def test_inspector_reopens_a_final_assessment_with_a_reason(submitted: Assessment, cast: Cast, as_user: LogIn) -> None:
    put_in(submitted, "final", cast)
    inspector = as_user(cast.inspector)
    assert inspector.post(address("transition", submitted), {"action": "reopen"}).status_code == 422
    inspector.post(address("transition", submitted), {"action": "reopen", "reason": "Temuan baru"})
    submitted.refresh_from_db()
    assert (submitted.state, submitted.round) == ("reopened", 2)
    assert TransitionRecord.objects.get().reason == "Temuan baru"


def test_releasing_by_the_person_who_scored_is_refused(
    submitted: Assessment, cast: Cast, as_user: LogIn, golden: Callable[[str], dict[str, Any]]
) -> None:
    Answer.objects.all().delete()
    answers = golden("22")["answers"]
    factories.answer_everything(submitted, answers)
    factories.answer_everything(submitted, answers, stage="member", by=cast.controller)
    put_in(submitted, "review_controller", cast)
    response = as_user(cast.controller).post(address("transition", submitted), {"action": "finalise"})
    assert response.status_code == 403
    submitted.refresh_from_db()
    assert submitted.state == "review_controller"


def test_release_of_a_score_that_nobody_else_gave_links_to_its_question(
    submitted: Assessment, cast: Cast, as_user: LogIn, golden: Callable[[str], dict[str, Any]]
) -> None:
    Answer.objects.all().delete()
    answers = golden("22")["answers"]
    factories.answer_everything(submitted, answers)
    factories.answer_everything(submitted, answers, stage="member", by=cast.member)
    put_in(submitted, "review_controller", cast)
    client = as_user(cast.controller)
    assert save(client, submitted, choice="A", note="Bukti cukup").status_code == 200
    response = client.post(address("transition", submitted), {"action": "finalise"})
    assert response.status_code == 403
    assert f'href="{address("desk_question", submitted, CHOICE)}">{CHOICE}</a>' in response.content.decode()


def test_confirmed_blanks_count_as_scored(
    submitted: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]
) -> None:
    Answer.objects.all().delete()
    answers = golden("22")["answers"]
    left_blank = answers.pop(YES_NO)
    assert left_blank == "Ya"
    factories.answer_everything(submitted, answers)
    factories.answer_everything(submitted, answers, stage="member", by=cast.member)
    factories.answer(submitted, YES_NO, "", stage="member", by=cast.member)
    put_in(submitted, "review_member", cast)
    carry_out(assessment=submitted, action=Action.TO_LEAD, actor=cast.member, now=timezone.now())
    assert submitted.state == "review_lead"
