"""Two members score blind: what each of them stores and sees, and what comes of it when both have handed in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.models import Answer, AnswerRevision, Assessment, BlindScore, Note, NoteMessage, TransitionRecord
from assessments.queries.paired import differing, own_notes, pairs_of, sheets_for, unsettled
from assessments.services.agreement import ReasonForAgreement, settle
from assessments.services.evaluation import (
    Given,
    NoteMissing,
    ScoreDraft,
    ScoreMissing,
    ScorePartial,
    StaleScore,
    agree,
    save_score,
    withdraw_score,
)
from assessments.services.hand_in import HandIn, hand_in
from assessments.services.notes import NoteDraft, StaleNote, save_note
from assessments.services.paired import HandedIn
from assessments.services.review_checks import HandedInOneByOne, Incomplete, NotAssigned, SecondPersonNeeded
from assessments.services.transitions import Action, Closed, WrongState, available_actions, carry_out
from tests import factories
from tests.assessments.paired_world import CHOICE, INDEX, RATIO, World, paired_world
from tests.conftest import Cast
from units.models import AuditEvent, User


@pytest.fixture
def world(assessment: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> World:
    return paired_world(assessment, cast, golden("22")["answers"])


def put(world: World, user: User, raw: Any, note: str | None = None, code: str = CHOICE, **draft: Any) -> Any:
    wrote = None if note is None else NoteDraft(note, version=draft.pop("note_version", 0))
    made = ScoreDraft(Given(raw), note=wrote, **draft)
    return save_score(assessment=world.assessment, code=code, actor=user, draft=made, now=timezone.now())


def seen(world: World, user: User, code: str = CHOICE) -> Any:
    row = sheets_for(user, world.assessment)[1].rows.get(code)
    return row and row.raw


def deliver(world: World, user: User) -> HandIn:
    return hand_in(assessment=world.assessment, actor=user, now=timezone.now())


def both_in(world: World, first: dict[str, Any] | None = None, second: dict[str, Any] | None = None) -> None:
    world.give(1, but=first)
    world.give(2, but=second)
    assert deliver(world, world.first) == HandIn(both=False)
    assert deliver(world, world.second) == HandIn(both=True)


# What one slot stores


@pytest.mark.parametrize(
    ("code", "raw"),
    [(CHOICE, "A"), (CHOICE, None), (RATIO, {"agents": 4, "changes": 1}), (INDEX, {"index": "2.5"})],
)
def test_blind_score_is_stored_in_the_slot_and_nowhere_else(world: World, code: str, raw: Any) -> None:
    saved = put(world, world.first, raw, "Alasan pertama", code)
    row = BlindScore.objects.get()
    assert (row.slot, row.raw, row.note, row.updated_by, row.note_by) == (
        1,
        raw,
        "Alasan pertama",
        world.first,
        world.first,
    )
    assert (saved.row.raw, saved.row.version, saved.note.text, saved.note.version) == (raw, 1, "Alasan pertama", 1)
    assert not Answer.objects.exclude(stage="unit").exists()
    assert not Note.objects.exists()


def test_agreeing_blind_takes_the_units_answer(world: World) -> None:
    agree(assessment=world.assessment, code=CHOICE, actor=world.second, draft=ScoreDraft(None, 0), now=timezone.now())
    assert BlindScore.objects.get().raw == world.answers[CHOICE]


def test_each_slot_sees_its_own_score_and_others_see_none(world: World) -> None:
    put(world, world.first, "A", "Naik")
    put(world, world.second, "C", "Turun")
    people = (world.first, world.second, world.third, world.cast.lead, world.cast.controller, world.cast.inspector)
    assert [seen(world, user) for user in people] == ["A", "C", None, None, None, None]


def test_saves_of_both_slots_do_not_collide(world: World) -> None:
    put(world, world.first, "A", "Naik")
    assert put(world, world.second, "C", "Turun", version=0).row.version == 1


def test_same_blind_score_again_writes_nothing(world: World) -> None:
    put(world, world.first, "A", "Naik")
    count = AuditEvent.objects.count()
    put(world, world.first, "A", "Naik", version=1, note_version=1)
    assert (AuditEvent.objects.count(), BlindScore.objects.get().version) == (count, 1)


def test_blind_score_over_a_newer_one_of_the_same_slot_is_stale(world: World) -> None:
    put(world, world.first, "A", "Naik")
    with pytest.raises(StaleScore) as refused:
        put(world, world.first, "C", version=0)
    assert refused.value.data["row"].raw == "A"


def test_blind_note_over_a_newer_one_is_stale(world: World) -> None:
    put(world, world.first, "A", "Naik")
    with pytest.raises(StaleNote) as refused:
        put(world, world.first, "A", "Lain", version=1, note_version=0)
    assert refused.value.data["note"].text == "Naik"


def test_score_may_change_after_the_note_alone(world: World) -> None:
    put(world, world.first, "A", "Naik")
    note = save_note(
        assessment=world.assessment,
        code=CHOICE,
        actor=world.first,
        draft=NoteDraft("Naik dua tingkat", version=1),
        now=timezone.now(),
    )
    assert (note.text, note.version) == ("Naik dua tingkat", 2)
    assert put(world, world.first, "C", version=1).row.version == 2


@pytest.mark.parametrize("note", [None, "/", " … "])
def test_blind_difference_without_a_note_in_words_is_refused(note: str | None, world: World) -> None:
    with pytest.raises(NoteMissing):
        put(world, world.first, "A", note)
    assert not BlindScore.objects.exists()


def test_note_of_the_other_slot_does_not_explain_a_difference(world: World) -> None:
    put(world, world.second, "C", "Turun")
    with pytest.raises(NoteMissing):
        put(world, world.first, "C")


def test_finding_of_a_visit_explains_a_blind_difference(world: World) -> None:
    now = timezone.now()
    visit = world.assessment.visits.create(
        date=now.date(), place="Kantor", participants="Tim", created_by=world.cast.lead, created_at=now
    )
    factories.note(world.assessment, CHOICE, world.cast.lead, stage="lead", kind="finding", visit=visit)
    assert put(world, world.first, "A").row.raw == "A"


def test_partial_blind_counts_are_refused(world: World) -> None:
    with pytest.raises(ScorePartial):
        put(world, world.first, {"agents": 4}, "Kurang", RATIO)


def test_blind_note_alone_is_no_score(world: World) -> None:
    save_note(assessment=world.assessment, code=CHOICE, actor=world.first, draft=NoteDraft("Dulu"), now=timezone.now())
    assert seen(world, world.first) is None
    assert [note.text for note in own_notes(world.assessment, 1).values()] == ["Dulu"]
    assert own_notes(world.assessment, 2) == {}
    assert not Note.objects.exists()


def test_nothing_at_all_is_no_blind_score(world: World) -> None:
    with pytest.raises(ScoreMissing):
        save_score(
            assessment=world.assessment, code=CHOICE, actor=world.first, draft=ScoreDraft(None), now=timezone.now()
        )


def test_blind_score_taken_back_is_gone_until_given_again(world: World) -> None:
    put(world, world.first, "A", "Naik")
    withdraw_score(assessment=world.assessment, code=CHOICE, actor=world.first, version=1, now=timezone.now())
    assert seen(world, world.first) is None
    with pytest.raises(StaleScore):
        put(world, world.first, "A", version=1)
    assert put(world, world.first, "A", version=0).row.version == 3


@pytest.mark.parametrize("person", ["third", "lead", "controller", "inspector", "operator"])
def test_who_holds_no_slot_scores_nothing_blind(world: World, person: str) -> None:
    user = getattr(world, person, None) or getattr(world.cast, person)
    with pytest.raises((NotAssigned, PermissionDenied, WrongState)):
        put(world, user, world.answers[CHOICE])
    assert not BlindScore.objects.exists()


def test_note_before_the_first_score_starts_a_paired_review_and_stays_blind(world: World) -> None:
    Assessment.objects.update(state="submitted", scoring="single")
    world.assessment.refresh_from_db()
    save_note(assessment=world.assessment, code=CHOICE, actor=world.first, draft=NoteDraft("Dulu"), now=timezone.now())
    world.assessment.refresh_from_db()
    assert (world.assessment.state, world.assessment.scoring) == ("review_member", "paired")
    assert (Note.objects.count(), BlindScore.objects.get().note) == (0, "Dulu")


def test_first_score_starts_a_paired_review_and_is_blind_itself(world: World) -> None:
    Assessment.objects.update(state="submitted", scoring="single")
    world.assessment.refresh_from_db()
    put(world, world.first, "A", "Naik")
    assert (world.assessment.state, world.assessment.scoring) == ("review_member", "paired")
    assert not Answer.objects.exclude(stage="unit").exists()
    assert BlindScore.objects.get().raw == "A"


@pytest.mark.parametrize("verb", ["score", "agree", "note", "withdraw"])
def test_audit_of_a_blind_save_tells_neither_value_nor_agreement(world: World, verb: str) -> None:
    world.give(1, only=[CHOICE], but={CHOICE: ("C", "Rahasia")})
    now, here = timezone.now(), {"assessment": world.assessment, "code": CHOICE, "actor": world.first}
    if verb == "score":
        put(world, world.first, "A", "Naik", version=1, note_version=1)
    elif verb == "agree":
        agree(**here, draft=ScoreDraft(None, 1), now=now)
    elif verb == "note":
        save_note(**here, draft=NoteDraft("Lain", version=1), now=now)
    else:
        withdraw_score(**here, version=1, now=now)
    (event,) = AuditEvent.objects.filter(unit=world.assessment.unit)
    assert (event.verb, event.before, event.after, event.reason, event.object_type, event.object_id) == (
        "score.blind",
        None,
        {"question": CHOICE, "slot": 1},
        "",
        "assessments.assessment",
        str(world.assessment.pk),
    )


# Handing in


def test_first_hand_in_joins_nothing_and_closes_the_slot(world: World) -> None:
    world.give(1)
    assert deliver(world, world.first) == HandIn(both=False)
    world.assessment.refresh_from_db()
    assert (world.assessment.state, Answer.objects.exclude(stage="unit").count()) == ("review_member", 0)
    with pytest.raises(HandedIn):
        put(world, world.first, world.answers[CHOICE], version=1)
    assert put(world, world.second, "C", "Turun").row.raw == "C"


def test_hand_in_again_changes_nothing(world: World) -> None:
    world.give(1)
    deliver(world, world.first)
    count = AuditEvent.objects.count()
    assert deliver(world, world.first) == HandIn(both=False)
    assert AuditEvent.objects.count() == count


def test_hand_in_after_the_join_says_so_and_changes_nothing(world: World) -> None:
    both_in(world)
    count = AuditEvent.objects.count()
    assert deliver(world, world.second) == HandIn(both=True)
    assert AuditEvent.objects.count() == count


def test_hand_in_lists_own_unscored_questions_only(world: World) -> None:
    world.give(1)
    world.give(2, only=[CHOICE])
    BlindScore.objects.filter(slot=1, question__code=RATIO).delete()
    with pytest.raises(Incomplete) as refused:
        deliver(world, world.first)
    assert refused.value.data["codes"] == [RATIO]


def test_hand_in_refuses_scores_older_than_the_units_answer(world: World) -> None:
    world.give(1)
    Answer.objects.filter(question__code=CHOICE).update(updated_at=timezone.now())
    with pytest.raises(Incomplete) as refused:
        deliver(world, world.first)
    assert refused.value.data["codes"] == [CHOICE]


@pytest.mark.parametrize("note", ["", "/"])
def test_hand_in_refuses_a_difference_without_a_note_in_words(note: str, world: World) -> None:
    world.give(1, but={CHOICE: ("A", note)})
    with pytest.raises(Incomplete) as refused:
        deliver(world, world.first)
    assert refused.value.data["codes"] == [CHOICE]


@pytest.mark.parametrize(
    ("person", "error"), [("third", NotAssigned), ("lead", PermissionDenied), ("inspector", PermissionDenied)]
)
def test_only_holders_of_a_slot_hand_in(world: World, person: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        deliver(world, getattr(world, person, None) or getattr(world.cast, person))


def test_nobody_hands_in_after_the_deadline(world: World) -> None:
    world.give(1)
    late = world.assessment.window.review_until + timedelta(seconds=1)
    with pytest.raises(Closed):
        hand_in(assessment=world.assessment, actor=world.first, now=late)


def test_nobody_hands_in_outside_the_members_turn(world: World) -> None:
    Assessment.objects.update(state="review_controller")
    with pytest.raises(WrongState):
        deliver(world, world.first)


def test_members_cannot_pass_on_for_both(world: World) -> None:
    world.give(1)
    with pytest.raises(HandedInOneByOne):
        carry_out(assessment=world.assessment, action=Action.TO_LEAD, actor=world.first, now=timezone.now())
    assert Action.TO_LEAD not in available_actions(world.first, world.assessment, timezone.now())


# The join


def test_equal_scores_become_the_members_and_the_lead_is_next(world: World) -> None:
    both_in(world)
    world.assessment.refresh_from_db()
    assert world.assessment.state == "review_lead"
    assert Answer.objects.filter(stage="member").count() == 113
    row = Answer.objects.get(stage="member", question__code=CHOICE)
    assert (row.raw, row.updated_by, row.version, row.round) == (world.answers[CHOICE], world.second, 1, 1)
    revision = AnswerRevision.objects.get(answer=row)
    assert (revision.origin, revision.by, revision.raw) == ("merged", world.second, world.answers[CHOICE])
    assert list(TransitionRecord.objects.values_list("action", "actor")) == [("to_lead", world.second.pk)]
    verbs = list(AuditEvent.objects.filter(unit=world.assessment.unit).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["score.hand_in", "score.hand_in", "assessment.to_lead", "score.join"]
    assert unsettled(world.assessment) == ()


def test_different_scores_wait_for_the_lead(world: World) -> None:
    both_in(world, first={CHOICE: ("A", "Naik")}, second={CHOICE: ("C", "Turun")})
    assert not Answer.objects.filter(stage="member", question__code=CHOICE).exists()
    (pair,) = (pair for pair in pairs_of(world.assessment) if not pair.is_same)
    assert (pair.code, pair.first.raw, pair.second.raw, pair.is_settled) == (CHOICE, "A", "C", False)
    assert unsettled(world.assessment) == differing(world.assessment) == (CHOICE,)


def test_counts_that_no_formula_reads_make_no_difference(world: World) -> None:
    both_in(world, first={INDEX: ({"index": "3.6"}, "Hitung ulang")}, second={INDEX: ({"index": "3.60"}, "Sama")})
    assert unsettled(world.assessment) == ()
    assert Answer.objects.get(stage="member", question__code=INDEX).raw == {"index": "3.60"}


def test_both_notes_become_one_thread_and_internal_stays_internal(world: World) -> None:
    world.give(1, but={CHOICE: ("A", "Dari satu")})
    world.give(2, but={CHOICE: ("A", "Dari dua")})
    BlindScore.objects.filter(slot=2, question__code=CHOICE).update(for_release=True)
    deliver(world, world.first)
    deliver(world, world.second)
    note = Note.objects.get()
    assert (note.text, note.for_release, note.author, note.stage) == ("Dari dua", True, world.second, "member")
    message = NoteMessage.objects.get()
    assert (message.text, message.is_internal, message.author, message.released_at) == (
        "Dari satu",
        True,
        world.first,
        None,
    )


def test_lead_settles_a_difference_and_only_then_passes_on(world: World) -> None:
    both_in(world, first={CHOICE: ("A", "Naik")}, second={CHOICE: ("C", "Turun")})
    lead, now = world.cast.lead, timezone.now()
    with pytest.raises(Incomplete) as refused:
        carry_out(assessment=world.assessment, action=Action.TO_CONTROLLER, actor=lead, now=now)
    assert refused.value.data["codes"] == [CHOICE]
    with pytest.raises(NoteMissing):
        put(world, lead, "A")
    with pytest.raises(NoteMissing):
        put(world, lead, "A", "/")
    with pytest.raises(ReasonForAgreement):
        settle(
            assessment=world.assessment,
            code=CHOICE,
            actor=lead,
            draft=ScoreDraft(Given("A"), note=NoteDraft("?")),
            now=now,
        )
    put(world, lead, "A", "Bukti lengkap")
    assert unsettled(world.assessment) == ()
    carry_out(assessment=world.assessment, action=Action.TO_CONTROLLER, actor=lead, now=timezone.now())
    assert world.assessment.state == "review_controller"


def test_who_scored_blind_does_not_release(world: World) -> None:
    both_in(world)
    Assessment.objects.update(state="review_controller")
    team = world.cast.unit_a.teams.get(kind="tpi")
    team.members.filter(user=world.first).update(role="controller")
    user = User.objects.get(pk=world.first.pk)
    with pytest.raises(SecondPersonNeeded):
        carry_out(assessment=world.assessment, action=Action.FINALISE, actor=user, now=timezone.now())


# Later passes


def send_back(world: World) -> None:
    carry_out(
        assessment=world.assessment,
        action=Action.BACK_TO_MEMBER,
        actor=world.cast.lead,
        now=timezone.now(),
        reason="Periksa lagi",
    )


def test_second_pass_is_blind_again_until_both_hand_in_anew(world: World) -> None:
    both_in(world, first={CHOICE: ("A", "Naik")}, second={CHOICE: ("C", "Turun")})
    send_back(world)
    assert pairs_of(world.assessment) == ()
    put(world, world.first, "C", version=1)
    assert (seen(world, world.first), seen(world, world.second), seen(world, world.cast.lead)) == ("C", "C", None)
    deliver(world, world.first)
    deliver(world, world.second)
    assert unsettled(world.assessment) == ()
    assert Answer.objects.get(stage="member", question__code=CHOICE).raw == "C"
    assert Note.objects.get(stage="member").text == "Naik"
    assert NoteMessage.objects.get().text == "Turun"


def test_settled_difference_is_open_again_where_a_scorer_changed_it_after(world: World) -> None:
    both_in(world, first={CHOICE: ("A", "Naik")}, second={CHOICE: ("C", "Turun")})
    put(world, world.cast.lead, "A", "Bukti lengkap")
    send_back(world)
    put(world, world.first, "B", version=1)
    deliver(world, world.first)
    deliver(world, world.second)
    assert unsettled(world.assessment) == (CHOICE,)


def return_to_unit(world: World) -> None:
    """Released, mended by the unit in one question, and sent again; the worksheet is in round 2."""
    Assessment.objects.update(state="submitted", round=2)
    world.assessment.scorers.update(handed_in_at=None)
    Answer.objects.filter(stage="unit", question__code=CHOICE).update(choice="A", updated_at=timezone.now())
    world.answers[CHOICE] = "A"
    world.assessment.refresh_from_db()


def test_round_two_asks_only_for_what_the_unit_changed(world: World) -> None:
    both_in(world)
    return_to_unit(world)
    with pytest.raises(Incomplete) as refused:
        deliver(world, world.first)
    assert refused.value.data["codes"] == [CHOICE]
    for user in (world.first, world.second):
        version = sheets_for(user, world.assessment)[1].rows[CHOICE].version
        put(world, user, "A", version=version)
        assert seen(world, world.second) == ("A" if user == world.second else "B")
        deliver(world, user)
    row = Answer.objects.get(stage="member", question__code=CHOICE)
    assert (row.raw, row.round, row.version) == ("A", 2, 2)
    assert Answer.objects.filter(stage="member", round=2).count() == 1


def test_round_two_pairs_one_new_score_with_what_the_other_let_stand(world: World) -> None:
    both_in(world)
    return_to_unit(world)
    for user in (world.first, world.second):
        put(world, user, "A", version=1)
    put(world, world.first, {"agents": 4, "changes": 1}, "Dihitung ulang", RATIO, version=1)
    before = world.answers[RATIO]
    deliver(world, world.second)
    deliver(world, world.first)
    (pair,) = (pair for pair in pairs_of(world.assessment) if not pair.is_same)
    assert (pair.code, pair.first.raw, pair.second.raw, pair.second.updated_by) == (
        RATIO,
        {"agents": 4, "changes": 1},
        before,
        world.second,
    )
    assert Answer.objects.get(stage="member", question__code=RATIO).raw == before
    with pytest.raises(Incomplete) as refused:
        carry_out(assessment=world.assessment, action=Action.TO_CONTROLLER, actor=world.cast.lead, now=timezone.now())
    assert refused.value.data["codes"] == [RATIO]


# What the database holds


@pytest.mark.parametrize("fields", [{"is_withdrawn": True, "choice": "A"}, {"note": "Tanpa penulis"}])
def test_blind_row_that_contradicts_itself_is_refused(world: World, fields: dict[str, Any]) -> None:
    world.give(1, only=[CHOICE])
    with pytest.raises(IntegrityError), transaction.atomic():
        BlindScore.objects.update(**fields)
