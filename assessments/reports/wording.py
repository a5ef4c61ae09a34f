"""Numbers, dates and names as an Indonesian official letter writes them, whatever the language of the screen."""

import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from assessments.models.period import ROMAN
from assessments.scoring import display, plain, round_half_up

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"
BREAK_HERE = "\N{ZERO WIDTH SPACE}"
_LONG_RUN = re.compile(r"\S{80}")
ZONE_LABELS = {"Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}

PREDICATES = {"WBK": "Wilayah Bebas dari Korupsi", "WBBM": "Wilayah Birokrasi Bersih dan Melayani"}
STATES = {
    "draft": "sedang diisi unit",
    "submitted": "terkirim, menunggu TPI",
    "review_member": "dinilai anggota TPI",
    "review_lead": "direviu ketua tim TPI",
    "review_controller": "direviu pengendali teknis",
    "returned": "dikembalikan untuk perbaikan",
    "reopened": "dibuka kembali",
    "final": "final",
}
TEAM_ROLES = {"controller": "Pengendali Teknis", "lead": "Ketua Tim", "member": "Anggota"}
GATE_NAMES = {
    "total": "Nilai total",
    "pengungkit": "Komponen pengungkit",
    "B.I": "Birokrasi yang bersih dan akuntabel",
    "B.I.a": "Survei Persepsi Anti Korupsi (IPAK)",
    "B.I.b": "Capaian kinerja lebih baik",
    "B.II": "Pelayanan publik yang prima (IPKP)",
    "holds_wbk": "Predikat Menuju WBK telah dimiliki",
}
SHORT_GATE_NAMES = {"pengungkit": "Pengungkit", "B.I.a": "IPAK", "B.I.b": "Capaian kinerja", "B.II": "IPKP"}


def number(value: Fraction | Decimal, places: int = 2) -> str:
    """`1.234,56`: rounded half up for display."""
    return written(display(Fraction(value), places))


def written(value: Decimal) -> str:
    """A number that is rounded already; the thousands are grouped, minus is a real minus sign."""
    text = f"{abs(value):,f}".translate(str.maketrans(",.", ".,"))
    return f"{MINUS}{text}" if value < 0 else text


def signed(value: Fraction, places: int = 2) -> str:
    """A difference: `+0,45`, minus likewise, `0,00`."""
    return signed_as_written(display(value, places))


def signed_as_written(value: Decimal) -> str:
    return f"+{written(value)}" if value > 0 else written(value)


def short(value: Fraction | Decimal) -> str:
    """Without trailing zeros: weights and percents, `7,5`."""
    return written(Decimal(plain(round_half_up(Fraction(value), 6))))


def day(value: date) -> str:
    """`31 Maret 2027`, unbreakable."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}".replace(" ", NO_BREAK)


def day_in(moment: datetime, zone: str) -> date:
    """The calendar day of a moment in the agency's zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def time_of(moment: datetime, zone: str) -> str:
    """`31 Maret 2027 pukul 23.59 WIT`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{day(local.date())} pukul{NO_BREAK}{local:%H.%M}{NO_BREAK}{ZONE_LABELS.get(zone, 'WIB')}"


def quarter(year: int, number_of_quarter: int) -> str:
    """`Triwulan II Tahun 2024`."""
    return f"Triwulan {ROMAN[number_of_quarter - 1]} Tahun {year}"


def short_quarter(year: int, number_of_quarter: int) -> str:
    return f"TW {ROMAN[number_of_quarter - 1]} {year}".replace(" ", NO_BREAK)


def joined(words: list[str]) -> str:
    """`a, b, dan c`."""
    if len(words) < 3:  # noqa: PLR2004 - two words take no comma
        return " dan ".join(words)
    return f"{', '.join(words[:-1])}, dan {words[-1]}"


def breakable(text: str) -> str:
    """Lets a run of more than 80 letters without a blank break; laying out one of thousands takes seconds."""
    return _LONG_RUN.sub(lambda run: run.group() + BREAK_HERE, text)
