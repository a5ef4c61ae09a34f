"""Evidence from a browser: a scanned file or a web address, with its title; and the reason of a withdrawal."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from assessments.services.evidence import REASON_MAX, TITLE_MAX, URL_MAX
from assessments.services.texts import TextRefused, checked_text
from units.uploads import ScannedFile, UploadRefused, accepted_endings, scan_upload

MEGABYTE = 1024 * 1024
is_web_address = URLValidator(
    schemes=["http", "https"], message=_("Tulis alamat lengkap, misalnya https://contoh.go.id/dokumen.")
)


def upload_limits() -> dict[str, Any]:
    """What may be uploaded, for people and for the file field; from the one place that enforces it."""
    policy = settings.UPLOAD_POLICY
    return {
        "kinds": ", ".join(ending.removeprefix(".").upper() for ending in accepted_endings() if ending != ".jpeg"),
        "accept": ",".join(accepted_endings()),
        "megabytes": policy["max_file_bytes"] // MEGABYTE,
        "bytes": policy["max_file_bytes"],
        "per_answer": policy["max_files_per_answer"],
    }


class EvidenceForm(forms.Form):
    """One file or one address. `cleaned_data["scanned"]` is what the scanner found out about the file."""

    berkas = forms.FileField(label=_("Berkas"), required=False)
    tautan = forms.CharField(
        label=_("Tautan"),
        required=False,
        max_length=URL_MAX,
        error_messages={"max_length": _("Alamat ini terlalu panjang. Gunakan alamat yang lebih pendek.")},
    )
    judul = forms.CharField(
        label=_("Judul"),
        required=False,
        max_length=TITLE_MAX,
        error_messages={"max_length": _("Judul paling banyak %(limit_value)d karakter.")},
    )

    def clean_berkas(self) -> Any:
        upload = self.cleaned_data["berkas"]
        self.scanned: ScannedFile | None = None
        if upload:
            try:
                self.scanned = scan_upload(upload)
            except UploadRefused as error:
                raise ValidationError(str(error.message), code=error.reason) from error
        return upload

    def clean_tautan(self) -> str:
        url: str = self.cleaned_data["tautan"].strip()
        if url:
            is_web_address(url)
            if urlsplit(url).username is not None:
                raise ValidationError(_("Alamat ini memuat nama pengguna atau kata sandi. Hapus bagian itu."))
        return url

    def clean_judul(self) -> str:
        try:
            return checked_text(self.cleaned_data["judul"], TITLE_MAX)
        except TextRefused as error:
            raise ValidationError(str(error.message)) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("berkas")) == bool(cleaned.get("tautan")):
            raise ValidationError(_("Pilih satu berkas atau tulis satu tautan."), code="one")
        return cleaned


class WithdrawForm(forms.Form):
    """Why a record is no longer in force."""

    alasan = forms.CharField(
        label=_("Alasan penarikan"),
        max_length=REASON_MAX,
        error_messages={
            "required": _("Tuliskan alasan penarikan bukti."),
            "max_length": _("Alasan paling banyak %(limit_value)d karakter."),
        },
    )

    def clean_alasan(self) -> str:
        try:
            return checked_text(self.cleaned_data["alasan"], REASON_MAX)
        except TextRefused as error:
            raise ValidationError(str(error.message)) from error
