"""Who is told of what, and that no notice and no mail carries more than it may (SEC-05)."""

from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Assessment, Extension, TransitionRecord
from assessments.services import telling, threads
from assessments.services.extensions import extend
from assessments.services.transitions import TRANSITIONS, Action, carry_out
from tests import factories
from units.models import Notice, User
from units.services.notice_mail import mail_at_once, mail_digests

CANARY = "kanari-nilai-71,28"
CODE = "A.I.1.i.a"
PATH = "/{place}/{agency}/{unit}/2024-2/"


def told():
    """Who got which kind; each once."""
    rows = list(Notice.objects.order_by("pk").values_list("user_id", "kind"))
    assert len(rows) == len(set(rows))
    return set(rows)


def expected(cast, *pairs):
    return {(getattr(cast, name).pk, kind) for name, kind in pairs}


def recorded(assessment, action, actor):
    step = TRANSITIONS[Action(action)]
    return TransitionRecord.objects.create(
        assessment=assessment,
        action=action,
        from_state=step.sources[0],
        to_state=step.target,
        round=1,
        actor=actor,
        reason=CANARY,
        at=timezone.now(),
    )


def tell_of(assessment, action, actor):
    record = recorded(assessment, action, actor)
    telling.transition_carried_out(assessment=assessment, record=record, now=timezone.now())


# The worksheet moves on


@pytest.mark.parametrize(
    ("action", "actor", "hearers"),
    [
        ("submit", "head", [("member", "sheet_received"), ("operator", "sheet_receipt"), ("head", "sheet_receipt")]),
        ("start", "member", []),
        ("release_claim", "member", []),
        ("to_lead", "member", [("lead", "sheet_for_lead")]),
        ("to_controller", "lead", [("controller", "sheet_for_controller")]),
        ("back_to_member", "lead", [("member", "sheet_back_to_member")]),
        ("back_to_lead", "controller", [("lead", "sheet_back_to_lead")]),
        ("return", "controller", [("operator", "sheet_returned"), ("head", "sheet_returned")]),
        ("finalise", "controller", [("operator", "sheet_final"), ("head", "sheet_final")]),
        ("reopen", "inspector", [("operator", "sheet_reopened"), ("head", "sheet_reopened")]),
    ],
)
def test_transition_is_told_to_those_whose_turn_it_is(cast, assessment, assessment_b, action, actor, hearers):
    tell_of(assessment, action, getattr(cast, actor))
    assert told() == expected(cast, *hearers)
    params = {"unit": cast.unit_a.name, "period": "TW II 2024"}
    assert [notice.params for notice in Notice.objects.all()] == [params] * len(hearers)


def test_every_action_was_thought_of():
    silent = {Action.START, Action.RELEASE_CLAIM}
    assert set(telling.STEPS) == {action.value for action in set(Action) - silent}


def test_submission_through_the_service_tells_in_its_transaction(cast, assessment, golden):
    factories.answer_everything(assessment, golden("22")["answers"])
    carry_out(assessment=assessment, action=Action.SUBMIT, actor=cast.head, now=timezone.now())
    assert told() == expected(
        cast, ("member", "sheet_received"), ("operator", "sheet_receipt"), ("head", "sheet_receipt")
    )
    where = {"agency": cast.agency.code, "unit": cast.unit_a.code}
    assert set(Notice.objects.values_list("path", flat=True)) == {
        PATH.format(place="evaluasi", **where),
        PATH.format(place="penilaian", **where) + "tanda-terima/",
    }


@pytest.mark.parametrize("number", [1, 3])
def test_telling_costs_the_same_for_one_hearer_and_for_three(cast, assessment, number):
    for _ in range(number - 1):
        factories.teammate(cast.unit_a.teams.get(kind="tpi"))
    record = recorded(assessment, "back_to_member", cast.lead)
    with CaptureQueriesContext(connection) as captured:
        telling.transition_carried_out(assessment=assessment, record=record, now=timezone.now())
    assert (len(captured), Notice.objects.count()) == (3, number)


def test_evaluator_who_belongs_to_the_unit_is_not_told(cast, assessment):
    factories.MembershipFactory(user=cast.lead, role="unit_member", agency=cast.agency, unit=cast.unit_a)
    tell_of(assessment, "to_lead", cast.member)
    assert told() == set()


@pytest.mark.parametrize("days", [1, 400])
def test_those_whose_part_has_ended_are_not_told(cast, assessment, days):
    ended = timezone.localdate() - timedelta(days=days)
    cast.lead.team_memberships.update(valid_from=date(2020, 1, 1), valid_until=ended)
    cast.operator.memberships.update(valid_from=date(2020, 1, 1), valid_until=ended)
    tell_of(assessment, "to_lead", cast.member)
    tell_of(assessment, "finalise", cast.controller)
    assert told() == expected(cast, ("head", "sheet_final"))


def test_scorers_stand_for_the_members(cast, assessment):
    chosen = factories.teammate(cast.unit_a.teams.get(kind="tpi"))
    factories.scorer(assessment, chosen)
    tell_of(assessment, "submit", cast.head)
    assert (cast.member.pk, "sheet_received") not in told()
    assert (chosen.pk, "sheet_received") in told()


def test_extension_is_told_with_its_moment_in_the_agency_s_zone(cast, assessment):
    until = (timezone.now() + timedelta(days=90)).replace(microsecond=0)
    now = timezone.now()
    extend(assessment=assessment, phase="review", until=until, reason=CANARY, actor=cast.inspector, now=now)
    assert told() == expected(
        cast, *[(name, "review_extended") for name in ("operator", "head", "member", "lead", "controller")]
    )
    (params,) = {tuple(sorted(notice.params.items())) for notice in Notice.objects.all()}
    assert datetime.fromisoformat(dict(params)["until"]) == until
    assert dict(params)["zone"] == cast.agency.zone_label
    assert Extension.objects.get().reason == CANARY


# Notes


@pytest.fixture
def pokja(cast):
    """People of unit A who fill area 1, and area 2."""
    return factories.member_of(cast.unit_a, areas="13"), factories.member_of(cast.unit_a, areas="2")


def test_clarification_is_told_to_those_who_fill_the_question_and_the_head(cast, assessment, pokja):
    note = factories.note(assessment, CODE, cast.member, CANARY)
    telling.clarification_asked(assessment=assessment, note=note, now=timezone.now())
    people = {cast.operator.pk, cast.head.pk, pokja[0].pk}
    assert told() == {(pk, "clarification_asked") for pk in people}
    assert set(Notice.objects.values_list("path", "is_urgent")) == {
        (f"/penilaian/{cast.agency.code}/{cast.unit_a.code}/2024-2/soal/{CODE}/", True)
    }


def test_question_of_the_results_concerns_everybody_of_the_unit(cast, assessment, pokja):
    note = factories.note(assessment, "B.I.a", cast.member)
    telling.clarification_asked(assessment=assessment, note=note, now=timezone.now())
    assert {user for user, _kind in told()} == {cast.operator.pk, cast.head.pk, pokja[0].pk, pokja[1].pk}


def test_answer_of_the_unit_is_told_to_those_of_tpi_in_the_thread(cast, assessment):
    note = factories.note(assessment, CODE, cast.member, for_release=True, released_at=timezone.now())
    factories.note_message(note, cast.lead, is_internal=True)
    message = factories.note_message(note, cast.operator, CANARY, by_unit=True)
    telling.message_written(assessment=assessment, message=message, now=timezone.now())
    assert told() == expected(cast, ("member", "note_answered"), ("lead", "note_answered"))
    assert set(Notice.objects.values_list("path", flat=True)) == {
        f"/evaluasi/{cast.agency.code}/{cast.unit_a.code}/2024-2/meja/{CODE}/"
    }


@pytest.mark.parametrize(("released", "internal"), [(False, True), (False, False), (True, False)])
def test_message_of_tpi_reaches_the_unit_only_when_it_is_released(cast, assessment, released, internal):
    note = factories.note(assessment, CODE, cast.member)
    moment = timezone.now() if released else None
    message = factories.note_message(note, cast.lead, CANARY, is_internal=internal, released_at=moment)
    telling.message_written(assessment=assessment, message=message, now=timezone.now())
    unit = [("operator", "note_message"), ("head", "note_message")] if released else []
    assert told() == expected(cast, ("member", "note_message"), *unit)


def test_evaluator_who_left_the_team_hears_no_more_of_a_thread(cast, assessment):
    note = factories.note(assessment, CODE, cast.other_member, for_release=True, released_at=timezone.now())
    message = factories.note_message(note, cast.operator, by_unit=True)
    telling.message_written(assessment=assessment, message=message, now=timezone.now())
    assert told() == set()


def settle(service, assessment, note, actor):
    more = {"seen": 10**9} if service is threads.close else {}
    service(assessment=assessment, note=note, actor=actor, now=timezone.now(), **more)


def put_in(assessment, state, **fields):
    Assessment.objects.filter(pk=assessment.pk).update(state=state, submitted_at=timezone.now(), **fields)
    assessment.refresh_from_db()


def test_end_of_a_thread_is_told_to_those_who_fill_the_question_each_time(cast, assessment, pokja):
    note = factories.note(assessment, CODE, cast.member, CANARY, for_release=True, released_at=timezone.now())
    put_in(assessment, "returned", round=2)
    for service in (threads.close, threads.close, threads.reopen, threads.reopen):
        settle(service, assessment, note, cast.lead)
    people = {cast.operator.pk, cast.head.pk, pokja[0].pk}
    assert told() == {(pk, kind) for pk in people for kind in ("note_closed", "note_reopened")}
    assert set(Notice.objects.values_list("path", "is_urgent")) == {
        (f"/penilaian/{cast.agency.code}/{cast.unit_a.code}/2024-2/soal/{CODE}/", False)
    }
    settle(threads.close, assessment, note, cast.lead)
    assert Notice.objects.filter(kind="note_closed", user=cast.head).count() == 2


def test_end_of_what_the_unit_was_not_given_is_not_told(cast, assessment):
    note = factories.note(assessment, CODE, cast.member, for_release=True)
    put_in(assessment, "returned", round=2)
    for service in (threads.close, threads.reopen):
        settle(service, assessment, note, cast.lead)
    assert told() == set()


def test_what_tpi_settles_while_it_deliberates_is_told_by_the_release_alone(cast, assessment):
    note = factories.note(assessment, CODE, cast.member, for_release=True, released_at=timezone.now())
    factories.note(assessment, "A.I.1.i.b", cast.controller, stage="controller", for_release=True, round=2)
    put_in(assessment, "review_controller", round=2)
    for service in (threads.close, threads.reopen, threads.close):
        settle(service, assessment, note, cast.controller)
    assert told() == set()
    carry_out(assessment=assessment, action=Action.RETURN, actor=cast.controller, now=timezone.now())
    assert told() == expected(cast, ("operator", "sheet_returned"), ("head", "sheet_returned"))


def test_end_of_a_clarification_is_told_at_once(cast, assessment):
    put_in(assessment, "review_member")
    asked = factories.note(
        assessment, CODE, cast.member, kind="clarification", for_release=True, released_at=timezone.now()
    )
    settle(threads.close, assessment, asked, cast.member)
    assert told() == expected(cast, ("operator", "note_closed"), ("head", "note_closed"))


# Follow-ups and scorers


@pytest.mark.parametrize(
    ("event", "hearers"),
    [
        ("followup_set", ["operator", "head", "owner"]),
        ("followup_moved", ["operator", "head", "owner"]),
        ("followup_sent_back", ["operator", "head", "owner"]),
        ("followup_closed", ["operator", "head", "owner"]),
        ("followup_reported", ["member", "lead", "controller"]),
        ("followup_overdue", ["operator", "head", "owner", "member", "lead", "controller"]),
    ],
)
def test_followup_is_told_to_its_owner_and_the_other_side(cast, assessment, pokja, event, hearers):
    promise = factories.followup(factories.note(assessment, CODE, cast.member), cast.member, text=CANARY)
    promise.owner = pokja[1]
    people = {**vars(cast), "owner": pokja[1]}
    hearers = [*hearers, *(["area"] if "operator" in hearers else [])]
    people["area"] = pokja[0]
    getattr(telling, event)(assessment=assessment, followup=promise, now=timezone.now())
    assert told() == {(people[name].pk, event) for name in hearers}
    assert set(Notice.objects.values_list("path", flat=True)) == {
        f"/penilaian/{cast.agency.code}/{cast.unit_a.code}/2024-2/tindak-lanjut/"
    }


def test_scorer_hears_of_what_begins_and_of_what_ends(cast, assessment):
    row = factories.scorer(assessment, cast.member)
    row.assigned_by = cast.lead
    telling.scorer_assigned(assessment=assessment, scorer=row, now=timezone.now())
    row.ended_by = cast.lead
    telling.scorer_ended(assessment=assessment, scorer=row, now=timezone.now())
    assert told() == expected(cast, ("member", "scorer_assigned"), ("member", "scorer_ended"))


# Nothing more than it may


def test_no_notice_and_no_mail_carries_scores_notes_or_reasons(cast, assessment, golden):
    """A whole life of a worksheet whose every text is a canary."""
    factories.answer_everything(assessment, golden("22")["answers"])
    factories.answer(assessment, "A.I.1.i.b", "C", stage="member", by=cast.member, note=CANARY)
    note = factories.note(assessment, CODE, cast.member, CANARY, for_release=True)
    for action in telling.STEPS:
        tell_of(assessment, action, cast.inspector)
    message = factories.note_message(note, cast.lead, CANARY, released_at=timezone.now())
    telling.message_written(assessment=assessment, message=message, now=timezone.now())
    telling.clarification_asked(assessment=assessment, note=note, now=timezone.now())
    telling.thread_settled(assessment=assessment, note=note, now=timezone.now())
    promise = factories.followup(note, cast.member, text=CANARY)
    for event in ("set", "moved", "sent_back", "closed", "reported", "overdue"):
        getattr(telling, f"followup_{event}")(assessment=assessment, followup=promise, now=timezone.now())
    people = User.objects.filter(pk__in=Notice.objects.values("user_id"))
    people.update(email="orang@example.org", mail_frequency="at_once")
    sent = mail_at_once(now=timezone.now()) + mail_digests(now=timezone.now())
    assert (sent, len(mail.outbox)) == (people.count(), people.count())
    assert people.count() == 5
    parts = [text for message in mail.outbox for text in (message.subject, message.body)]
    parts += [f"{notice.params}{notice.path}{notice.key}" for notice in Notice.objects.all()]
    assert [text for text in parts if "kanari" in text or "71,28" in text] == []
