"""Taking one's own score back from the desk: where it is offered, what is left, what is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, Assessment, BlindScore, Note
from tests import factories
from tests.assessments.paired_world import CHOICE as PAIRED_CHOICE
from tests.assessments.paired_world import paired_world
from tests.conftest import Cast
from units.models import AuditEvent, User

LogIn = Callable[[User], Client]
CHOICE = "A.I.1.i.b"
HTMX = {"HTTP_HX_REQUEST": "true"}
OFFER = "Tarik nilai saya"


@pytest.fixture
def scored(assessment: Assessment, cast: Cast) -> Assessment:
    """The unit said B; the member gave C, with a note."""
    factories.answer(assessment, CHOICE, "B", by=cast.operator)
    factories.answer(assessment, CHOICE, "C", stage="member", by=cast.member)
    factories.note(assessment, CHOICE, cast.member, "Bukti tidak cukup")
    assessment.state = "review_member"
    assessment.save()
    return assessment


def url(assessment: Assessment, name: str, code: str = CHOICE) -> str:
    return reverse(name, args=(assessment.unit.agency.code, assessment.unit.code, assessment.period.code, code))


def shown(client: Client, assessment: Assessment, code: str = CHOICE) -> str:
    return client.get(url(assessment, "desk_question", code)).content.decode()


def withdraw(client: Client, assessment: Assessment, version: int = 1, **extra: Any) -> HttpResponse:
    path = url(assessment, "score_withdraw") + "?saring=beda"
    return client.post(path, {"version": str(version)}, **extra)  # type: ignore[return-value]


def states(assessment: Assessment) -> list[tuple[str, str, bool, int]]:
    rows = Answer.every.filter(assessment=assessment).exclude(stage="unit").order_by("pk")
    return list(rows.values_list("stage", "choice", "is_withdrawn", "version"))


# What happens


def test_score_is_taken_back_and_the_note_stays(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    before = AuditEvent.objects.count()
    answer = withdraw(as_user(cast.member), scored)
    assert (answer.status_code, answer["Location"]) == (303, url(scored, "desk_question") + "?saring=beda")
    assert (states(scored), Note.objects.get().text) == ([("member", "", True, 2)], "Bukti tidak cukup")
    assert [event.verb for event in AuditEvent.objects.order_by("pk")[before:]] == ["score.withdraw"]


def test_script_gets_the_question_anew_with_the_tally(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    answer = withdraw(as_user(cast.member), scored, **HTMX)
    page = answer.content.decode()
    assert (answer.status_code, answer["HX-Retarget"], answer["HX-Reswap"]) == (200, "#q-A-I-1-i-b", "outerHTML")
    assert 'data-state="unscored"' in page
    assert 'name="choice" value="C" checked' not in page
    assert 'id="version-A-I-1-i-b" value="2"' in page
    assert 'id="desk-tally" hx-swap-oob="true"' in page
    assert OFFER not in page


def test_what_stood_before_counts_again_for_a_later_stage(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    factories.answer(scored, CHOICE, "A", stage="lead", by=cast.lead)
    Assessment.objects.update(state="review_lead")
    client = as_user(cast.lead)
    assert client.get(url(scored, "desk_question")).context["card"].theirs.raw == "A"
    withdraw(client, scored)
    assert client.get(url(scored, "desk_question")).context["card"].theirs.raw == "C"
    assert states(scored) == [("member", "C", False, 1), ("lead", "", True, 2)]


@pytest.mark.parametrize(("version", "status"), [("2", 200), ("0", 200), ("1", 409)])
@pytest.mark.parametrize("name", ["score_save", "score_agree"])
def test_score_may_be_given_again_in_the_same_row(
    name: str, version: str, status: int, scored: Assessment, cast: Cast, as_user: LogIn
) -> None:
    client = as_user(cast.member)
    withdraw(client, scored)
    data = {"choice": "B", "version": version}
    assert client.post(url(scored, name), data, **HTMX).status_code == status
    assert states(scored) == [("member", "B", False, 3) if status == 200 else ("member", "", True, 2)]


# Where it is offered


def test_offered_to_whose_turn_it_is_with_an_own_score(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    member, lead, inspector = as_user(cast.member), as_user(cast.lead), as_user(cast.inspector)
    assert [OFFER in shown(client, scored) for client in (member, lead, inspector)] == [True, False, False]
    assert OFFER not in shown(member, scored, "A.I.1.i.a")
    Assessment.objects.update(state="review_lead")
    assert [OFFER in shown(client, scored) for client in (member, lead)] == [False, False]
    factories.answer(scored, CHOICE, "A", stage="lead", by=cast.lead)
    assert [OFFER in shown(client, scored) for client in (member, lead)] == [False, True]


def test_not_offered_for_an_earlier_round_or_once_taken_back(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    Assessment.objects.update(round=2)
    assert OFFER not in shown(client, scored)
    Assessment.objects.update(round=1)
    assert OFFER in shown(client, scored)
    withdraw(client, scored)
    assert OFFER not in shown(client, scored)


def test_save_brings_the_offer_with_the_new_version(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    data = {"choice": "B", "version": "1"}
    page = client.post(url(scored, "score_save"), data, **HTMX).content.decode()
    offer = page[page.index('id="withdraw-A-I-1-i-b" hx-swap-oob="true"') :]
    assert 'name="version" value="2"' in offer
    only_note = {"note": "Tanyakan", "note_version": "0", "version": "0"}
    page = client.post(url(scored, "score_save", "A.I.1.i.a"), only_note, **HTMX).content.decode()
    assert OFFER not in page


# What is refused


@pytest.mark.parametrize("extra", [{}, HTMX])
def test_stale_version_is_409_and_shows_what_stands(
    extra: dict[str, str], scored: Assessment, cast: Cast, as_user: LogIn
) -> None:
    Answer.objects.filter(stage="member").update(choice="A", version=4, updated_by=cast.lead)
    answer = withdraw(as_user(cast.member), scored, **extra)
    page = answer.content.decode()
    assert (answer.status_code, states(scored)) == (409, [("member", "A", False, 4)])
    assert "Nilai ini baru saja diubah orang lain." in page
    assert cast.lead.full_name in page
    assert 'name="over" value="4.1"' in page


@pytest.mark.parametrize("extra", [{}, HTMX])
def test_nothing_to_take_back_is_422(extra: dict[str, str], scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    withdraw(client, scored)
    answer = withdraw(client, scored, 2, **extra)
    assert answer.status_code == 422
    assert "Tidak ada nilai Anda yang dapat ditarik" in answer.content.decode()
    assert states(scored) == [("member", "", True, 2)]


def test_closed_phase_is_409(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    past = timezone.now() - timedelta(seconds=1)
    scored.period.fill_until, scored.period.review_until = past - timedelta(days=1), past
    scored.period.save()
    client = as_user(cast.member)
    assert OFFER not in shown(client, scored)
    assert (withdraw(client, scored).status_code, states(scored)) == (409, [("member", "C", False, 1)])


# Two who score blind


def test_blind_scorer_takes_back_the_own_slot_only(
    assessment: Assessment, cast: Cast, as_user: LogIn, golden: Callable[[str], dict[str, Any]]
) -> None:
    world = paired_world(assessment, cast, golden("22")["answers"])
    world.give(1, only=(PAIRED_CHOICE,))
    world.give(2, only=(PAIRED_CHOICE,))
    first, second = as_user(world.first), as_user(world.second)
    assert [OFFER in shown(client, assessment, PAIRED_CHOICE) for client in (first, second)] == [True, True]
    answer = first.post(world.url("score_withdraw", PAIRED_CHOICE), {"version": "1"}, **HTMX)
    assert (answer.status_code, OFFER in answer.content.decode()) == (200, False)
    rows = BlindScore.objects.order_by("slot")
    assert list(rows.values_list("slot", "is_withdrawn", "version")) == [(1, True, 2), (2, False, 1)]
    assert OFFER in shown(second, assessment, PAIRED_CHOICE)
    assessment.scorers.filter(slot=2).update(handed_in_at=timezone.now())
    assert OFFER not in shown(second, assessment, PAIRED_CHOICE)
    refused = second.post(world.url("score_withdraw", PAIRED_CHOICE), {"version": "1"})
    assert refused.status_code == 409
