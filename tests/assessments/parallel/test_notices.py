"""Several timers and workers that mail at the same moment: everybody gets one message of each thing."""

from datetime import timedelta
from functools import partial

from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from assessments.services.reminders import remind
from tests import factories
from units.models import Notice, User
from units.services.inbox import tell
from units.services.notice_mail import mail_at_once, mail_digests

RUNS = 4


def told(users, key, now):
    params = {"unit": "Unit Uji", "period": "TW II 2024"}
    tell(users=users, kind="sheet_final", key=key, params=params, path="/kabar/", unit=None, now=now)


def test_runs_at_the_same_moment_mail_each_notice_once(cast, at_once):
    people = [cast.operator, cast.head, cast.member, cast.lead]
    for person, frequency in zip(people, ("daily", "at_once", "daily", "at_once"), strict=True):
        User.objects.filter(pk=person.pk).update(mail_frequency=frequency, email=f"{person.username}@example.org")
    now = timezone.now()
    for number in range(3):
        told(people, str(number), now - timedelta(days=2))
    mail.outbox = []
    at_once([partial(call_command, "send_notices", verbosity=0) for _ in range(RUNS)])
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        f"{person.username}@example.org" for person in people
    )
    assert [message.body.count("/kabar/\n") for message in mail.outbox] == [4] * 4
    assert Notice.objects.filter(mailed_at__isnull=True).count() == 0
    assert (mail_at_once(now=now), mail_digests(now=now)) == (0, 0)


def test_one_event_told_by_many_is_one_notice_each(cast, at_once):
    now = timezone.now()
    at_once([partial(told, [cast.operator, cast.head], "same", now) for _ in range(RUNS)])
    assert sorted(Notice.objects.values_list("user_id", flat=True)) == sorted([cast.operator.pk, cast.head.pk])


def test_reminders_at_the_same_moment_are_one(cast, at_once):
    now = timezone.now()
    period = factories.PeriodFactory(
        agency=cast.agency,
        fill_from=now - timedelta(days=30),
        fill_until=now + timedelta(days=2),
        review_until=now + timedelta(days=20),
    )
    factories.AssessmentFactory(unit=cast.unit_a, period=period)
    at_once([partial(remind, now=now) for _ in range(RUNS)])
    assert sorted(Notice.objects.values_list("user_id", "kind")) == sorted(
        [(cast.operator.pk, "deadline_near"), (cast.head.pk, "deadline_near")]
    )
