"""TPI's steps beside TPI's writing (REL-07): what was acknowledged is in the step, all else is refused, never half."""

import json
import random
from functools import partial

import pytest
from django.utils import timezone

from assessments.models import Answer, AnswerRevision, Assessment, Note, Snapshot, TransitionRecord
from assessments.queries.instruments import stored_instrument
from assessments.services.evaluation import Given, ScoreDraft, StaleScore, save_score, withdraw_score
from assessments.services.notes import NoteDraft, save_note
from assessments.services.scorers import move
from assessments.services.transitions import Action, Incomplete, NotAssigned, WrongState, carry_out
from tests import factories
from tests.soak import size
from units.models import AuditEvent, TeamAssignment, User

ASKED = "A.I.2.i.a"
ROUNDS, EDITS, RELEASES = size(8, 200), size(4, 50), 6


@pytest.fixture
def team(cast):
    return cast.member.team_memberships.get().team


@pytest.fixture
def codes(assessment, golden):
    """The questions that are edited: each has an option C, which is not what stands."""
    standing = golden("22")["answers"]
    found = [
        question.code
        for question in stored_instrument(assessment.period.instrument).value.questions
        if "C" in {option.label for option in question.options} and standing[question.code] != "C"
    ]
    found.remove(ASKED)
    return found[:EDITS]


@pytest.fixture
def sheet(cast, assessment, team, golden):
    """A worksheet of another unit of the team, all agreed with by the member."""
    answers = golden("22")["answers"]

    def make(state, **fields):
        unit = factories.UnitFactory(agency=cast.agency)
        TeamAssignment.objects.create(team=team, unit=unit)
        found = factories.AssessmentFactory(unit=unit, period=assessment.period, state=state, **fields)
        factories.answer_everything(found, answers)
        factories.answer_everything(found, answers, stage="member", by=cast.member)
        return found

    return make


def afresh(user):
    """As a request of theirs meets them: what they may do is read anew."""
    return User.objects.get(pk=user.pk)


def score(assessment, actor, code, raw, version=0):
    """Whether it was acknowledged; with a note of its own."""
    draft = ScoreDraft(Given(raw), version, NoteDraft(f"Catatan {code} {raw}"))
    try:
        save_score(assessment=assessment, code=code, actor=afresh(actor), draft=draft, now=timezone.now())
    except (WrongState, NotAssigned, StaleScore):
        return False
    return True


def step(assessment, action, actor):
    try:
        carry_out(assessment=assessment, action=action, actor=afresh(actor), now=timezone.now(), reason="Alasan uji")
    except (WrongState, Incomplete):
        return False
    return True


def shuffled(number, step_task, tasks):
    """The step somewhere among the others; gives the tasks and the place of the step."""
    place = random.Random(number).randrange(len(tasks) + 1)  # noqa: S311 - an order for a test
    return [*tasks[:place], step_task, *tasks[place:]], place


def test_final_scores_hold_every_acknowledged_edit_and_no_other(cast, team, sheet, codes, at_once):
    """One controller changes scores while the other releases."""
    other = factories.teammate(team, "controller")
    seen = set()
    for number in range(ROUNDS):
        mine = sheet("review_controller")
        tasks = [partial(score, mine, cast.controller, code, "C") for code in codes]
        tasks, place = shuffled(number, partial(step, mine, Action.FINALISE, other), tasks)
        done = at_once(tasks)
        assert done.pop(place)
        acknowledged = {code for code, ok in zip(codes, done, strict=True) if ok}
        content = json.loads(Snapshot.objects.get(assessment=mine).content)["answers"]
        rows = Answer.objects.filter(assessment=mine, stage="controller")
        assert {code for code in codes if content[code]["stage"] == "controller"} == acknowledged
        assert set(rows.values_list("question__code", flat=True)) == acknowledged
        assert set(Note.objects.filter(assessment=mine).values_list("question__code", flat=True)) == acknowledged
        assert AnswerRevision.objects.filter(answer__assessment=mine).count() == len(acknowledged)
        assert AuditEvent.objects.filter(verb="score.save", unit=mine.unit).count() == len(acknowledged)
        seen |= set(done)
    assert Assessment.objects.filter(state="final").count() == ROUNDS
    assert True in seen


def test_returned_worksheet_releases_every_acknowledged_note_and_no_other(cast, sheet, codes, at_once):
    for number in range(ROUNDS):
        mine = sheet("review_controller")
        factories.note(mine, ASKED, cast.member, for_release=True)
        tasks = [partial(_note, mine, cast.controller, code) for code in codes]
        tasks, place = shuffled(number, partial(step, mine, Action.RETURN, cast.controller), tasks)
        done = at_once(tasks)
        assert done.pop(place)
        acknowledged = {code for code, ok in zip(codes, done, strict=True) if ok} | {ASKED}
        notes = Note.objects.filter(assessment=mine)
        assert set(notes.values_list("question__code", flat=True)) == acknowledged
        assert not notes.filter(released_at__isnull=True).exists()
        assert set(notes.values_list("round", flat=True)) == {1}
        assert AuditEvent.objects.filter(verb="note.save", unit=mine.unit).count() == len(acknowledged) - 1


def _note(assessment, actor, code):
    draft = NoteDraft(f"Perbaiki {code}", for_release=True)
    try:
        save_note(assessment=assessment, code=code, actor=afresh(actor), draft=draft, now=timezone.now())
    except WrongState:
        return False
    return True


def test_worksheet_is_never_passed_on_with_a_score_that_was_taken_back(cast, sheet, codes, at_once):
    for number in range(ROUNDS):
        mine = sheet("review_member")
        tasks = [partial(_withdraw, mine, cast.member, code) for code in codes[:2]]
        tasks, place = shuffled(number, partial(step, mine, Action.TO_LEAD, cast.member), tasks)
        done = at_once(tasks)
        passed_on = done.pop(place)
        assert passed_on is not any(done)
        standing = Answer.objects.filter(assessment=mine, stage="member").count()
        mine.refresh_from_db()
        assert (mine.state, standing) == (("review_lead", 113) if passed_on else ("review_member", 113 - sum(done)))


def _withdraw(assessment, actor, code):
    try:
        withdraw_score(assessment=assessment, code=code, actor=afresh(actor), version=1, now=timezone.now())
    except WrongState:
        return False
    return True


def test_after_a_move_only_the_new_scorer_writes(cast, team, sheet, codes, at_once):
    """The lead moves the worksheet while both members score: the log shows the old one before, the new one after."""
    other = factories.teammate(team)
    for number in range(ROUNDS):
        mine = sheet("review_member")
        place_held = factories.scorer(mine, cast.member)
        users = [cast.member] * (EDITS // 2) + [other] * (EDITS // 2)
        tasks = [partial(score, mine, user, code, "C", version=1) for code, user in zip(codes, users, strict=True)]
        hand_over = partial(
            move, scorer=place_held, user=afresh(other), reason="Cuti", actor=afresh(cast.lead), now=timezone.now()
        )
        tasks, place = shuffled(number, hand_over, tasks)
        done = at_once(tasks)
        done.pop(place)
        events = AuditEvent.objects.filter(unit=mine.unit, verb__in=("score.save", "scorer.move")).order_by("pk")
        verbs = list(events.values_list("verb", "actor"))
        cut = [verb for verb, _actor in verbs].index("scorer.move")
        assert {actor for _verb, actor in verbs[:cut]} <= {cast.member.pk}
        assert {actor for _verb, actor in verbs[cut + 1 :]} <= {other.pk}
        assert len(verbs) - 1 == sum(done) == AnswerRevision.objects.filter(answer__assessment=mine).count()
        changed = Answer.objects.filter(assessment=mine, stage="member", choice="C", version=2)
        assert {(row.question.code, row.updated_by_id) for row in changed.select_related("question")} == {
            (code, user.pk) for code, user, ok in zip(codes, users, done, strict=True) if ok
        }


def test_many_first_scores_start_the_review_once(cast, sheet, codes, at_once):
    mine = sheet("submitted")
    done = at_once([partial(score, mine, cast.member, code, "C", version=1) for code in codes])
    assert done == [True] * len(codes)
    assert list(TransitionRecord.objects.filter(assessment=mine).values_list("action", flat=True)) == ["start"]
    assert Assessment.objects.get(pk=mine.pk).version == 2


def test_releases_at_the_same_moment_are_one(cast, team, sheet, at_once):
    mine = sheet("review_controller")
    people = [cast.controller, *(factories.teammate(team, "controller") for _ in range(RELEASES - 1))]
    done = at_once([partial(step, mine, Action.FINALISE, person) for person in people])
    assert sorted(done) == [False] * (RELEASES - 1) + [True]
    assert (Snapshot.objects.count(), TransitionRecord.objects.count()) == (1, 1)


def test_of_two_leads_on_one_question_one_wins(cast, team, sheet, codes, at_once):
    mine = sheet("review_lead")
    people = [cast.lead, factories.teammate(team, "lead")]
    tasks = [partial(score, mine, person, codes[0], raw) for person, raw in zip(people, "AC", strict=True)]
    done = at_once(tasks)
    assert sorted(done) == [False, True]
    row = Answer.objects.get(assessment=mine, stage="lead")
    assert (row.raw, row.updated_by) == (("A", people[0]) if done[0] else ("C", people[1]))
    assert Note.objects.get().text == f"Catatan {codes[0]} {row.raw}"
