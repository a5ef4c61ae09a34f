"""Sharing out a unit's work: areas, questions, whose task is what, handing everything over."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import QuestionDuty
from assessments.queries.duties import codes_of_person, duties_of, stranded, unit_team
from assessments.queries.instruments import instrument_value
from assessments.services.duties import NothingChosen, OutsideAreas, SamePerson, give_questions, hand_over, set_areas
from assessments.services.texts import TextRefused
from assessments.services.transitions import ReasonMissing
from tests import factories
from units.models import AuditEvent, Membership
from units.permissions import ALL_AREAS, access_of
from units.services.areas import NoArea, NotInUnit, StaleAreas
from units.services.changes import day_of

CODE, OTHER, AREA_2 = "A.I.1.i.a", "A.I.1.i.b", "A.I.2.i.a"


def url(assessment, name="duties"):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code))


def give(assessment, actor, user, *codes):
    instrument = instrument_value(assessment.period.instrument)
    return give_questions(
        unit=assessment.unit, instrument=instrument, codes=codes, user=user, actor=actor, now=timezone.now()
    )


def hand(assessment, actor, leaver, receiver, reason="Pindah tugas", *, ends=False):
    return hand_over(
        unit=assessment.unit,
        leaver=leaver,
        receiver=receiver,
        reason=reason,
        ends_membership=ends,
        actor=actor,
        now=timezone.now(),
    )


def set_to(assessment, actor, user, *areas, seen=""):
    return set_areas(
        unit=assessment.unit, user=user, areas=frozenset(areas), seen=seen, actor=actor, now=timezone.now()
    )


def areas_of(user):
    return Membership.objects.get(user=user, role="unit_member").areas


def leave(user):
    """As the administrator ends a membership: the person was here until yesterday."""
    Membership.objects.filter(user=user).update(valid_until=day_of(timezone.now()) - timedelta(days=1))


def team(assessment):
    return unit_team(assessment.unit_id, day_of(timezone.now()))


def mine(assessment, user):
    instrument = instrument_value(assessment.period.instrument)
    return codes_of_person(user.pk, instrument, team(assessment), duties_of(assessment.unit_id))


@pytest.fixture
def pokja(cast):
    return factories.member_of(cast.unit_a, areas="2", full_name="Anggota Pokja Dua")


# Areas


def test_head_and_coordinator_set_areas(assessment, cast, pokja):
    assert set_to(assessment, cast.head, pokja, 2, 4, seen="2") is True
    assert set_to(assessment, cast.operator, pokja, *ALL_AREAS, seen="24") is True
    assert (areas_of(pokja), set_to(assessment, cast.head, pokja, *ALL_AREAS)) == ("", False)
    events = AuditEvent.objects.filter(verb="membership.areas").order_by("pk")
    assert [(event.actor, event.before["areas"], event.after["areas"]) for event in events] == [
        (cast.head, "2", "24"),
        (cast.operator, "24", ""),
    ]


def test_member_of_a_pokja_sets_no_areas(assessment, cast, pokja):
    with pytest.raises(PermissionDenied):
        set_to(assessment, pokja, cast.operator, 1)


@pytest.mark.parametrize("person", ["stranger", "head", "member"])
def test_areas_are_for_members_of_the_team(assessment, cast, person):
    with pytest.raises(NotInUnit):
        set_to(assessment, cast.operator, getattr(cast, person), 1)


def test_areas_are_at_least_one_and_known(assessment, cast, pokja):
    for numbers in ((), (7,)):
        with pytest.raises(NoArea):
            set_to(assessment, cast.head, pokja, *numbers, seen="2")


def test_areas_changed_meanwhile_are_not_overwritten(assessment, cast, pokja):
    with pytest.raises(StaleAreas):
        set_to(assessment, cast.head, pokja, 3, seen="1")
    assert areas_of(pokja) == "2"


# Questions


def test_question_has_one_person_and_the_rows_before_end(assessment, cast, pokja):
    assert give(assessment, cast.head, pokja, AREA_2) == 1
    assert give(assessment, cast.head, cast.operator, AREA_2, CODE) == 2
    assert give(assessment, cast.head, cast.operator, CODE) == 0
    assert duties_of(cast.unit_a.pk) == {AREA_2: cast.operator, CODE: cast.operator}
    ended = QuestionDuty.objects.get(ended_at__isnull=False)
    assert (ended.user, ended.ended_by) == (pokja, cast.head)
    assert AuditEvent.objects.filter(verb="duty.give").count() == 2


def test_question_can_be_taken_from_everybody(assessment, cast):
    give(assessment, cast.head, cast.operator, CODE, OTHER)
    assert give(assessment, cast.operator, None, CODE) == 1
    assert list(duties_of(cast.unit_a.pk)) == [OTHER]


@pytest.mark.parametrize("person", ["stranger", "member", "admin"])
def test_nobody_outside_the_unit_gets_a_duty(assessment, cast, person):
    with pytest.raises(NotInUnit):
        give(assessment, cast.head, getattr(cast, person), CODE)
    assert not QuestionDuty.objects.exists()


def test_former_member_gets_no_duty(assessment, cast, pokja):
    leave(pokja)
    with pytest.raises(NotInUnit):
        give(assessment, cast.head, pokja, AREA_2)


def test_duty_outside_the_area_of_a_pokja_is_refused(assessment, cast, pokja):
    with pytest.raises(OutsideAreas) as caught:
        give(assessment, cast.head, pokja, AREA_2, CODE)
    assert caught.value.data["codes"] == [CODE]
    assert not QuestionDuty.objects.exists()


def test_giving_needs_a_question_and_the_right(assessment, cast, pokja):
    with pytest.raises(NothingChosen):
        give(assessment, cast.head, cast.operator)
    with pytest.raises(PermissionDenied):
        give(assessment, pokja, pokja, AREA_2)


# Whose task it is


def test_tasks_are_those_of_the_pokja_and_those_given_by_name(assessment, cast, pokja):
    assert (len(mine(assessment, pokja)), len(mine(assessment, cast.operator))) == (15, 98)
    give(assessment, cast.head, cast.operator, AREA_2)
    assert (len(mine(assessment, pokja)), AREA_2 in mine(assessment, cast.operator)) == (14, True)
    give(assessment, cast.head, cast.head, CODE)
    assert (mine(assessment, cast.head), CODE in mine(assessment, cast.operator)) == ({CODE}, False)


def test_area_without_a_pokja_is_the_task_of_members_without_a_limit(assessment, cast, pokja):
    assert "A.I.3.i.a" in mine(assessment, cast.operator)
    leave(pokja)
    assert AREA_2 in mine(assessment, cast.operator)


# Handing over


def test_everything_is_handed_over_at_once(assessment, cast, pokja):
    taker = factories.member_of(cast.unit_a, areas="3", full_name="Penerima")
    give(assessment, cast.head, pokja, AREA_2, "A.I.2.i.b")
    assert hand(assessment, cast.operator, pokja, taker, "Mutasi, SK 12/2024") == 2
    assert set(duties_of(cast.unit_a.pk).values()) == {taker}
    assert areas_of(taker) == "23"
    assert set(QuestionDuty.objects.exclude(ended_at=None).values_list("ended_reason", flat=True)) == {
        "Mutasi, SK 12/2024"
    }
    event = AuditEvent.objects.get(verb="duty.handover")
    assert (event.actor, event.reason, event.before["areas"]) == (cast.operator, "Mutasi, SK 12/2024", "2")
    assert sorted(event.after["questions"]) == [AREA_2, "A.I.2.i.b"]


def test_receiver_without_a_limit_stays_so_and_takes_over_a_coordinator(assessment, cast, pokja):
    hand(assessment, cast.head, pokja, cast.operator)
    assert areas_of(cast.operator) == ""
    hand(assessment, cast.head, cast.operator, pokja)
    assert areas_of(pokja) == ""


def test_former_members_duties_are_stranded_until_handed_over(assessment, cast, pokja):
    give(assessment, cast.head, pokja, AREA_2)
    leave(pokja)
    instrument = instrument_value(assessment.period.instrument)
    (left,) = stranded(instrument, team(assessment), duties_of(cast.unit_a.pk))
    assert (left.user, left.has_left, left.codes) == (pokja, True, (AREA_2,))
    assert hand(assessment, cast.head, pokja, cast.operator) == 1
    assert stranded(instrument, team(assessment), duties_of(cast.unit_a.pk)) == ()


def test_duty_outside_a_changed_area_is_stranded(assessment, cast, pokja):
    give(assessment, cast.head, pokja, AREA_2)
    set_to(assessment, cast.head, pokja, 3, seen="2")
    instrument = instrument_value(assessment.period.instrument)
    (left,) = stranded(instrument, team(assessment), duties_of(cast.unit_a.pk))
    assert (left.user, left.has_left) == (pokja, False)


def test_head_may_end_the_membership_with_it(assessment, cast, pokja):
    with pytest.raises(PermissionDenied):
        hand(assessment, cast.operator, pokja, cast.operator, ends=True)
    hand(assessment, cast.head, pokja, cast.operator, ends=True)
    row = Membership.objects.get(user=pokja)
    assert row.valid_until == day_of(timezone.now())
    assert access_of(pokja, day_of(timezone.now()) + timedelta(days=1)).areas_in(cast.unit_a.pk) == frozenset()


def test_place_that_would_have_ended_later_ends_today_too(assessment, cast, pokja):
    """A later end in one row, and another row beside it: neither keeps the right."""
    today = day_of(timezone.now())
    Membership.objects.filter(user=pokja).update(valid_until=today + timedelta(days=90))
    Membership.objects.create(
        user=pokja, unit=cast.unit_a, agency=cast.agency, role="unit_member", areas="3", valid_from=date(2024, 1, 1)
    )
    hand(assessment, cast.head, pokja, cast.operator, ends=True)
    assert set(Membership.objects.filter(user=pokja).values_list("valid_until", flat=True)) == {today}
    assert access_of(pokja, today + timedelta(days=1)).areas_in(cast.unit_a.pk) == frozenset()


def test_membership_that_has_not_begun_ends_no_earlier_than_it_begins(assessment, cast, pokja):
    Membership.objects.filter(user=pokja).update(valid_from=date(2120, 1, 1))
    hand(assessment, cast.head, pokja, cast.operator, ends=True)
    assert Membership.objects.get(user=pokja).valid_until == date(2120, 1, 1)


@pytest.mark.parametrize(
    ("giver", "taker", "reason", "error"),
    [
        ("operator", "operator", "Pindah", SamePerson),
        ("pokja", "operator", "   ", ReasonMissing),
        ("pokja", "operator", "x" * 241, TextRefused),
        ("pokja", "stranger", "Pindah", NotInUnit),
        ("pokja", "head", "Pindah", NotInUnit),
        ("stranger", "operator", "Pindah", NotInUnit),
    ],
)
def test_handing_over_is_refused(assessment, cast, pokja, giver, taker, reason, error):
    people = {"pokja": pokja, "operator": cast.operator, "stranger": cast.stranger, "head": cast.head}
    give(assessment, cast.head, pokja, AREA_2)
    with pytest.raises(error):
        hand(assessment, cast.head, people[giver], people[taker], reason)
    assert duties_of(cast.unit_a.pk) == {AREA_2: pokja}
    assert (areas_of(pokja), areas_of(cast.operator)) == ("2", "")


# The page and its forms


def test_page_shows_pokja_holders_and_history(as_user, cast, assessment, pokja):
    give(assessment, cast.head, pokja, AREA_2)
    set_to(assessment, cast.head, pokja, 3, seen="2")
    html = as_user(cast.head).get(url(assessment)).content.decode()
    for words in (
        "Pokja area 3",
        "A.I.2.i.a diberikan kepada Anggota Pokja Dua",
        "Area Anggota Pokja Dua: 2 menjadi 3",
        "Perlu diserahkan: 1 pertanyaan atas nama Anggota Pokja Dua",
    ):
        assert words in html


def test_page_is_for_reading_without_the_right_to_share_out(as_user, cast, assessment, pokja):
    for person in (pokja, cast.member, cast.inspector, cast.assistant):
        html = as_user(person).get(url(assessment)).content.decode()
        assert ("Yang membagi tugas adalah" in html, "Bagikan yang dicentang" in html) == (True, False)


FORMS = ("duty_areas", "duty_questions", "duty_handover")


def data_for(name, cast, pokja):
    return {
        "duty_areas": {"orang": pokja.pk, "area": ["1", "2"], "sebelum": "2"},
        "duty_questions": {"orang": cast.operator.pk, "kode": [CODE, AREA_2]},
        "duty_handover": {"dari": pokja.pk, "kepada": cast.operator.pk, "alasan": "Pindah tugas"},
    }[name]


@pytest.mark.parametrize("name", FORMS)
def test_ladder(as_user, cast, assessment, pokja, name):
    where, data = url(assessment, name), data_for(name, cast, pokja)
    assert as_user(cast.stranger).post(where, data).status_code == 404
    for person in (pokja, cast.member, cast.assistant, cast.inspector, cast.admin):
        assert as_user(person).post(where, data).status_code == 403
    assert as_user(cast.head).get(where).status_code == 405
    before = AuditEvent.objects.count()
    response = as_user(cast.head).post(where, {})
    assert (response.status_code, "Ada isian yang perlu diperbaiki" in response.content.decode()) == (422, True)
    assert AuditEvent.objects.count() == before
    assert as_user(cast.head).post(where, data)["Location"] == url(assessment)
    assert AuditEvent.objects.count() == before + 1


@pytest.mark.parametrize("name", FORMS)
def test_forms_know_no_person_of_another_unit(as_user, cast, assessment, pokja, name):
    stranger = {"orang": cast.stranger.pk, "dari": cast.stranger.pk}
    data = data_for(name, cast, pokja)
    data |= {key: value for key, value in stranger.items() if key in data}
    response = as_user(cast.head).post(url(assessment, name), data)
    assert (response.status_code, cast.stranger.full_name in response.content.decode()) == (422, False)


def test_stale_areas_are_a_conflict(as_user, cast, assessment, pokja):
    data = {"orang": pokja.pk, "area": ["1"], "sebelum": "5"}
    assert as_user(cast.head).post(url(assessment, "duty_areas"), data).status_code == 409


def test_question_outside_the_area_is_named_on_the_page(as_user, cast, assessment, pokja):
    response = as_user(cast.head).post(url(assessment, "duty_questions"), {"orang": pokja.pk, "kode": [CODE]})
    assert (response.status_code, f"({CODE})" in response.content.decode()) == (422, True)


def test_dash_takes_questions_from_everybody(as_user, cast, assessment):
    give(assessment, cast.head, cast.operator, CODE)
    assert as_user(cast.head).post(url(assessment, "duty_questions"), {"orang": "-", "kode": [CODE]}).status_code == 302
    assert duties_of(cast.unit_a.pk) == {}


def test_only_the_head_is_offered_to_end_a_membership(as_user, cast, assessment, pokja):
    data = data_for("duty_handover", cast, pokja) | {"akhiri": "on"}
    assert 'name="akhiri"' not in as_user(cast.operator).get(url(assessment)).content.decode()
    as_user(cast.operator).post(url(assessment, "duty_handover"), data)
    assert Membership.objects.get(user=pokja).valid_until is None
    as_user(cast.head).post(url(assessment, "duty_handover"), data)
    assert Membership.objects.get(user=pokja).valid_until == day_of(timezone.now())


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_a_fixed_number_of_queries(as_user, cast, assessment, count, django_assert_num_queries):
    for code in (CODE, OTHER, AREA_2)[:count]:
        give(assessment, cast.head, factories.member_of(cast.unit_a), code)
    browser = as_user(cast.head)
    browser.get(url(assessment))
    with django_assert_num_queries(8):
        browser.get(url(assessment))
