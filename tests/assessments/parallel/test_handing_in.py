"""Two scorers hand in at the same moment: what both gave is joined exactly once (UX-26)."""

from functools import partial

import pytest

from assessments.models import Answer, AnswerRevision, BlindScore, TransitionRecord
from tests.assessments.paired_world import CHOICE, paired_world
from units.models import AuditEvent

ROUNDS = 3


@pytest.fixture
def world(assessment, cast, golden):
    return paired_world(assessment, cast, golden("22")["answers"])


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_two_hand_ins_at_once_are_joined_exactly_once(attempt, world, browsers, at_once):
    world.give(1, but={CHOICE: ("A", "Naik")})
    world.give(2, but={CHOICE: ("C", "Turun")})
    clients = [browsers(user, 1)[0] for user in (world.first, world.second)]
    answers = at_once([partial(client.post, world.url("hand_in")) for client in clients])
    assert [answer.status_code for answer in answers] == [302, 302]
    world.assessment.refresh_from_db()
    assert world.assessment.state == "review_lead"
    assert Answer.objects.filter(stage="member").count() == 112
    assert AnswerRevision.objects.filter(origin="merged").count() == 112
    assert TransitionRecord.objects.filter(action="to_lead").count() == 1
    assert AuditEvent.objects.filter(verb="score.join").count() == 1
    assert AuditEvent.objects.filter(verb="score.hand_in").count() == 2


def test_a_score_that_races_with_its_own_hand_in_is_in_or_refused(world, browsers, at_once):
    world.give(1)
    world.give(2)
    saver, first, second = browsers(world.first, 1)[0], browsers(world.first, 1)[0], browsers(world.second, 1)[0]
    posted = {"choice": "A", "note": "Naik", "version": "1", "note_version": "0"}
    save = partial(saver.post, world.url("score_save", CHOICE), posted, HTTP_HX_REQUEST="true")
    answers = at_once([save, partial(first.post, world.url("hand_in")), partial(second.post, world.url("hand_in"))])
    assert [answer.status_code for answer in answers[1:]] == [302, 302]
    merged = Answer.objects.filter(stage="member", question__code=CHOICE).exists()
    raw = BlindScore.objects.get(slot=1, question__code=CHOICE).raw
    saved = answers[0].status_code == 200
    assert (raw, merged) == (("A", False) if saved else (world.answers[CHOICE], True))
