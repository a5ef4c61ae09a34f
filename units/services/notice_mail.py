"""Mail of notices: at once, or in a digest each day, or only what is urgent; plain text, in the person's language.

However many workers and timers run, a message has one sender: its notices are claimed for LEASE, in a transaction of
their own, then it is sent and they are marked as mailed. When the mail server refuses it, the claim is given back for
the next run (SEC-98). A run that is killed between the two leaves a claim that runs out: the next run sends the same
notices once more, in the same composition and with the same Message-ID. So nothing is lost, and what the server took
just before the kill comes twice at worst, in a form that mail programs recognise (REL-43).
"""

import logging
import smtplib
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from hashlib import sha256
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from units import notice_kinds
from units.models import Notice, User
from units.services.notices import compose
from zi_portal.retries import is_passing, retried

log = logging.getLogger("portal.mail")

DIGEST_AT = time(6, 0)
"""In the portal's zone (settings.TIME_ZONE)."""
STALE_AFTER = timedelta(days=14)
"""What nobody could mail for so long is no news any more; it stays in the inbox."""
LEASE = timedelta(minutes=15)
"""Longer than any message takes (settings.EMAIL_TIMEOUT holds for each of a dozen steps)."""
# The server said no, or was not there; after anything else it may have taken the message.
NOT_TAKEN = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ConnectionRefusedError, socket.gaierror)
LISTED = 30
Frequency = User.MailFrequency


@dataclass(frozen=True, slots=True)
class Run:
    """One run over everybody, which may take longer than a lease: a claim begins when it is made."""

    now: datetime
    since: float = field(default_factory=monotonic)

    @property
    def moment(self) -> datetime:
        return self.now + timedelta(seconds=monotonic() - self.since)


@dataclass(frozen=True, slots=True)
class Claim:
    """The notices of one message, which this run alone may send until `until`; `key` names the message."""

    notices: Sequence[Notice]
    key: str
    until: datetime
    was_cut_off: bool

    @property
    def rows(self) -> QuerySet[Notice]:
        return Notice.objects.filter(pk__in=[notice.pk for notice in self.notices], mail_key=self.key)


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in a message; the sentence is made where the language is active."""

    notice: Notice
    url: str

    @property
    def sentence(self) -> str:
        return notice_kinds.sentence_of(self.notice.kind, self.notice.params)


def mail_at_once(*, now: datetime) -> int:
    """Urgent notices, and all of those who want every one at once; gives how many messages went out."""
    return _mail(_unmailed(now).filter(Q(is_urgent=True) | Q(user__mail_frequency=Frequency.AT_ONCE)), now)


def mail_digests(*, now: datetime) -> int:
    """One message to each person who wants a digest, of what came before the last DIGEST_AT.

    Running again before the next one finds nothing left: nothing older can come any more. Gives how many went out.
    """
    daily = _unmailed(now).filter(user__mail_frequency=Frequency.DAILY, created_at__lt=last_digest_time(now))
    return _mail(daily, now)


def last_digest_time(now: datetime) -> datetime:
    local = timezone.localtime(now)
    today = local.replace(hour=DIGEST_AT.hour, minute=DIGEST_AT.minute, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


def _unmailed(now: datetime) -> QuerySet[Notice]:
    """Unread, not mailed, of people who have an address; what was read in the portal needs no mail."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    waiting = Notice.objects.filter(free, mailed_at__isnull=True, read_at__isnull=True)
    waiting = waiting.filter(created_at__gt=now - STALE_AFTER)
    return waiting.filter(user__is_active=True, user__is_demo=False).exclude(user__email="")


def _mail(due: QuerySet[Notice], now: datetime) -> int:
    """For each person what was cut off, message by message, and one message of all that is new."""
    run = Run(now)
    messages = list(due.order_by("user_id", "mail_key").values_list("user_id", "mail_key").distinct())
    people = User.objects.in_bulk([user_id for user_id, _key in messages])
    return sum(_mail_one(people[user_id], due.filter(user=user_id), key, run) for user_id, key in messages)


def _mail_one(user: User, due: QuerySet[Notice], key: str, run: Run) -> bool:
    claim = _claim(user, due, key, run)
    if claim is None:
        return False
    try:
        _message(user, claim).send()
    except Exception as error:
        log.exception("notices were not mailed; the next run tries again")
        _give_back(claim, run, is_whole=isinstance(error, NOT_TAKEN) and not claim.was_cut_off)
        return False
    retried(lambda: claim.rows.filter(mailed_at__isnull=True).update(mailed_at=run.moment, claimed_until=None))
    return True


def _claim(user: User, due: QuerySet[Notice], key: str, run: Run) -> Claim | None:
    """These rows are this run's; another run finds them claimed or mailed, or somebody at work on them.

    Without `key` all that is new; with it a message that was cut off, as it was, while any of it is still due.
    """
    try:
        return _claimed(user, due.filter(mail_key=key), key, run)
    except OperationalError as error:
        if not is_passing(error):
            raise
        return None


@transaction.atomic
def _claimed(user: User, wanted: QuerySet[Notice], key: str, run: Run) -> Claim | None:
    """Waits for no lock: whoever holds one of the rows mails it now, or leaves it to the next run."""
    if key and wanted.exists():
        unsent = Notice.objects.filter(user=user, mailed_at__isnull=True)
        wanted = unsent.filter(mail_key=key, claimed_until__lte=run.now)
    rows = list(wanted.select_for_update(of=("self",), nowait=True).order_by("-created_at", "-pk"))
    if not rows:
        return None
    claim = Claim(rows, key or _key(user, rows), run.moment + LEASE, was_cut_off=bool(key))
    ids = [notice.pk for notice in rows]
    Notice.objects.filter(pk__in=ids).update(mail_key=claim.key, claimed_until=claim.until)
    return claim


def _give_back(claim: Claim, run: Run, *, is_whole: bool) -> None:
    """For the next run; not whole means that it stays a message, because the server may have it already."""
    mine = claim.rows.filter(mailed_at__isnull=True, claimed_until=claim.until)
    if is_whole:
        mine.update(mail_key="", claimed_until=None)
    else:
        mine.update(claimed_until=run.now)


def _key(user: User, notices: Sequence[Notice]) -> str:
    """The same for the same notices of the same person; told times keep ids apart that a restored database reuses."""
    told = sorted(f"{notice.pk}@{notice.created_at.isoformat()}" for notice in notices)
    return sha256(f"{user.pk}:{','.join(told)}".encode()).hexdigest()[: Notice.KEY_LENGTH]


def _message(user: User, claim: Claim) -> EmailMessage:
    base, notices = settings.PORTAL_URL, claim.notices
    lines = [Line(notice, f"{base}{notice.path}") for notice in notices[:LISTED]]
    context: dict[str, object] = {
        "lines": lines,
        "total": len(notices),
        "more": len(notices) - len(lines),
        "base": base,
    }
    message = compose(user, "units/mail/notices", context)
    place = urlsplit(base).hostname or "localhost"
    message.extra_headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<zi-{claim.key}@{place}>"}
    return message
