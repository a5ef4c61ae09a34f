"""Words and addresses of evidence."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from assessments.models import Evidence, EvidenceFile
from assessments.queries import evidence as queries
from assessments.queries.evidence_library import RecordPage
from units.templatetags.components import number_text

register = template.Library()

KILOBYTE = 1024
GIGABYTE = KILOBYTE**3
SHORT_HASH = 12
QUARTERS = {"1": "I", "2": "II", "3": "III", "4": "IV"}


@register.filter
def space_size(size: int) -> str:
    """`512 KB`, `340,5 MB`, `1,2 GB`."""
    for unit, name in ((GIGABYTE, "GB"), (KILOBYTE**2, "MB")):
        if size >= unit:
            return f"{number_text(Fraction(size, unit), 0 if size % unit == 0 else 1)} {name}"
    return f"{-(-size // KILOBYTE)} KB"


@register.simple_tag
def file_url(file: EvidenceFile) -> str:
    """Where a file is looked at: its pages as images, with the download beside them."""
    return reverse("evidence_view", args=(file.uuid,))


@register.filter
def in_force(files: Iterable[EvidenceFile]) -> list[EvidenceFile]:
    """Of all files of a record the newest of each slot, without the retired ones."""
    return queries.in_force(files)


@register.filter
def shown_name(file: EvidenceFile) -> str:
    return file.label or file.original_name


@register.filter
def short_hash(sha256: str) -> str:
    return sha256[:SHORT_HASH]


@register.filter
def quarter_words(record: Evidence) -> str:
    """`TW I, TW III`; empty for the whole year."""
    return ", ".join(f"TW {QUARTERS[digit]}" for digit in record.quarters)


@register.filter
def record_lock_words(page: RecordPage) -> str | Promise:
    """Why a record cannot be changed, and what to do instead (UX-13)."""
    words: dict[str, Any] = {
        "withdrawn": _("Bukti ini sudah ditarik. Isinya tetap dapat dibaca."),
        "role": _("Anda membaca bukti ini. Yang mengubahnya adalah operator dan kepala unit."),
        "area": _(
            "Bukti ini dipakai juga pada area pokja lain, sehingga tidak dapat Anda ubah. "
            "Mintalah kepala unit atau pokja itu, atau tambahkan berkas baru sebagai bukti tersendiri."
        ),
        "sent": _(
            "Bukti ini dipakai juga pada %(periods)s, yang tidak dapat diubah sekarang. "
            "Tambahkan berkas baru sebagai bukti tersendiri, lalu lepas bukti ini dari pertanyaan triwulan ini."
        )
        % {"periods": ", ".join(page.closed)},
        "not_noted": _(
            "Bukti ini dipakai juga pada pertanyaan yang tidak diberi catatan TPI, sehingga terkunci pada putaran "
            "perbaikan. Tambahkan berkas baru sebagai bukti tersendiri."
        ),
    }
    return words[page.lock]
