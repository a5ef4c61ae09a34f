"""Parts that pages are put together from. The signature is the interface; each has a template in components/.

Numbers come in exact (Fraction, Decimal, int) or as a finished decimal string; a float is refused.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

Number = Fraction | Decimal | int | str | None
PLACES = 2
NO_NUMBER = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SOON_DAYS = 3
ZONE_LABELS = {"Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}

# State: tone, icon, text. The icon's shape differs too, so colour is never the only sign.
STATES: dict[str, tuple[str, str, Any]] = {
    "not_started": ("neutral", "circle-dashed", _("Belum mulai")),
    "not_declared": ("neutral", "circle-dashed", _("Belum dicanangkan")),
    "declared": ("info", "flag", _("Dicanangkan")),
    "building": ("info", "half", _("Membangun")),
    "proposed": ("info", "send", _("Diusulkan")),
    "draft": ("neutral", "pencil", _("Sedang diisi")),
    "submitted": ("info", "send", _("Terkirim")),
    "review_member": ("info", "half", _("Dinilai anggota TPI")),
    "review_lead": ("info", "half", _("Direviu ketua tim")),
    "review_controller": ("info", "half", _("Direviu pengendali teknis")),
    "returned": ("warning", "return", _("Dikembalikan untuk perbaikan")),
    "reopened": ("warning", "reopen", _("Dibuka kembali")),
    "final": ("success", "check-circle", _("Final")),
    "complete": ("success", "check-circle", _("Lengkap")),
    "incomplete": ("warning", "half", _("Belum lengkap")),
    "passed": ("success", "check-circle", _("Memenuhi")),
    "failed": ("danger", "cross-circle", _("Belum memenuhi")),
    "unknown": ("neutral", "circle-dashed", _("Belum diisi")),
    "open": ("warning", "note", _("Terbuka")),
    "answered": ("info", "note", _("Ditanggapi")),
    "closed": ("success", "check-circle", _("Selesai")),
    "locked": ("neutral", "lock", _("Terkunci")),
    "overdue": ("danger", "clock", _("Lewat tenggat")),
    "scan_pending": ("warning", "clock", _("Menunggu pemeriksaan virus")),
    "scan_quarantined": ("danger", "cross-circle", _("Dikarantina")),
}
NOTICE_TONES = {"success": "check-circle", "info": "info", "warning": "warning", "danger": "cross-circle"}


def exact(value: Fraction | Decimal | int) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, Fraction | Decimal | int):
        msg = f"A score must be exact, not {type(value).__name__}."
        raise TypeError(msg)
    return Fraction(value)


def rounded(value: Fraction | Decimal | int, places: int) -> Decimal:
    """Half up, away from zero; for display only."""
    number = exact(value)
    scaled = int(abs(number) * 10**places + Fraction(1, 2))
    return Decimal(-scaled if number < 0 else scaled).scaleb(-places)


def number_text(value: Number, places: int = PLACES, *, sign: bool = False) -> str:
    """`1.234,50` or `1,234.50` by language; an en dash where there is no number.

    A string is taken as rounded already: only its separators change. `sign` shows a plus as well (margins).
    """
    if value is None or value == "":
        return NO_NUMBER
    number = Decimal(value) if isinstance(value, str) else rounded(value, places)
    text = formats.number_format(abs(number), use_l10n=True, force_grouping=True)
    if number < 0:
        return f"{MINUS}{text}"
    return f"+{text}" if sign and number > 0 else text


@register.filter
def decimal_text(value: Number, places: int = PLACES) -> str:
    """`{{ value|decimal_text }}`: a number as people read it."""
    return number_text(value, places)


@register.inclusion_tag("components/icon.html")
def icon(name: str, label: str | Promise = "") -> dict[str, Any]:
    """A symbol of static/img/icons.svg; with `label` it speaks, without it is decoration."""
    return {"name": name, "label": label}


@register.inclusion_tag("components/score.html")
def score(
    value: Number, maximum: Number = None, places: int = PLACES, label: str | Promise = "", url: str = ""
) -> dict[str, Any]:
    """A score, of its maximum if given; `url` leads to where the number comes from."""
    return {
        "value": number_text(value, places),
        "maximum": number_text(maximum, places) if maximum is not None else "",
        "label": label,
        "url": url,
    }


@register.inclusion_tag("components/progress_bar.html")
def progress_bar(
    value: Number, maximum: Number, label: str | Promise, text: str | Promise = "", tone: str = "primary"
) -> dict[str, Any]:
    """How much of `maximum` is done; `label` names it, `text` says it in words (default `value / maximum`)."""
    done, whole = _plain(value), _plain(maximum)
    return {
        "value": f"{done:f}",
        "maximum": f"{whole:f}" if whole > 0 else "1",
        "label": label,
        "text": text or f"{formats.number_format(done, use_l10n=True)} / {formats.number_format(whole, use_l10n=True)}",
        "tone": tone,
    }


def _plain(value: Number) -> Decimal:
    number = Fraction(value) if isinstance(value, str) else exact(value or 0)
    return rounded(number, 4).normalize() if number.denominator != 1 else Decimal(number.numerator)


@register.inclusion_tag("components/state_badge.html")
def state_badge(state: str, label: str | Promise = "") -> dict[str, Any]:
    """A state in words, with an icon of its own shape; `label` replaces the usual words. Keys: STATES."""
    tone, symbol, usual = STATES[str(getattr(state, "value", state))]
    return {"state": state, "tone": tone, "icon": symbol, "label": label or usual}


@register.inclusion_tag("components/scan_badge.html")
def scan_badge(hold: str, *, advise: bool = True) -> dict[str, Any]:
    """Why a file is not served, as in units.models.hold_of; nothing for one that is.

    `advise` tells those who added the file what to do about it.
    """
    return {"state": f"scan_{hold}" if hold else "", "advise": advise and hold == "quarantined"}


@register.inclusion_tag("components/gate_row.html")
def gate_row(
    label: str | Promise,
    required: Number,
    actual: Number,
    margin: Number,
    passed: bool | None,
    url: str = "",
    places: int = PLACES,
) -> dict[str, Any]:
    """One `<tr>` of a `<table class="gates">`: gate, required, reached, margin, verdict; None is not judged yet."""
    return {
        "label": label,
        "required": number_text(required, places),
        "actual": number_text(actual, places),
        "margin": number_text(margin, places, sign=True),
        "state": {True: "passed", False: "failed", None: "unknown"}[passed],
        "url": url,
    }


@register.inclusion_tag("components/deadline.html")
def deadline(moment: datetime | None, zone: str, now: datetime, label: str | Promise = "") -> dict[str, Any]:
    """A moment in the agency's zone (`Asia/...`) and the calendar days until then."""
    if moment is None:
        return {"moment": None, "label": label}
    place = ZoneInfo(zone)
    days = (moment.astimezone(place).date() - now.astimezone(place).date()).days
    passed = moment <= now
    return {
        "moment": moment.astimezone(place),
        "iso": moment.isoformat(timespec="seconds"),
        "zone": ZONE_LABELS.get(zone, "WIB"),
        "days": days,
        "passed": passed,
        "tone": "danger" if passed else "warning" if days <= SOON_DAYS else "neutral",
        "label": label,
    }


@register.inclusion_tag("components/page_heading.html")
def page_heading(title: str | Promise, lead: str | Promise = "", eyebrow: str | Promise = "") -> dict[str, Any]:
    """The h1 of a page; `eyebrow` stands above it (unit, period), `lead` below."""
    return {"title": title, "lead": lead, "eyebrow": eyebrow}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(items: Sequence[tuple[str | Promise, str]]) -> dict[str, Any]:
    """The way from the front page: (label, url) pairs, the last with an empty url."""
    return {"items": items}


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    title: str | Promise,
    text: str | Promise = "",
    action_label: str | Promise = "",
    action_url: str = "",
    symbol: str = "circle-dashed",
) -> dict[str, Any]:
    """Why a list is empty and what to do next (UX-50)."""
    return {"title": title, "text": text, "action_label": action_label, "action_url": action_url, "symbol": symbol}


@register.inclusion_tag("components/question_mark_help.html")
def question_mark_help(text: str | Promise, about: str | Promise) -> dict[str, Any]:
    """A question mark that opens an explanation in place; `about` names it for screen readers."""
    return {"text": text, "about": about}


@register.inclusion_tag("components/notice.html")
def notice(text: str | Promise, tone: str = "info", title: str | Promise = "") -> dict[str, Any]:
    """A message in the page; tones: success, info, warning, danger (Django's error is danger)."""
    tone = {"error": "danger", "debug": "info", "": "info"}.get(tone, tone)
    return {"text": text, "tone": tone, "title": title, "icon": NOTICE_TONES[tone]}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """What is wrong in a form, on top of it and with links to its fields (UX-07); nothing while all is well."""
    fields = [(field, field.errors) for field in form if field.errors] if form else []
    return {"fields": fields, "general": form.non_field_errors() if form else []}


@register.inclusion_tag("components/form_field.html")
def form_field(field: Any) -> dict[str, Any]:
    """One field of an ordinary form: label, help, control, errors; described for screen readers."""
    described = [f"{field.auto_id}-help"] if field.help_text else []
    described += [f"{field.auto_id}-error"] if field.errors else []
    attrs = {"class": control_class(field.widget_type)}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs |= {"aria-invalid": "true", "class": attrs["class"] + " is-invalid"}
    return {"field": field, "control": field.as_widget(attrs=attrs)}


def control_class(widget_type: str) -> str:
    return {"select": "form-select", "checkbox": "form-check-input"}.get(widget_type, "form-control")
