"""A filled worksheet from a browser, read apart; and how it is to be applied."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.importers.apart import read_apart
from assessments.importers.xlsx import WorkbookError
from assessments.models import WorkbookImport
from assessments.scoring import Instrument
from units.uploads import ScannedFile, UploadRefused, scan_upload
from zi_portal.logs import security_event

KINDS = ("xlsx",)
MAX_VERSIONS = 20_000  # characters of the hidden field
MEGABYTE = 1024 * 1024


def import_policy() -> dict[str, Any]:
    return {**settings.UPLOAD_POLICY, "kinds": KINDS}


class WorkbookForm(forms.Form):
    """`scanned` and `content` are what was found out about a valid file."""

    berkas = forms.FileField(
        label=_("Lembar kerja (.xlsx)"),
        allow_empty_file=True,
        error_messages={"required": _("Pilih berkas lembar kerja yang sudah diisi.")},
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def __init__(self, *args: Any, instrument: Instrument, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        self.scanned: ScannedFile
        self.content: dict[str, Any]
        self.fields["berkas"].help_text = _("Jenis: .xlsx. Paling besar %(limit)s MB.") % {
            "limit": import_policy()["max_file_bytes"] // MEGABYTE
        }

    def clean_berkas(self) -> Any:
        upload = self.cleaned_data["berkas"]
        try:
            self.scanned = scan_upload(upload, import_policy(), examine=self._read)
        except UploadRefused as refusal:
            raise ValidationError(str(refusal.message), code=refusal.reason) from refusal
        except WorkbookError as error:
            security_event("upload_validation", None, reason=f"workbook_{error.reason.value}")
            raise ValidationError(str(error), code=error.reason.value) from error
        return upload

    def _read(self, upload: Any, _kind: str, _policy: Mapping[str, Any]) -> None:
        """Examined and read at once, by one process with the limits of worksheets."""
        self.content = read_apart(Path(upload.temporary_file_path()), self.instrument)


class ApplyForm(forms.Form):
    """`seen` are the versions that the preview showed; None where the form does not tell."""

    mode = forms.ChoiceField(
        choices=WorkbookImport.Mode.choices,
        error_messages={"required": _("Pilih cara mengimpor: isi yang kosong, atau timpa.")},
    )
    basi = forms.BooleanField(required=False)
    versi = forms.CharField(required=False, max_length=MAX_VERSIONS)

    @property
    def seen(self) -> dict[str, int] | None:
        try:
            found = json.loads(self.cleaned_data.get("versi", ""))
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict) or not all(type(version) is int for version in found.values()):
            return None
        return found
