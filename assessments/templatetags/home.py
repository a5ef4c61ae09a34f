"""Words of the unit's home, duties and follow-ups."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments import scoring
from assessments.models import AnswerCopy, Evidence, FollowUp, Period
from assessments.queries.copies import evidence_offered
from assessments.queries.followups import Standing, Step
from units.models import Agency, AuditEvent, User

register = template.Library()

SOON = timedelta(days=3)
HOUR = timedelta(hours=1)


@register.inclusion_tag("assessments/_countdown.html")
def countdown(moment: datetime, agency: Agency, now: datetime, label: str | Promise = "") -> dict[str, Any]:
    """A deadline in the agency's zone and the time until then: days, near the end days and hours."""
    left = moment - now
    return {
        "local": moment.astimezone(agency.tz),
        "zone": agency.zone_label,
        "iso": moment.isoformat(timespec="seconds"),
        "left": time_left(moment.astimezone(agency.tz), now.astimezone(agency.tz)),
        "tone": "danger" if left <= timedelta(0) else "warning" if left <= SOON else "neutral",
        "label": label,
    }


def time_left(moment: datetime, now: datetime) -> str:
    """`20 hari lagi` by the calendar; from three days on `2 hari 5 jam lagi`, `5 jam lagi`, `40 menit lagi`."""
    left = moment - now
    if left <= timedelta(0):
        return _("sudah lewat")
    if left > SOON:
        days = (moment.date() - now.date()).days
        return ngettext("%(days)s hari lagi", "%(days)s hari lagi", days) % {"days": days}
    hours = left // HOUR
    if left < HOUR:
        minutes = max(1, left // timedelta(minutes=1))
        return ngettext("%(minutes)s menit lagi", "%(minutes)s menit lagi", minutes) % {"minutes": minutes}
    if left < timedelta(days=1):
        return ngettext("%(hours)s jam lagi", "%(hours)s jam lagi", hours) % {"hours": hours}
    return _("%(days)s hari %(hours)s jam lagi") % {"days": left.days, "hours": hours - 24 * left.days}


@register.simple_tag
def offered(copy: AnswerCopy, code: str) -> list[Evidence]:
    """Records that a copy would attach."""
    return evidence_offered(copy, code)


@register.filter
def holds_in(record: Evidence, copy: AnswerCopy) -> bool:
    """Whether the record says nothing against the quarter that the copy is for."""
    period = copy.assessment.period
    return record.year == period.year and (not record.quarters or str(period.quarter) in record.quarters)


@register.filter
def due_text(day: date) -> str:
    return formats.date_format(day, "DATE_FORMAT")


@register.filter
def followup_label(state: str) -> str:
    """The state of a follow-up in words."""
    return {
        "open": _("Belum dilaporkan"),
        "overdue": _("Lewat batas waktu"),
        "answered": _("Menunggu penilaian TPI"),
        "closed": _("Selesai"),
    }[state]


@register.filter
def is_carried(item: Standing, period: Period) -> bool:
    """Whether a follow-up comes from an earlier quarter."""
    return item.is_carried_into(period)


@register.filter
def step_label(step: Step) -> str:
    """Who did what, without the name."""
    return {
        "followup.create": _("Ditetapkan TPI"),
        "followup.owner": _("Penanggung jawab ditentukan unit"),
        "followup.change_due": _("Batas waktu diubah TPI"),
        "followup.report": _("Dilaporkan unit"),
        "followup.send_back": _("TPI meminta dilengkapi"),
        "followup.close": _("Dinyatakan selesai oleh TPI"),
    }[step.verb]


@register.filter
def was_sent_back(followup: FollowUp) -> bool:
    """Whether TPI has asked for more."""
    return bool(followup.closing) and followup.closed_at is None and followup.reported_at is None


@register.filter
def areas_text(areas: str) -> str:
    """`1, 3, 5`; all six where the text is empty."""
    return ", ".join(areas) if areas else _("semua area")


@register.simple_tag
def duty_words(event: AuditEvent) -> str:
    """One line of the history of duties."""
    before, after = event.before or {}, event.after or {}
    codes = ", ".join(after.get("questions", ()))
    if event.verb == "membership.areas":
        return _("Area %(name)s: %(before)s menjadi %(after)s") % {
            "name": after["user"],
            "before": areas_text(before["areas"]),
            "after": areas_text(after["areas"]),
        }
    if event.verb == "duty.handover":
        words = {"giver": before["user"], "taker": after["user"], "areas": areas_text(before["areas"]), "codes": codes}
        if codes:
            return _("Tugas %(giver)s diserahkan kepada %(taker)s: area %(areas)s; pertanyaan %(codes)s") % words
        return _("Tugas %(giver)s diserahkan kepada %(taker)s: area %(areas)s") % words
    if after.get("user"):
        return _("%(codes)s diberikan kepada %(name)s") % {"codes": codes, "name": after["user"]}
    return _("%(codes)s tidak lagi atas nama orang tertentu") % {"codes": codes}


@register.filter
def questions_in(node_code: str, instrument: scoring.Instrument) -> Sequence[scoring.Question]:
    """The questions of a sub-area."""
    return instrument.questions_of(node_code)


@register.filter
def holder(held: Mapping[str, User], code: str) -> User | None:
    """To whom a question was given."""
    return held.get(code)
