"""Follow-ups: set by TPI from released notes, reported by the unit, closed or sent back by TPI."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.utils import timezone

from assessments.models import Assessment, FollowUp
from assessments.queries.followups import followups_beside, followups_of, notes_to_follow, open_followups
from assessments.services.answers import VersionMissing
from assessments.services.followups import (
    AlreadyClosed,
    AlreadySet,
    DueInThePast,
    NoteNotReleased,
    NotReported,
    OwnerElsewhere,
    ProofGone,
    SameDue,
    StaleFollowUp,
    WordsMissing,
    assign_owner,
    change_due,
    close_followup,
    send_back_followup,
)
from assessments.services.transitions import ReasonMissing, WrongState
from tests import factories
from tests.assessments.following import CODE, create, final_with_notes, promised, report, settle, today, url
from units.models import AuditEvent, Notice


@pytest.fixture
def final(assessment, cast):
    return final_with_notes(assessment, cast)


@pytest.fixture
def promise(final, cast):
    return promised(final, cast)


# Setting


@pytest.mark.parametrize("person", ["member", "lead", "controller"])
def test_tpi_makes_a_released_note_a_followup(final, cast, person):
    made = create(final, getattr(cast, person))
    assert (made.code, made.unit, made.text, open_followups(cast.unit_a.pk)) == (
        CODE,
        cast.unit_a,
        "Lengkapi notulen",
        {CODE: [made]},
    )
    assert notes_to_follow(final) == []
    assert [(event.verb, event.actor) for event in AuditEvent.objects.filter(verb__startswith="followup.")] == [
        ("followup.create", getattr(cast, person))
    ]


@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member"])
def test_nobody_else_sets_followups(final, cast, person):
    with pytest.raises(PermissionDenied):
        create(final, getattr(cast, person))


def test_note_is_followed_once(final, cast):
    note = notes_to_follow(final)[0]
    create(final, cast.member, note)
    with pytest.raises(AlreadySet):
        create(final, cast.lead, note)
    assert FollowUp.objects.count() == 1


def test_internal_and_assistance_notes_are_not_followed(final, cast):
    advice = factories.note(
        final, CODE, cast.assistant, stage="assistance", for_release=True, released_at=timezone.now()
    )
    for note in (final.notes.get(text="CATATAN INTERNAL"), advice):
        assert note not in notes_to_follow(final)
        with pytest.raises(NoteNotReleased):
            create(final, cast.member, note)


def test_note_of_another_assessment_is_not_followed(final, assessment_b, cast):
    note = factories.note(assessment_b, CODE, cast.other_member, for_release=True, released_at=timezone.now())
    with pytest.raises(NoteNotReleased):
        create(final, cast.member, note)


def test_due_day_is_today_at_the_earliest(final, cast):
    with pytest.raises(DueInThePast):
        create(final, cast.member, days=-2)
    with pytest.raises(WordsMissing):
        create(final, cast.member, text="  ")


@pytest.mark.parametrize("state", ["draft", "submitted", "review_controller"])
def test_followups_are_set_on_returned_and_final_ones_only(final, cast, state):
    Assessment.objects.filter(pk=final.pk).update(state=state)
    with pytest.raises(WrongState):
        create(final, cast.member)
    Assessment.objects.filter(pk=final.pk).update(state="returned")
    assert create(final, cast.member).pk


# Reporting


def test_unit_reports_with_proof_and_may_report_again(final, promise, cast):
    proof = factories.evidence_for(final, CODE, cast.operator)
    found = report(final, promise, cast.operator, proof=proof)
    assert (found.report, found.proof, found.reported_by, found.version) == (
        "Notulen dilengkapi",
        proof,
        cast.operator,
        2,
    )
    found = report(final, promise, cast.head, "Notulen dan daftar hadir", version=2)
    assert (found.reported_by, found.proof, found.version) == (cast.head, None, 3)
    assert AuditEvent.objects.filter(verb="followup.report").count() == 2


@pytest.mark.parametrize("person", ["member", "controller", "assistant", "inspector", "stranger"])
def test_nobody_else_reports(final, promise, cast, person):
    with pytest.raises(PermissionDenied):
        report(final, promise, getattr(cast, person))


def test_pokja_reports_on_its_own_areas(final, promise, cast):
    with pytest.raises(PermissionDenied):
        report(final, promise, factories.member_of(cast.unit_a, areas="1"))
    assert report(final, promise, factories.member_of(cast.unit_a, areas="2")).version == 2


def test_report_is_refused_without_words_version_or_standing_proof(final, assessment_b, promise, cast):
    withdrawn = factories.evidence_for(final, CODE, cast.operator)
    withdrawn.withdrawn_at, withdrawn.withdrawn_reason = timezone.now(), "Keliru"
    withdrawn.save()
    foreign = factories.evidence_for(assessment_b, CODE, cast.stranger)
    for record in (withdrawn, foreign):
        with pytest.raises(ProofGone):
            report(final, promise, cast.operator, proof=record)
    with pytest.raises(WordsMissing):
        report(final, promise, cast.operator, " \n ")
    with pytest.raises(VersionMissing):
        report(final, promise, cast.operator, version=None)
    with pytest.raises(StaleFollowUp):
        report(final, promise, cast.operator, version=7)
    promise.refresh_from_db()
    assert (promise.report, promise.version) == ("", 1)


# Who is in charge, and until when


def own(assessment, promise, actor, owner, *, version=1):
    return assign_owner(
        assessment=assessment, followup=promise, owner=owner, version=version, actor=actor, now=timezone.now()
    )


def move(assessment, promise, actor, *, days=45, reason="Pengadaan tertunda", version=1):
    return change_due(
        assessment=assessment,
        followup=promise,
        due=today() + timedelta(days=days),
        reason=reason,
        version=version,
        actor=actor,
        now=timezone.now(),
    )


def test_tpi_may_name_who_is_in_charge_and_only_somebody_of_the_unit(final, cast):
    with pytest.raises(OwnerElsewhere):
        create(final, cast.member, owner=cast.stranger)
    assert (create(final, cast.member, owner=cast.operator).owner, FollowUp.objects.count()) == (cast.operator, 1)


@pytest.mark.parametrize("person", ["head", "operator"])
def test_unit_names_changes_and_takes_back_who_is_in_charge(final, promise, cast, person):
    found = own(final, promise, getattr(cast, person), cast.operator)
    assert (found.owner, found.version) == (cast.operator, 2)
    assert own(final, promise, cast.head, None, version=2).owner is None
    event = AuditEvent.objects.filter(verb="followup.owner").first()
    assert (event.before["owner"], event.after["owner"]) == ("", cast.operator.full_name)


@pytest.mark.parametrize("person", ["member", "assistant", "inspector", "stranger"])
def test_nobody_else_names_who_is_in_charge(final, promise, cast, person):
    with pytest.raises(PermissionDenied):
        own(final, promise, getattr(cast, person), cast.operator)


def test_pokja_with_a_limit_shares_out_nothing(final, promise, cast):
    with pytest.raises(PermissionDenied):
        own(final, promise, factories.member_of(cast.unit_a, areas="2"), cast.operator)


def test_owner_must_be_of_the_unit_and_the_page_the_newest(final, promise, cast):
    for actor, owner, version, refusal in (
        (cast.head, cast.stranger, 1, OwnerElsewhere),
        (cast.head, cast.operator, None, VersionMissing),
        (cast.head, cast.operator, 5, StaleFollowUp),
    ):
        with pytest.raises(refusal):
            own(final, promise, actor, owner, version=version)
    promise.refresh_from_db()
    assert (promise.owner, promise.version) == (None, 1)


def test_tpi_moves_the_day_with_a_reason_that_stays(final, promise, cast):
    old = promise.due
    found = move(final, promise, cast.lead)
    assert (found.due, found.version) == (today() + timedelta(days=45), 2)
    event = AuditEvent.objects.get(verb="followup.change_due")
    assert (event.reason, event.before["due"], event.after["due"]) == (
        "Pengadaan tertunda",
        old.isoformat(),
        found.due.isoformat(),
    )
    (item,) = followups_of(cast.unit_a.pk, today())
    assert [(step.verb, step.text, step.due) for step in item.steps] == [
        ("followup.change_due", "Pengadaan tertunda", found.due)
    ]


@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member"])
def test_only_tpi_of_the_unit_moves_the_day(final, promise, cast, person):
    with pytest.raises(PermissionDenied):
        move(final, promise, getattr(cast, person))


def test_day_is_moved_only_with_a_reason_to_another_day_from_today_on(final, promise, cast):
    for change, refusal in (
        ({"reason": "  "}, ReasonMissing),
        ({"days": -2}, DueInThePast),
        ({"days": (promise.due - today()).days}, SameDue),
        ({"version": None}, VersionMissing),
        ({"version": 9}, StaleFollowUp),
    ):
        with pytest.raises(refusal):
            move(final, promise, cast.lead, **change)
    settle(close_followup, final, promise, cast.lead)
    with pytest.raises(AlreadyClosed):
        move(final, promise, cast.lead, version=2)


def test_people_are_told_of_each_step_and_who_did_it_is_not(final, cast):
    made = create(final, cast.member, owner=cast.operator)
    report(final, made, cast.operator)
    settle(send_back_followup, final, made, cast.lead, "Kurang", version=2)
    move(final, made, cast.lead, version=3)
    settle(close_followup, final, made, cast.lead, version=4)
    told = {(notice.kind, notice.user_id) for notice in Notice.objects.all()}
    unit = {cast.operator.pk, cast.head.pk}
    tpi = {cast.member.pk, cast.lead.pk, cast.controller.pk}
    for_unit = ("followup_set", "followup_sent_back", "followup_moved", "followup_closed")
    assert told == {(kind, pk) for kind in for_unit for pk in unit} | {("followup_reported", pk) for pk in tpi}


# Carried into the next quarters


@pytest.fixture
def next_quarter(final, cast):
    period = factories.PeriodFactory(agency=cast.agency, quarter=3)
    return factories.AssessmentFactory(unit=cast.unit_a, period=period)


def test_open_followup_is_carried_into_the_next_quarter(final, promise, cast, next_quarter):
    (item,) = followups_of(cast.unit_a.pk, today())
    assert (item.is_carried_into(next_quarter.period), item.is_carried_into(final.period)) == (True, False)
    found = report(next_quarter, promise, cast.operator)
    assert found.reported_by == cast.operator
    assert settle(close_followup, next_quarter, promise, cast.lead, version=2).closed_by == cast.lead


def test_later_quarter_shows_where_a_followup_comes_from(as_user, cast, final, promise, next_quarter):
    words = "terbawa dari TW II 2024"
    for name, person in (("followups", "operator"), ("followups", "lead"), ("unit_home", "operator")):
        assert words in as_user(getattr(cast, person)).get(url(next_quarter, name)).content.decode()
    assert words not in as_user(cast.operator).get(url(final)).content.decode()


def test_beside_the_question_stand_its_followups_of_all_quarters(
    final, promise, cast, next_quarter, django_assert_num_queries
):
    with django_assert_num_queries(1):
        (item,) = followups_beside(next_quarter, CODE, today())
        html = render_to_string("assessments/_desk_followups.html", {"followups": [item], "assessment": next_quarter})
    assert ("Lengkapi notulen rapat." in html, "terbawa dari TW II 2024" in html) == (True, True)
    assert followups_beside(next_quarter, "A.I.1.i.a", today()) == []


def test_desk_calls_a_followup_overdue_by_the_day_of_the_agency(as_user, cast, final, promise, monkeypatch):
    # 22.30 UTC is 5.30 WIB of the next day.
    moment = timezone.now().replace(hour=22, minute=30)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    browser, late = as_user(cast.member), []
    for due in (moment.date(), moment.date() + timedelta(days=1)):
        FollowUp.objects.filter(pk=promise.pk).update(due=due)
        (item,) = browser.get(url(final, "desk_question", CODE)).context["followups"]
        late.append(item.is_late)
    assert late == [True, False]


# Closing and sending back


def test_tpi_closes_and_then_nothing_changes_any_more(final, promise, cast):
    report(final, promise, cast.operator)
    found = settle(close_followup, final, promise, cast.lead, version=2)
    assert (found.closing, found.closed_by, open_followups(cast.unit_a.pk)) == ("Sudah sesuai", cast.lead, {})
    with pytest.raises(AlreadyClosed):
        report(final, promise, cast.operator, version=3)
    with pytest.raises(AlreadyClosed):
        settle(close_followup, final, promise, cast.lead, version=3)


def test_tpi_sends_back_and_the_unit_reports_again(final, promise, cast):
    with pytest.raises(NotReported):
        settle(send_back_followup, final, promise, cast.member)
    report(final, promise, cast.operator)
    found = settle(send_back_followup, final, promise, cast.member, "Lampirkan daftar hadir", version=2)
    assert (found.reported_at, found.report, found.closing) == (None, "Notulen dilengkapi", "Lampirkan daftar hadir")
    assert report(final, promise, cast.operator, "Daftar hadir dilampirkan", version=3).version == 4


@pytest.mark.parametrize("act", [close_followup, send_back_followup])
@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member"])
def test_only_tpi_of_the_unit_settles(final, promise, cast, act, person):
    with pytest.raises(PermissionDenied):
        settle(act, final, promise, getattr(cast, person))


def test_settling_needs_words(final, promise, cast):
    with pytest.raises(WordsMissing):
        settle(close_followup, final, promise, cast.member, "")


def test_states_on_a_day(final, promise, cast):
    def state(day):
        return [item.state for item in followups_of(cast.unit_a.pk, day)]

    assert (state(promise.due), state(promise.due + timedelta(days=1))) == (["open"], ["overdue"])
    report(final, promise, cast.operator)
    assert state(promise.due + timedelta(days=1)) == ["answered"]
    settle(close_followup, final, promise, cast.member, version=2)
    assert state(promise.due + timedelta(days=1)) == ["closed"]
