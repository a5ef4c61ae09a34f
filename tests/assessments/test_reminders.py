"""What time makes news: travelled through hour by hour, each reminder exactly once (UX-53)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Assessment
from assessments.services.reminders import remind
from tests import factories
from units.models import Notice, User

UNTIL = datetime(2024, 7, 20, 16, 59, 59, tzinfo=UTC)
BEGIN = datetime(2024, 6, 30, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def sheet(cast):
    period = factories.PeriodFactory(
        agency=cast.agency, fill_from=BEGIN, fill_until=UNTIL, review_until=UNTIL + timedelta(days=30)
    )
    return factories.AssessmentFactory(unit=cast.unit_a, period=period)


def travel(since, until, step=6 * HOUR):
    """As the timer does, but not so often."""
    now = since
    while now < until:
        remind(now=now)
        now += step


def told(user, kind="deadline_near"):
    rows = Notice.objects.filter(user=user, kind=kind).order_by("created_at")
    return [(notice.created_at, notice.is_urgent) for notice in rows]


def test_unit_that_has_not_sent_is_reminded_seven_three_and_one_days_and_three_hours_before(cast, sheet):
    travel(BEGIN, UNTIL + timedelta(days=8), step=HOUR)
    before = [(timedelta(days=7), False), (timedelta(days=3), False), (timedelta(days=1), True), (3 * HOUR, True)]
    for person in (cast.operator, cast.head):
        found = told(person)
        assert [urgent for _, urgent in found] == [urgent for _, urgent in before]
        for (at, _), (left, _) in zip(found, before, strict=True):
            assert timedelta(0) <= at - (UNTIL - left) < HOUR
    assert Notice.objects.filter(kind="deadline_near").count() == 8
    params = Notice.objects.filter(kind="deadline_near").first().params
    assert (params["zone"], datetime.fromisoformat(params["until"])) == (cast.agency.zone_label, UNTIL)


@pytest.mark.parametrize("state", ["submitted", "review_member", "review_controller"])
def test_unit_that_has_sent_is_left_in_peace(cast, sheet, state):
    Assessment.objects.filter(pk=sheet.pk).update(state=state)
    travel(UNTIL - timedelta(days=9), UNTIL + timedelta(days=40))
    assert Notice.objects.count() == 0


def test_returned_worksheet_is_reminded_of_the_end_of_repairs(cast, sheet):
    Assessment.objects.filter(pk=sheet.pk).update(state="returned", round=2)
    travel(UNTIL - timedelta(days=9), UNTIL + timedelta(days=31), step=3 * HOUR)
    assert [urgent for _, urgent in told(cast.operator)] == [False, False, True, True]
    assert timedelta(0) <= told(cast.operator)[0][0] - (UNTIL + timedelta(days=23)) < 6 * HOUR


def test_extended_deadline_is_reminded_of_anew(cast, sheet):
    travel(UNTIL - timedelta(days=2), UNTIL - timedelta(days=1) - HOUR)
    assert len(told(cast.operator)) == 1
    later = UNTIL + timedelta(days=10)
    Assessment.objects.filter(pk=sheet.pk).update(fill_until=later)
    travel(UNTIL, later + timedelta(days=1), step=HOUR)
    assert len(told(cast.operator)) == 5


def test_run_that_comes_late_tells_the_nearest_step_only(cast, sheet):
    remind(now=UNTIL - timedelta(hours=30))
    remind(now=UNTIL - timedelta(hours=29))
    assert len(told(cast.operator)) == 1
    remind(now=UNTIL)
    assert len(told(cast.operator)) == 1


def test_opening_is_told_once_and_only_while_it_is_news(cast, sheet, assessment_b):
    travel(BEGIN - timedelta(days=1), BEGIN + timedelta(days=5))
    assert [at for at, _ in told(cast.operator, "sheet_opened")] == [BEGIN]
    Notice.objects.all().delete()
    remind(now=BEGIN + timedelta(days=3))
    assert told(cast.operator, "sheet_opened") == []


def test_overdue_followup_is_told_once_for_each_due_date(cast, sheet):
    note = factories.note(sheet, "A.I.1.i.a", cast.member)
    promise = factories.followup(note, cast.member, due=datetime(2024, 9, 10, tzinfo=UTC).date())
    # The day after begins at 17:00 UTC the day before (WIB).
    midnight = datetime(2024, 9, 10, 17, 0, tzinfo=UTC)
    remind(now=midnight - timedelta(seconds=1))
    assert Notice.objects.count() == 0
    travel(midnight, midnight + timedelta(days=3))
    people = {cast.operator.pk, cast.head.pk, cast.member.pk, cast.lead.pk, cast.controller.pk}
    assert sorted(Notice.objects.values_list("user_id", flat=True)) == sorted(people)
    promise.due += timedelta(days=20)
    promise.save()
    travel(midnight + timedelta(days=10), midnight + timedelta(days=25))
    assert Notice.objects.count() == 10


@pytest.mark.parametrize("change", ["reported", "closed"])
def test_followup_that_is_reported_or_closed_is_not_overdue(cast, sheet, change):
    promise = factories.followup(factories.note(sheet, "A.I.1.i.a", cast.member), cast.member)
    now = timezone.now()
    for name, value in {"reported": {"report": "Sudah"}, "closed": {}}[change].items():
        setattr(promise, name, value)
    setattr(promise, f"{change}_at", now)
    setattr(promise, f"{change}_by", cast.operator)
    promise.save()
    remind(now=now + timedelta(days=32))
    assert Notice.objects.filter(kind="followup_overdue").count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_run_that_finds_nothing_new_asks_a_fixed_number_of_times(cast, sheet, number):
    for _ in range(number - 1):
        unit = factories.UnitFactory(agency=cast.agency)
        factories.member_of(unit)
        factories.AssessmentFactory(unit=unit, period=sheet.period)
    remind(now=UNTIL - timedelta(days=2))
    with CaptureQueriesContext(connection) as captured:
        remind(now=UNTIL - timedelta(days=2) + HOUR)
    assert len(captured) == 5


def test_command_reminds_and_mails_and_does_so_once(cast, sheet):
    User.objects.filter(pk=cast.operator.pk).update(email="operator@example.org", mail_frequency="at_once")
    now = timezone.now()
    sheet.period.fill_from, sheet.period.fill_until = now - timedelta(days=20), now + timedelta(days=2)
    sheet.period.review_until = now + timedelta(days=20)
    sheet.period.save()
    for _ in range(3):
        call_command("send_notices", verbosity=0)
    (message,) = mail.outbox
    assert (message.to, "belum dikirim" in message.body) == (["operator@example.org"], True)
