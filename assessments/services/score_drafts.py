"""What an evaluator sends for one question, what stands after it, and why a score is not taken."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from assessments.models import Answer, Note
from assessments.queries.answers import Sheet
from zi_portal.errors import Refused


class StaleScore(Refused):
    """Somebody scored this question meanwhile; `data`: row (the score now)."""

    message = _("Nilai ini baru saja diubah orang lain. Isian Anda belum disimpan.")


class NoteMissing(Refused):
    status = 422
    message = _("Nilai berbeda dari jawaban unit. Tuliskan catatannya agar nilai dapat disimpan.")


class ScoreMissing(Refused):
    status = 422
    message = _("Pilih atau isi nilainya terlebih dahulu.")


class NothingToWithdraw(ScoreMissing):
    message = _("Tidak ada nilai Anda yang dapat ditarik pada pertanyaan ini.")


class ScorePartial(Refused):
    status = 422
    message = _("Lengkapi semua angka yang dipakai rumus, atau pilih nilai 0 karena tidak ada data.")


class StaleNote(Refused):
    """Somebody saved this note meanwhile; `data`: note (the row now, or None)."""

    message = _("Catatan ini baru saja diubah orang lain. Teks Anda belum disimpan.")


class NoteReleased(Refused):
    message = _("Catatan ini sudah disampaikan kepada unit dan tidak dapat diubah.")


class NoteDiscussed(NoteReleased):
    """What others wrote on it stands on it."""

    message = _("Catatan ini sudah dibahas dan tidak dapat dihapus. Ubah teksnya, atau batalkan penyampaiannya.")


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """What an evaluator writes; `version` is the one that the page showed, 0 where there was no note."""

    text: str = ""
    for_release: bool = False
    version: int | None = 0


@dataclass(frozen=True, slots=True)
class Given:
    """A score as `manage.py score` writes it: a label or inputs; None says that nothing was given, which counts 0."""

    raw: Any


@dataclass(frozen=True, slots=True)
class ScoreDraft:
    """What an evaluator sends: `score` or `note` None leaves it as it is; `version` is the one that the page showed."""

    score: Given | None
    version: int | None = 0
    note: NoteDraft | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What stands now: both sheets, TPI's row of the question (None when only a note was written) and the note."""

    mine: Sheet
    theirs: Sheet
    row: Answer | None
    note: Note | None
