"""How much one person may say on threads: every message is kept for ever, and told to others (SEC-34)."""

from datetime import datetime, timedelta
from math import ceil

from django.utils.translation import ngettext

from assessments.models import Note, NoteMessage
from units.models import User
from zi_portal.errors import TooManyRequests

MAX_PER_HOUR = 60
HOUR = timedelta(hours=1)


class TooManyMessages(TooManyRequests):
    """`data`: retry_after, in seconds until the oldest message of the hour no longer counts."""


def refuse_flood(actor: User, now: datetime) -> None:
    """Messages and clarifications of any 60 minutes, over all worksheets; one query. Raises TooManyMessages.

    The caller holds its own worksheet only: who writes on several at the same instant may get a few more through.
    """
    said = NoteMessage.objects.filter(author=actor, at__gt=now - HOUR).order_by()
    asked = Note.objects.filter(author=actor, kind=Note.Kind.CLARIFICATION, released_at__gt=now - HOUR).order_by()
    moments = said.values_list("at", flat=True).union(asked.values_list("released_at", flat=True), all=True)
    last = list(moments.order_by("-at")[:MAX_PER_HOUR])
    if len(last) < MAX_PER_HOUR:
        return
    seconds = max(1, ceil((last[-1] + HOUR - now).total_seconds()))
    minutes = ceil(seconds / 60)
    message = ngettext(
        "Pesan belum terkirim: Anda sudah mengirim %(maximum)s pesan dalam satu jam. Tunggu %(minutes)s menit, lalu "
        "kirim lagi.",
        "Pesan belum terkirim: Anda sudah mengirim %(maximum)s pesan dalam satu jam. Tunggu %(minutes)s menit, lalu "
        "kirim lagi.",
        minutes,
    )
    raise TooManyMessages(message % {"maximum": MAX_PER_HOUR, "minutes": minutes}, retry_after=seconds)
