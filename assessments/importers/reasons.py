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
    IS_DATE = "is_date"
    NOTE_WITHOUT_QUESTION = "note_without_question"
    NOTE_NOT_STORABLE = "note_not_storable"


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
    CellReason.IS_DATE: _("Isian ini tersimpan sebagai tanggal."),
    CellReason.NOTE_WITHOUT_QUESTION: _("Catatan ini tidak berada pada baris pertanyaan."),
    CellReason.NOTE_NOT_STORABLE: _("Catatan ini terlalu panjang atau memuat karakter yang tidak dapat disimpan."),
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

_PICK = _("Pilih salah satu huruf atau kata pada kolom pilihan jawaban.")
_WHOLE = _("Tulis bilangan bulat mulai dari 0, tanpa satuan.")
_INDEX = _("Tulis indeks 0 sampai 4 dengan koma desimal, misalnya 3,72.")
_COUNTS = _("Isi jumlah pada baris-baris di bawahnya; persentasenya dihitung.")
_ROW = _("Kembalikan baris ke susunan dan teks aslinya, atau isi langsung di portal.")
_TYPE = _("Kembalikan isi kolom pilihan jawaban pada baris ini.")
_NUMBER = _("Tulis angka dengan koma desimal tanpa satuan, misalnya 87,5.")

MENDS: Final = {
    CellReason.TYPE_UNKNOWN: _TYPE,
    CellReason.TYPE_DIFFERS: _TYPE,
    CellReason.NO_STORED_VALUE: _("Ganti rumus dengan nilainya, atau buka dan simpan ulang berkas di Excel."),
    CellReason.NOT_TEXT: _PICK,
    CellReason.PERCENT_WITHOUT_COUNTS: _COUNTS,
    CellReason.TOTAL_WITHOUT_COUNTS: _COUNTS,
    CellReason.ROW_UNKNOWN: _ROW,
    CellReason.NO_QUESTION_HERE: _("Pindahkan isian ke baris pertanyaannya, atau hapus."),
    CellReason.IS_DATE: _("Ubah format sel menjadi Umum (General), lalu tulis ulang isinya."),
    CellReason.NOTE_WITHOUT_QUESTION: _("Pindahkan catatan ke baris pertanyaannya bila perlu."),
    CellReason.NOTE_NOT_STORABLE: _("Persingkat catatan, atau ketik ulang di portal."),
    NumberReason.NOT_A_NUMBER: _NUMBER,
    NumberReason.AMBIGUOUS: _NUMBER,
    Reason.UNKNOWN_CODE: _ROW,
    Reason.UNKNOWN_OPTION: _PICK,
    Reason.UNKNOWN_KEY: _ROW,
    Reason.WRONG_TYPE: _PICK,
    Reason.NOT_WHOLE: _WHOLE,
    Reason.NEGATIVE: _WHOLE,
    Reason.TOO_LARGE: _WHOLE,
    Reason.NOT_A_NUMBER: _NUMBER,
    Reason.FLOAT: _INDEX,
    Reason.TOO_MANY_DECIMALS: _INDEX,
    Reason.OUT_OF_RANGE: _INDEX,
}


_NAMED: Final[dict[str, AnyReason]] = {
    reason.value: reason for kind in (CellReason, NumberReason, Reason) for reason in kind
}


def reason_named(name: str) -> AnyReason:
    """The reason that a stored problem names. KeyError for another word."""
    return _NAMED[name]


def mend_sentence(reason: AnyReason) -> str:
    """What to do about it."""
    return str(MENDS[reason])


def reason_sentence(reason: AnyReason) -> str:
    """Return the sentence alone."""
    return str(SENTENCES[reason])


def reason_text(reason: AnyReason, value: object) -> str:
    """Return the sentence, with the refused value behind it."""
    shown = shorten(repr(value), MAX_SHOWN, placeholder="...")
    return gettext("%(reason)s Isi: %(value)s") % {"reason": SENTENCES[reason], "value": shown}
