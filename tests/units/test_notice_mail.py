"""Claims on mail: one sender for each message, and none is lost when a run ends between claim and send (REL-43)."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from units.models import Notice
from units.services import notice_mail
from units.services.inbox import mark_read, tell
from units.services.notice_mail import LEASE, mail_at_once, mail_digests

# 06:00 WIB is 23:00 UTC the day before.
MORNING = datetime(2024, 7, 3, 23, 0, tzinfo=UTC)
BEFORE = MORNING - timedelta(hours=8)
LATER = MORNING + LEASE + timedelta(seconds=1)
DAY = timedelta(days=1)


class Killed(BaseException):
    """Nothing in the portal catches it, as nothing catches a kill."""


class KilledBefore(EmailBackend):
    def send_messages(self, email_messages):
        raise Killed(email_messages)


class KilledAfter(EmailBackend):
    """The server has the message; the run ends before it can say so."""

    def send_messages(self, email_messages):
        super().send_messages(email_messages)
        raise Killed


class Silent(EmailBackend):
    """The server may have the message; its answer does not come."""

    def send_messages(self, email_messages):
        raise TimeoutError(email_messages)


class Refusing(EmailBackend):
    def send_messages(self, email_messages):
        raise SMTPDataError(451, f"not now: {email_messages}")


@pytest.fixture
def through(settings):
    def choose(backend):
        path = f"{__name__}.{backend.__name__}" if backend else "django.core.mail.backends.locmem.EmailBackend"
        settings.EMAIL_BACKEND = path

    return choose


@pytest.fixture
def reader(cast):
    return wants(cast.operator, "daily")


def wants(user, frequency):
    user.mail_frequency, user.email = frequency, f"{user.username}@example.org"
    user.save()
    return user


def told(*users, key="a", now=BEFORE, **more):
    params = {"unit": "Unit Uji", "period": "TW II 2024"}
    tell(users=users, kind="sheet_received", key=key, params=params, path=f"/ke/{key}/", unit=None, now=now, **more)


def cut_off(now=MORNING, run=mail_digests):
    with pytest.raises(Killed):
        run(now=now)


def ids():
    return [message.extra_headers["Message-ID"] for message in mail.outbox]


def named(message):
    return sorted(key for key in "abcd" if f"/ke/{key}/" in message.body)


def test_message_of_a_killed_run_goes_out_after_the_lease(reader, through):
    told(reader)
    told(reader, key="b")
    through(KilledBefore)
    cut_off()
    through(None)
    assert (mail_digests(now=MORNING + LEASE - timedelta(seconds=1)), mail.outbox) == (0, [])
    assert (mail_digests(now=LATER), mail_digests(now=LATER + DAY)) == (1, 0)
    assert [named(message) for message in mail.outbox] == [["a", "b"]]
    assert [(row.mailed_at is None, row.claimed_until) for row in Notice.objects.all()] == [(False, None)] * 2


def test_urgent_message_of_a_killed_worker_goes_out_with_the_timer(reader, through):
    told(reader, is_urgent=True)
    through(KilledBefore)
    cut_off(run=mail_at_once)
    through(None)
    assert [mail_at_once(now=MORNING), mail_at_once(now=LATER)] == [0, 1]


def test_what_the_server_took_before_the_kill_comes_again_as_the_same_message(reader, through, settings):
    settings.PORTAL_URL = "https://zi.example.go.id:8443"
    told(reader)
    told(reader, key="b")
    through(KilledAfter)
    cut_off()
    through(None)
    told(reader, key="c", now=MORNING + timedelta(minutes=1))
    assert mail_digests(now=LATER + DAY) == 2
    assert [named(message) for message in mail.outbox] == [["a", "b"], ["c"], ["a", "b"]]
    first, new, again = ids()
    assert (first == again, first == new) == (True, False)
    assert first.startswith("<zi-")
    assert first.endswith("@zi.example.go.id>")
    assert mail.outbox[0].message()["Message-ID"] == first
    assert mail.outbox[0].body == mail.outbox[2].body


def test_message_that_was_cut_off_keeps_what_was_read_meanwhile(reader, through):
    """Another composition would be another message, of which the reader may have the half already."""
    told(reader)
    told(reader, key="b")
    through(KilledAfter)
    cut_off()
    through(None)
    mark_read(user=reader, now=MORNING, notice=Notice.objects.get(key="a"))
    assert mail_digests(now=LATER) == 1
    assert ([named(message) for message in mail.outbox], len(set(ids()))) == ([["a", "b"]] * 2, 1)


def test_message_that_was_cut_off_and_read_in_the_portal_needs_no_mail(reader, through):
    told(reader)
    through(KilledBefore)
    cut_off()
    through(None)
    mark_read(user=reader, now=MORNING)
    assert mail_digests(now=LATER) == 0


def test_messages_of_different_people_and_notices_have_different_ids(cast, reader):
    wants(cast.head, "daily")
    told(reader, cast.head)
    mail_digests(now=MORNING)
    told(reader, key="b", now=MORNING)
    mail_digests(now=MORNING + DAY)
    assert len(set(ids())) == 3


def test_long_run_claims_each_message_from_its_own_moment(cast, reader, monkeypatch):
    """Twenty minutes into a run another one begins; what the first claims now is not free for it."""
    told(reader)
    watch = iter([0.0, 1200.0, 1201.0])
    begun = notice_mail.Run(MORNING, next(watch))
    monkeypatch.setattr(notice_mail, "Run", lambda _now: begun)
    monkeypatch.setattr(notice_mail, "monotonic", watch.__next__)
    seen = []

    class Watching(EmailBackend):
        def send_messages(self, email_messages):
            seen.extend(Notice.objects.values_list("claimed_until", flat=True))
            return super().send_messages(email_messages)

    monkeypatch.setattr("django.core.mail.get_connection", lambda *_args, **_options: Watching())
    assert mail_digests(now=MORNING) == 1
    assert seen == [MORNING + timedelta(minutes=20) + LEASE]
    assert Notice.objects.get().mailed_at == MORNING + timedelta(seconds=1201)


def test_refused_message_is_new_again_and_goes_with_what_came_meanwhile(reader, through):
    told(reader)
    through(Refusing)
    assert mail_digests(now=MORNING) == 0
    through(None)
    told(reader, key="b", now=MORNING)
    assert mail_digests(now=MORNING + DAY) == 1
    assert named(mail.outbox[0]) == ["a", "b"]


@pytest.mark.parametrize("then", [Silent, Refusing])
def test_message_whose_fate_is_unknown_stays_the_same_message(reader, through, then):
    told(reader)
    through(Silent)
    assert mail_digests(now=MORNING) == 0
    key = Notice.objects.get().mail_key
    through(then)
    assert mail_digests(now=MORNING + timedelta(minutes=10)) == 0
    through(None)
    told(reader, key="b", now=MORNING)
    assert mail_digests(now=MORNING + DAY) == 2
    assert [named(message) for message in mail.outbox] == [["b"], ["a"]]
    assert key
    assert f"<zi-{key}@" in ids()[1]


@pytest.mark.parametrize("number", [1, 3])
def test_run_asks_the_same_for_one_notice_and_for_three(reader, number):
    for key in "abc"[:number]:
        told(reader, key=key)
    with CaptureQueriesContext(connection) as captured:
        assert mail_digests(now=MORNING) == 1
    # Who is due, the people, the claim (savepoint, read, write, release), the mark.
    assert len(captured) == 7


@pytest.mark.parametrize(
    "fields",
    [{"claimed_until": MORNING}, {"claimed_until": MORNING, "mail_key": "x", "mailed_at": MORNING}],
    ids=["no message", "already mailed"],
)
def test_claim_is_only_of_a_message_that_is_not_sent(reader, fields):
    told(reader)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(**fields)
