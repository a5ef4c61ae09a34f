"""Who else is at a question (REL-03): a hint for a minute, no lock, for those who fill the worksheet only."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Presence
from assessments.queries.presence import Others, others_at
from assessments.services.presence import be_seen
from tests import factories
from units.models import AuditEvent, Membership

CODE, NEXT = "A.I.1.i.b", "A.I.1.ii.b"


def editing(assessment, code=CODE):
    unit = assessment.unit
    return reverse("answer_editing", args=(unit.agency.code, unit.code, assessment.period.code, code))


def test_second_person_at_a_question_is_told_of_the_first(as_user, cast, assessment):
    assert as_user(cast.operator).post(editing(assessment)).status_code == 204
    answer = as_user(cast.head).post(editing(assessment))
    assert answer.status_code == 200
    assert f"Sedang disunting oleh {cast.operator.full_name}." in answer.content.decode()
    assert as_user(cast.operator).post(editing(assessment, NEXT)).status_code == 204
    assert as_user(cast.head).post(editing(assessment)).status_code == 204


def test_hint_names_everybody_and_ends_with_the_oldest(cast, assessment):
    now = timezone.now()
    for person, seconds in ((cast.operator, 50), (factories.member_of(cast.unit_a, full_name="Aminah"), 10)):
        be_seen(assessment=assessment, code=CODE, actor=person, now=now - timedelta(seconds=seconds))
    found = others_at(assessment, CODE, cast.head, now)
    assert found == Others(tuple(sorted(("Aminah", cast.operator.full_name))), 10)
    assert others_at(assessment, CODE, cast.head, now + timedelta(seconds=10)).names == ("Aminah",)
    assert others_at(assessment, CODE, cast.head, now + timedelta(seconds=50)) == Others()


def test_one_row_for_each_person_and_nothing_in_the_log(as_user, cast, assessment, django_assert_num_queries):
    browser = as_user(cast.operator)
    browser.post(editing(assessment))
    before = AuditEvent.objects.count()
    with django_assert_num_queries(6):
        browser.post(editing(assessment, NEXT))
    assert list(Presence.objects.values_list("user", "code")) == [(cast.operator.pk, NEXT)]
    assert AuditEvent.objects.count() == before


def test_nobody_is_noted_who_may_not_fill_or_while_it_is_closed(as_user, cast, assessment):
    Membership.objects.filter(user=cast.operator).update(areas="2")
    assert as_user(cast.operator).post(editing(assessment)).status_code == 403
    assert as_user(cast.member).post(editing(assessment)).status_code == 403
    assert as_user(cast.stranger).post(editing(assessment)).status_code == 404
    assert as_user(cast.head).get(editing(assessment)).status_code == 405
    assert as_user(cast.head).post(editing(assessment, "A.I.1.i.zz")).status_code == 404
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    assert as_user(cast.head).post(editing(assessment)).status_code == 204
    assert not Presence.objects.exists()


@pytest.mark.parametrize("page", ["worksheet", "worksheet_focus"])
def test_pages_that_are_filled_say_where_to_ask(as_user, cast, assessment, page):
    unit = assessment.unit
    place = CODE if page == "worksheet_focus" else "A.I.1.i"
    html = (
        as_user(cast.operator)
        .get(reverse(page, args=(unit.agency.code, unit.code, assessment.period.code, place)))
        .content.decode()
    )
    assert f'data-presence-url="{editing(assessment)}"' in html
    assert "js/presence" in html
