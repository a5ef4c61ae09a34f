"""Several timers and workers that mail at the same moment: everybody gets one message of each thing."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial

from django.core import mail
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from assessments.services.reminders import remind
from tests import factories
from units.models import Notice, User
from units.services.inbox import tell
from units.services.notice_mail import LEASE, last_digest_time, mail_at_once, mail_digests

RUNS = 6
CHILD = "tests.assessments.parallel.mailing_child"


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


def killed_run(moment):
    """A process of its own that dies by SIGKILL between claim and send."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    name = connections.settings["default"]["NAME"]
    command = [sys.executable, "-m", CHILD, str(name), moment.isoformat()]
    assert subprocess.run(command, env=environment, check=False, timeout=60).returncode == -signal.SIGKILL


def test_message_of_a_killed_run_is_mailed_once_after_its_lease(cast, at_once):
    person = cast.operator
    User.objects.filter(pk=person.pk).update(mail_frequency="daily", email="orang@example.org")
    morning = last_digest_time(timezone.now())
    for number in range(3):
        told([person], str(number), morning - timedelta(hours=1))
    killed_run(morning)
    assert Notice.objects.filter(mailed_at=None, claimed_until__gt=morning).count() == 3
    mail.outbox = []
    for moment, messages in ((morning + LEASE / 2, 0), (morning + 2 * LEASE, 1), (morning + 4 * LEASE, 1)):
        at_once([partial(mail_digests, now=moment) for _ in range(RUNS)])
        assert [message.body.count("/kabar/\n") for message in mail.outbox] == [4] * messages
    assert Notice.objects.filter(mailed_at=None).count() == 0


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
