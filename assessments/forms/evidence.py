"""Evidence from a browser: scanned files or a web address; what a record says of itself; reasons."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.validators import URLValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments.models import Evidence
from assessments.services.evidence_rules import NUMBER_MAX, REASON_MAX, TITLE_MAX, URL_MAX
from assessments.services.texts import TextRefused, checked_text
from units.uploads import ScannedFile, UploadRefused, accepted_endings, scan_upload

MEGABYTE = 1024 * 1024
is_web_address = URLValidator(
    schemes=["http", "https"], message=_("Tulis alamat lengkap, misalnya https://contoh.go.id/dokumen.")
)
QUARTERS = (("1", _("TW I")), ("2", _("TW II")), ("3", _("TW III")), ("4", _("TW IV")))


def upload_limits() -> dict[str, Any]:
    """What may be uploaded, for people and for the file field; from the one place that enforces it."""
    policy = settings.UPLOAD_POLICY
    return {
        "kinds": ", ".join(ending.removeprefix(".").upper() for ending in accepted_endings() if ending != ".jpeg"),
        "accept": ",".join(accepted_endings()),
        "megabytes": policy["max_file_bytes"] // MEGABYTE,
        "bytes": policy["max_file_bytes"],
        "per_answer": policy["max_files_per_answer"],
        "at_once": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
    }


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of a request: what the scanner found out, or why it is refused."""

    upload: "File[bytes]"
    scanned: ScannedFile | None
    refusal: str | Promise = ""

    @property
    def name(self) -> str:
        return self.upload.name or ""


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ARG002 - Django's signature
        return files.getlist(name)


class FilesField(forms.FileField):
    """Several files, each scanned; a bad one does not spoil the others."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Candidate]:
        files = [item for item in data or () if item]
        if self.required and not files:
            raise ValidationError(_("Pilih berkasnya lebih dulu."), code="required")
        # Not through FileField.clean: the scanner says in its own words what is wrong with a name or an empty file.
        del initial
        return [_candidate(item) for item in files]


def _candidate(upload: "File[bytes]") -> Candidate:
    try:
        return Candidate(upload, scan_upload(upload))
    except UploadRefused as error:
        return Candidate(upload, None, error.message)


class CheckedCharField(forms.CharField):
    """A line of text that every database and every report can hold."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return checked_text(text, self.max_length or TITLE_MAX).strip()
        except TextRefused as error:
            raise ValidationError(str(error.message)) from error


def _text(label: Any, maximum: int, long: Any, **more: Any) -> CheckedCharField:
    more["error_messages"] = {"max_length": long} | more.pop("errors", {})
    return CheckedCharField(label=label, max_length=maximum, **({"required": False} | more))


class EvidenceForm(forms.Form):
    """Files or one address. `cleaned_data["berkas"]` holds a Candidate for each file."""

    berkas = FilesField(label=_("Berkas"), required=False)
    tautan = forms.CharField(
        label=_("Tautan"),
        required=False,
        max_length=URL_MAX,
        error_messages={"max_length": _("Alamat ini terlalu panjang. Gunakan alamat yang lebih pendek.")},
    )
    judul = _text(_("Judul"), TITLE_MAX, _("Judul paling banyak %(limit_value)d karakter."))
    satukan = forms.BooleanField(label=_("Satukan menjadi satu bukti"), required=False)

    def clean_tautan(self) -> str:
        url: str = self.cleaned_data["tautan"].strip()
        if url:
            is_web_address(url)
            if urlsplit(url).username is not None:
                raise ValidationError(_("Alamat ini memuat nama pengguna atau kata sandi. Hapus bagian itu."))
        return url

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("berkas")) == bool(cleaned.get("tautan")):
            raise ValidationError(_("Pilih berkas atau tulis satu tautan."), code="one")
        return cleaned


class RecordFilesForm(forms.Form):
    """Files for a record that exists."""

    berkas = FilesField(label=_("Berkas"))


class VersionForm(forms.Form):
    """`versi` is the version of the record that the person saw."""

    versi = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)


class RecordForm(VersionForm):
    """What a record says of itself."""

    judul = _text(
        _("Judul"),
        TITLE_MAX,
        _("Judul paling banyak %(limit_value)d karakter."),
        required=True,
        errors={"required": _("Tuliskan judul bukti.")},
    )
    nomor = _text(_("Nomor dokumen"), NUMBER_MAX, _("Nomor dokumen paling banyak %(limit_value)d karakter."))
    tanggal = forms.DateField(
        label=_("Tanggal dokumen"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "1945-01-01", "max": "2100-12-31"}),
        error_messages={"invalid": _("Tulis tanggal seperti 17/08/2024.")},
    )
    triwulan = forms.MultipleChoiceField(
        label=_("Berlaku untuk triwulan"),
        choices=QUARTERS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Kosongkan bila berlaku sepanjang tahun."),
    )

    @classmethod
    def of(cls, record: Evidence) -> "RecordForm":
        """The form as it stands for a record."""
        values = {
            "versi": record.version,
            "judul": record.title,
            "nomor": record.document_number,
            "tanggal": record.document_date,
            "triwulan": list(record.quarters),
        }
        return cls(initial=values)

    def clean_triwulan(self) -> str:
        return "".join(sorted(self.cleaned_data["triwulan"]))


def _reason(label: Any, missing: Any) -> CheckedCharField:
    long = _("Alasan paling banyak %(limit_value)d karakter.")
    return _text(label, REASON_MAX, long, required=True, errors={"required": missing})


class WithdrawForm(VersionForm):
    """Why a record is no longer in force."""

    alasan = _reason(_("Alasan penarikan"), _("Tuliskan alasan penarikan bukti."))


class FileChangeForm(VersionForm):
    """One button on a file of a record: rename, move up or down, retire."""

    RENAME, UP, DOWN, RETIRE = "nama", "naik", "turun", "cabut"

    aksi = forms.ChoiceField(choices=[(key, key) for key in (RENAME, UP, DOWN, RETIRE)])
    nama = _text(_("Nama tampilan"), TITLE_MAX, _("Nama paling banyak %(limit_value)d karakter."))
    alasan = _text(_("Alasan"), REASON_MAX, _("Alasan paling banyak %(limit_value)d karakter."))
