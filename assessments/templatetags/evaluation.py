"""Words and numbers of TPI's pages, the board and the explanations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.urls import reverse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from assessments import scoring
from assessments.forms.evaluation import typed_number
from assessments.models import Note, Period, Snapshot
from assessments.queries.board import Board
from assessments.scoring.kinds import AREA_PREFIX, INDEX_KEY, RESPONDENTS_KEY, TOTAL
from assessments.services.transitions import Action
from units import permissions as who
from units.models import Agency, Unit
from units.templatetags.components import number_text

register = template.Library()

PLACES = 6
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SIGNS = {"*": "\N{MULTIPLICATION SIGN}", ">=": "\N{GREATER-THAN OR EQUAL TO}"}

TURN_WORDS = {
    "unit": gettext_lazy("Unit kerja"),
    who.TPI_MEMBER: gettext_lazy("Anggota TPI"),
    who.TPI_LEAD: gettext_lazy("Ketua tim"),
    who.TPI_CONTROLLER: gettext_lazy("Pengendali teknis"),
    who.ASSISTANT: gettext_lazy("Tim asistensi"),
    "": gettext_lazy("Selesai"),
}

# Label, what happens, whether it goes forward.
STEPS: dict[str, tuple[str | Promise, str | Promise, bool]] = {
    Action.START: (
        gettext_lazy("Mulai evaluasi"),
        gettext_lazy("Menandai bahwa evaluasi berjalan. Nilai pertama yang disimpan juga memulainya."),
        True,
    ),
    Action.RELEASE_CLAIM: (
        gettext_lazy("Kembalikan ke antrean"),
        gettext_lazy("Evaluasi kembali menunggu anggota tim. Nilai yang tersimpan tetap ada."),
        False,
    ),
    Action.TO_LEAD: (
        gettext_lazy("Teruskan ke ketua tim"),
        gettext_lazy("Semua pertanyaan harus sudah dinilai, dan setiap perbedaan harus bercatatan."),
        True,
    ),
    Action.TO_CONTROLLER: (
        gettext_lazy("Teruskan ke pengendali teknis"),
        gettext_lazy("Nilai dan catatan anggota sudah direviu."),
        True,
    ),
    Action.BACK_TO_MEMBER: (
        gettext_lazy("Kembalikan ke anggota"),
        gettext_lazy("Anggota dapat mengubah nilai dan catatannya. Unit tidak melihat langkah ini."),
        False,
    ),
    Action.BACK_TO_LEAD: (
        gettext_lazy("Kembalikan ke ketua tim"),
        gettext_lazy("Ketua tim mereviu sekali lagi. Unit tidak melihat langkah ini."),
        False,
    ),
    Action.RETURN: (
        gettext_lazy("Kembalikan ke unit untuk perbaikan"),
        gettext_lazy(
            "Unit hanya melihat catatan yang ditandai untuk disampaikan, "
            "dan hanya dapat memperbaiki pertanyaan yang bercatatan itu."
        ),
        False,
    ),
    Action.FINALISE: (
        gettext_lazy("Tetapkan final"),
        gettext_lazy(
            "Nilai dan ambang nilai disampaikan kepada unit. Sesudah itu hanya Inspektur yang dapat membuka kembali."
        ),
        True,
    ),
    Action.REOPEN: (
        gettext_lazy("Buka kembali"),
        gettext_lazy("Unit dapat memperbaiki isiannya. Alasan tercatat pada riwayat."),
        False,
    ),
}
UNIT_STEPS = {Action.SUBMIT.value: gettext_lazy("Kirim ke TPI")}


@register.filter
def dom_id(code: str) -> str:
    """A code as part of an element's id: A.I.1.i.a gives A-I-1-i-a."""
    return code.replace(".", "-").replace(":", "-")


@register.filter
def last_part(code: str) -> str:
    """The letter of a question within its sub-area."""
    return code.rpartition(".")[2]


@register.filter
def turn_words(turn: str) -> str | Promise:
    return TURN_WORDS[turn]


@register.filter
def role_words(roles: Sequence[str]) -> str:
    """The reader's roles, in the order of review."""
    return ", ".join(str(TURN_WORDS[role]) for role in TURN_WORDS if role in roles)


@register.filter
def step_label(action: str) -> str | Promise:
    """A step in the words of its button; history holds the unit's steps as well."""
    return UNIT_STEPS.get(action) or STEPS[Action(action)][0]


@register.filter
def step_help(action: str) -> str | Promise:
    return STEPS[Action(action)][1]


@register.filter
def is_forward(action: str) -> bool:
    return STEPS[Action(action)][2]


@register.filter
def stage_words(stage: str) -> str | Promise:
    return Note.Stage(stage).label


@register.filter
def exact_text(number: Fraction | Decimal | int | None, places: int = PLACES) -> str:
    """At most six decimals, no trailing zeros, in the language's separators; an en dash for nothing."""
    if number is None:
        return DASH
    rounded = scoring.round_half_up(abs(Fraction(number)), places)
    text = format(rounded, "f")
    shown = Decimal(text.rstrip("0").rstrip(".") or "0") if "." in text else rounded
    sign = MINUS if number < 0 else ""
    return sign + formats.number_format(shown, use_l10n=True, force_grouping=True)


@register.filter
def percent_text(share: Fraction | None) -> str:
    return DASH if share is None else f"{exact_text(share * 100, 2)}%"


@register.filter
def answer_text(raw: Any) -> str:
    """An answer in a line: `B`, `3 · 4`, `3,60 (45 responden)`."""
    if not raw:
        return _("kosong")
    if not isinstance(raw, Mapping):
        return str(raw)
    if INDEX_KEY not in raw:
        return " · ".join(exact_text(value) for key, value in raw.items() if key != RESPONDENTS_KEY)
    index = str(raw[INDEX_KEY] or DASH).replace(".", formats.get_format("DECIMAL_SEPARATOR"))
    if raw.get(RESPONDENTS_KEY) is None:
        return index
    return _("%(index)s (%(count)s responden)") % {"index": index, "count": exact_text(raw[RESPONDENTS_KEY])}


@register.filter
def pieces_text(pieces: Sequence[str | Fraction]) -> str:
    """A filled formula with the language's numbers: `(1 + 0,5) : 2`."""
    words = [_sign(piece) if isinstance(piece, str) else exact_text(piece) for piece in pieces]
    return " ".join(words).replace("( ", "(").replace(" )", ")")


@register.filter
def formula_text(formula: str) -> str:
    """A formula with names, its signs as people write them."""
    return " ".join(_sign(word) for word in formula.split(" "))


def _sign(piece: str) -> str:
    """Division is a colon in Indonesian."""
    if piece == "/":
        return ":" if get_language() == "id" else "\N{DIVISION SIGN}"
    return SIGNS.get(piece, piece)


@register.filter
def equals_sign(number: Fraction) -> str:
    """`=` where six decimals say everything, else `≈`."""
    return "=" if Fraction(scoring.round_half_up(number, PLACES)) == number else "≈"


@register.filter
def is_rounded(explanation: scoring.Explanation) -> bool:
    """Whether the shown number is not the whole number."""
    scale = 100 if explanation.required is not None and explanation.maximum == 1 else 1
    return Fraction(explanation.shown) != explanation.result * scale


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.filter
def times_hundred(number: Fraction) -> Fraction:
    return number * 100


@register.filter
def text_or_none(number: Decimal | None) -> str | None:
    """A number that was rounded for display already, as text, so that nobody rounds it again."""
    return None if number is None else format(number, "f")


@register.simple_tag
def gate_link(agency: Agency, unit: Unit, period: Period, predikat: str, key: str) -> str:
    """Where a gate's number comes from, by TPI's scores."""
    return reverse("explain", args=[agency.code, unit.code, period.code, f"gate:{predikat}:{key}"]) + "?sisi=tpi"


@register.inclusion_tag("assessments/_moment.html")
def localtime_in(moment: datetime, agency: Agency) -> dict[str, Any]:
    """A moment in the agency's zone: `31 Maret 2027 14.03 WIB`."""
    return {"moment": moment.astimezone(agency.tz), "zone": agency.zone_label}


@register.simple_tag
def clock_in(moment: datetime, agency: Agency) -> str:
    """The time of day in the agency's zone: `14.03 WIB`."""
    return f"{formats.time_format(moment.astimezone(agency.tz).time(), 'TIME_FORMAT')} {agency.zone_label}"


@register.filter
def field_text(number: int | Decimal) -> str:
    """A number as the fields take it."""
    return typed_number(number)


@register.filter
def get_or_none(mapping: Mapping[str, Any] | str | None, key: str) -> Any:
    """A missing variable is an empty text in templates."""
    return mapping.get(key) if isinstance(mapping, Mapping) else None


@register.simple_tag
def explain_link(unit: Unit, period: Period, key: str, side: str, source: Snapshot | None = None) -> str:
    """Where a number comes from: live, or from the snapshot that the page shows."""
    address = reverse("explain", args=[unit.agency.code, unit.code, period.code, key])
    return f"{address}?sisi={side}" + (f"&rekaman={source.uuid}" if source else "")


@register.filter
def short_title(item: scoring.Explanation) -> str:
    """The last step of the way up: a question by its code."""
    if item.kind == "gate":
        return _("Ambang %(predikat)s") % {"predikat": item.predicate}
    return _("Nilai total") if item.key == TOTAL else item.key


@register.filter
def contribution(item: scoring.Explanation) -> str:
    """What a question adds to the total, as a calculation."""
    pieces: list[str | Fraction] = [item.value or Fraction(0), "*", item.weight or Fraction(0)]
    return pieces_text([*pieces, "/", Fraction(item.shared_by)] if item.shared_by > 1 else pieces)


@register.filter
def is_share(item: scoring.Explanation) -> bool:
    """Whether a gate is compared in per cent of an area's weight."""
    return AREA_PREFIX in item.key


def _gate_number(item: scoring.Explanation, text: str) -> str:
    return _("%(number)s%% bobot area") % {"number": text} if is_share(item) else text


@register.filter
def gate_required(item: scoring.Explanation) -> str:
    return _gate_number(item, exact_text((item.required or 0) * (100 if is_share(item) else 1)))


@register.filter
def gate_shown(item: scoring.Explanation) -> str:
    return _gate_number(item, number_text(format(item.shown, "f")))


@register.filter
def gate_margin(item: scoring.Explanation) -> str:
    return _gate_number(item, exact_text(abs(item.margin or Fraction(0)) * (100 if is_share(item) else 1)))


@register.filter
def meeting(board: Board, predikat: str) -> int:
    return board.meeting(predikat)
