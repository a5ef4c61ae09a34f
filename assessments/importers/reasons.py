"""Why a value was refused, in words."""

from enum import StrEnum
from textwrap import shorten
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.importers.numbers import NumberReason
from assessments.scoring.answers import Reason

MAX_SHOWN: Final = 60


class CellReason(StrEnum):
    """Why a cell of a worksheet could not be read."""

    TYPE_UNKNOWN = "type_unknown"
    TYPE_DIFFERS = "type_differs"
    NO_STORED_VALUE = "no_stored_value"
    NOT_TEXT = "not_text"
    PERCENT_WITHOUT_COUNTS = "percent_without_counts"
    TOTAL_WITHOUT_COUNTS = "total_without_counts"
    ROW_UNKNOWN = "row_unknown"
    NO_QUESTION_HERE = "no_question_here"


AnyReason = Reason | NumberReason | CellReason

SENTENCES: Final = {
    CellReason.TYPE_UNKNOWN: _("Jenis jawaban pada baris ini tidak dikenali."),
    CellReason.TYPE_DIFFERS: _("Jenis jawaban pada baris ini berbeda dari instrumen."),
    CellReason.NO_STORED_VALUE: _("Rumus ini tidak menyimpan hasil."),
    CellReason.NOT_TEXT: _("Jawaban harus berupa teks pilihan."),
    CellReason.PERCENT_WITHOUT_COUNTS: _("Persentase diketik tanpa jumlah yang mendasarinya."),
    CellReason.TOTAL_WITHOUT_COUNTS: _("Jumlah total diketik tanpa rinciannya."),
    CellReason.ROW_UNKNOWN: _("Baris ini tidak dapat dipasangkan dengan pertanyaan instrumen."),
    CellReason.NO_QUESTION_HERE: _("Ada isian pada baris yang bukan pertanyaan."),
    NumberReason.NOT_A_NUMBER: _("Isian bukan bilangan."),
    NumberReason.AMBIGUOUS: _("Tanda titik dapat berarti ribuan atau desimal; gunakan koma untuk desimal."),
    Reason.UNKNOWN_CODE: _("Kode pertanyaan tidak dikenal."),
    Reason.UNKNOWN_OPTION: _("Jawaban bukan salah satu pilihan."),
    Reason.UNKNOWN_KEY: _("Isian ini tidak ada pada pertanyaan."),
    Reason.WRONG_TYPE: _("Bentuk jawaban tidak sesuai dengan jenis pertanyaan."),
    Reason.NOT_WHOLE: _("Jumlah harus berupa bilangan bulat."),
    Reason.NEGATIVE: _("Jumlah tidak boleh negatif."),
    Reason.TOO_LARGE: _("Jumlah terlalu besar."),
    Reason.NOT_A_NUMBER: _("Isian bukan bilangan."),
    Reason.FLOAT: _('Tulis indeks sebagai teks, misalnya "3.72".'),
    Reason.TOO_MANY_DECIMALS: _("Indeks paling banyak empat angka desimal."),
    Reason.OUT_OF_RANGE: _("Indeks harus antara 0 dan 4."),
}


def reason_sentence(reason: AnyReason) -> str:
    """Return the sentence alone."""
    return str(SENTENCES[reason])


def reason_text(reason: AnyReason, value: object) -> str:
    """Return the sentence, with the refused value behind it."""
    shown = shorten(repr(value), MAX_SHOWN, placeholder="...")
    return gettext("%(reason)s Isi: %(value)s") % {"reason": SENTENCES[reason], "value": shown}
