"""Words of the queue of one evaluation and of agreeing in bulk."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments.queries.bulk import Outcome, Why
from assessments.queries.desk_queue import Filter

register = template.Library()

# Label, and what exactly is counted.
FILTERS: dict[str, tuple[str | Promise, str | Promise]] = {
    Filter.UNSCORED: (_("Belum dinilai"), _("Tahap Anda belum memberi nilai.")),
    Filter.DIFFERENT: (_("Berbeda dari unit"), _("Nilai TPI tidak sama dengan jawaban unit.")),
    Filter.SCORERS: (_("Penilai lain berbeda"), _("Dua penilai atau dua tahap memberi nilai yang tidak sama.")),
    Filter.UNPROVEN: (_("Tanpa bukti"), _("Unit menjawab tanpa bukti yang berlaku.")),
    Filter.BLANK: (_("Tidak diisi unit"), _("Unit tidak memberi jawaban.")),
    Filter.NEW_EVIDENCE: (_("Bukti baru sejak penilaian"), _("Bukti datang sesudah tahap Anda menilai.")),
    Filter.CHANGED: (
        _("Berubah sejak penilaian"),
        _("Jawaban diubah, bukti ditarik, atau nilai tahap sebelumnya diubah sesudah tahap Anda menilai."),
    ),
    Filter.OPEN_NOTE: (_("Catatan terbuka"), _("Ada catatan TPI yang belum diselesaikan.")),
    Filter.RETURNED: (_("Dikembalikan"), _("Perbaikannya diminta pada putaran sebelumnya.")),
    Filter.HEAVY: (_("Berbobot besar"), _("Mempertaruhkan 1 poin atau lebih dari nilai total.")),
}

# Label, tone and symbol.
OUTCOMES: dict[str, tuple[str | Promise, str, str]] = {
    Outcome.NEW: (_("Nilai baru"), "success", "plus"),
    Outcome.AGAIN: (_("Diperbarui"), "info", "reopen"),
    Outcome.SAME: (_("Tidak berubah"), "neutral", "check"),
    Outcome.REFUSED: (_("Tidak ikut"), "warning", "warning"),
}

WHY: dict[str, str | Promise] = {
    Why.DIFFERENT: _("Sudah dinilai berbeda. Ubah nilainya di meja penilaian bila memang sesuai."),
    Why.NOTHING_BELOW: _("Tahap sebelumnya belum menilai."),
    Why.APART: _("Dua penilai berbeda. Tetapkan nilainya pada halaman selisih."),
}


@register.filter
def filter_words(name: str) -> str | Promise:
    return FILTERS[name][0]


@register.filter
def filter_meaning(name: str) -> str | Promise:
    return FILTERS[name][1]


@register.filter
def outcome_words(outcome: str) -> str | Promise:
    return OUTCOMES[outcome][0]


@register.filter
def outcome_tone(outcome: str) -> str:
    return OUTCOMES[outcome][1]


@register.filter
def outcome_symbol(outcome: str) -> str:
    return OUTCOMES[outcome][2]


@register.filter
def why_words(why: str) -> str | Promise:
    return WHY[why]
