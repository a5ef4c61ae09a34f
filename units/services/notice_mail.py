"""Mail of notices: at once, or in a digest each day, or only what is urgent; plain text, in the person's language.

Every notice is mailed at most once, however many workers and timers run: its row is claimed first, in a transaction
of its own, then the message is sent. When the mail server fails, the claim is given back for the next run (SEC-98).
A run that is killed between the two leaves a notice unmailed; it still stands in the inbox.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from units import notice_kinds
from units.models import Notice, User
from units.services.notices import compose

log = logging.getLogger("portal.mail")

DIGEST_AT = time(6, 0)
"""In the portal's zone (settings.TIME_ZONE)."""
STALE_AFTER = timedelta(days=14)
"""What nobody could mail for so long is no news any more; it stays in the inbox."""
LISTED = 30
Frequency = User.MailFrequency


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
    waiting = Notice.objects.filter(mailed_at__isnull=True, read_at__isnull=True, created_at__gt=now - STALE_AFTER)
    return waiting.filter(user__is_active=True, user__is_demo=False).exclude(user__email="")


def _mail(due: QuerySet[Notice], now: datetime) -> int:
    ids = due.order_by().values_list("user_id", flat=True).distinct()
    people = User.objects.filter(pk__in=list(ids)).order_by("pk")
    return sum(_mail_one(user, due, now) for user in people)


def _mail_one(user: User, due: QuerySet[Notice], now: datetime) -> bool:
    claimed = _claim(due.filter(user=user), now)
    if not claimed:
        return False
    try:
        _message(user, claimed).send()
    except Exception:
        log.exception("notices were not mailed; the next run tries again")
        Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(mailed_at=None)
        return False
    return True


def _claim(due: QuerySet[Notice], now: datetime) -> list[Notice]:
    """These rows are this run's; another run that waited for them finds them mailed."""
    with transaction.atomic():
        rows = list(due.select_for_update(of=("self",)).select_related("unit").order_by("-created_at", "-pk"))
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=now)
    return rows


def _message(user: User, notices: Sequence[Notice]) -> EmailMessage:
    base = settings.PORTAL_URL
    lines = [Line(notice, f"{base}{notice.path}") for notice in notices[:LISTED]]
    context: dict[str, object] = {
        "lines": lines,
        "total": len(notices),
        "more": len(notices) - len(lines),
        "base": base,
    }
    message = compose(user, "units/mail/notices", context)
    message.extra_headers = {"Auto-Submitted": "auto-generated"}
    return message
