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


SECOND = timedelta(seconds=1)
STEPS = (timedelta(days=7), timedelta(days=3), timedelta(days=1), 3 * HOUR)


def travel(*moments):
    """As the timer does, at the moments that matter."""
    for now in sorted(moments):
        remind(now=now)


def around(deadline):
    """Just before, at and after each step, and the deadline itself."""
    steps = [deadline - step for step in (timedelta(days=8), *STEPS, timedelta(0))]
    return [step + shift for step in steps for shift in (-SECOND, timedelta(0), SECOND, HOUR)]


def told(user, kind="deadline_near"):
    rows = Notice.objects.filter(user=user, kind=kind).order_by("created_at")
    return [(notice.created_at, notice.is_urgent) for notice in rows]


def of_units():
    """Without what Inspectors are told of the whole quarter (test_overseeing.py)."""
    return Notice.objects.filter(unit__isnull=False)


def test_unit_that_has_not_sent_is_reminded_seven_three_and_one_days_and_three_hours_before(cast, sheet):
    travel(BEGIN + timedelta(days=4), *around(UNTIL), UNTIL + timedelta(days=8))
    expected = [(UNTIL - step, step <= timedelta(days=1)) for step in STEPS]
    assert (told(cast.operator), told(cast.head)) == (expected, expected)
    assert of_units().count() == 8
    params = of_units().first().params
    assert (params["zone"], datetime.fromisoformat(params["until"])) == (cast.agency.zone_label, UNTIL)


@pytest.mark.parametrize("state", ["submitted", "review_member", "review_controller"])
def test_unit_that_has_sent_is_left_in_peace(cast, sheet, state):
    Assessment.objects.filter(pk=sheet.pk).update(state=state)
    travel(*around(UNTIL)[::4], *around(UNTIL + timedelta(days=30))[::4])
    assert of_units().count() == 0


def test_returned_worksheet_is_reminded_of_the_end_of_repairs(cast, sheet):
    Assessment.objects.filter(pk=sheet.pk).update(state="returned", round=2)
    end = UNTIL + timedelta(days=30)
    travel(*around(UNTIL)[::4], *around(end))
    assert [at for at, _ in told(cast.operator)] == [end - step for step in STEPS]


def test_extended_deadline_is_reminded_of_anew(cast, sheet):
    travel(UNTIL - timedelta(days=2), UNTIL - timedelta(days=1) - HOUR)
    assert len(told(cast.operator)) == 1
    later = UNTIL + timedelta(days=10)
    Assessment.objects.filter(pk=sheet.pk).update(fill_until=later)
    travel(UNTIL, *around(later))
    assert [at for at, _ in told(cast.operator)][1:] == [later - step for step in STEPS]


def test_run_that_comes_late_tells_the_nearest_step_only(cast, sheet):
    remind(now=UNTIL - timedelta(hours=30))
    remind(now=UNTIL - timedelta(hours=29))
    assert len(told(cast.operator)) == 1
    remind(now=UNTIL)
    assert len(told(cast.operator)) == 1


def test_opening_is_told_once_and_only_while_it_is_news(cast, sheet):
    factories.AssessmentFactory(unit=cast.unit_b, period=sheet.period, state="submitted")
    travel(BEGIN - SECOND, BEGIN, BEGIN + HOUR, BEGIN + timedelta(days=2))
    assert [at for at, _ in told(cast.operator, "sheet_opened")] == [BEGIN]
    assert Notice.objects.count() == 2
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
    travel(midnight, midnight + HOUR, midnight + timedelta(days=3))
    people = {cast.operator.pk, cast.head.pk, cast.member.pk, cast.lead.pk, cast.controller.pk}
    assert sorted(of_units().values_list("user_id", flat=True)) == sorted(people)
    promise.due += timedelta(days=20)
    promise.save()
    travel(*[midnight + timedelta(days=days) for days in (10, 19, 20, 21, 25)])
    assert of_units().count() == 10


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
    assert len(captured) == 8


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
