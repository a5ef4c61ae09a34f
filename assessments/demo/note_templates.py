"""Texts that the evaluators of a demo government insert into their notes."""

from datetime import datetime

from assessments.services.note_templates import save_note_template
from units.models import Agency, User

TEMPLATES = (
    ("Bukti belum lengkap", "Bukti dukung untuk {kode} belum lengkap. Lampirkan dokumen yang sudah disahkan."),
    ("Bukti di luar periode", "Bukti dukung tidak berasal dari {periode}. Lampirkan bukti periode ini."),
    ("Kriteria belum terpenuhi", "Bukti dukung belum menunjukkan kriteria pilihan yang diisi {unit} pada {kode}."),
    ("Angka belum terbukti", "Angka pada {kode} belum didukung dokumen. Lampirkan rekapitulasi yang ditandatangani."),
)


def keep_templates(agency: Agency, administrator: User, now: datetime) -> None:
    for position, (title, text) in enumerate(TEMPLATES, 1):
        values = {"title": title, "text": text, "position": position, "is_active": True}
        save_note_template(template=None, agency=agency, values=values, actor=administrator, now=now)
