"""The file field of every form: shows the limits before a file is chosen, and asks the scanner."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from units.uploads import ScannedFile, UploadRefused, accepted_endings, scan_upload

MEGABYTE = 1024 * 1024
PDF_ONLY = {"kinds": ("pdf",)}


def upload_hint(policy: Mapping[str, Any] | None = None) -> object:
    """`.pdf, .jpg; paling besar 10 MB`: the policy in words."""
    policy = policy or settings.UPLOAD_POLICY
    return format_lazy(
        _("Jenis: {kinds}. Paling besar {limit} MB."),
        kinds=", ".join(accepted_endings(policy)),
        limit=policy["max_file_bytes"] // MEGABYTE,
    )


class UploadField(forms.FileField):
    """Cleans to the uploaded file; what the scanner found stands in its `scanned` attribute.

    `limits` narrows settings.UPLOAD_POLICY, e.g. to PDF only.
    """

    def __init__(self, *, limits: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.policy = {**settings.UPLOAD_POLICY, **(limits or {})}
        kwargs.setdefault("help_text", upload_hint(self.policy))
        kwargs.setdefault("allow_empty_file", True)  # the scanner has the clearer sentence
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": ",".join(accepted_endings(self.policy))}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploaded = super().clean(data, initial)
        if isinstance(uploaded, UploadedFile):
            try:
                uploaded.scanned = scan_upload(uploaded, self.policy)  # type: ignore[attr-defined]
            except UploadRefused as refusal:
                raise ValidationError(str(refusal.message), code=refusal.reason) from refusal
        return uploaded


def scanned(uploaded: UploadedFile) -> ScannedFile:
    """What UploadField found out about a file."""
    return uploaded.scanned  # type: ignore[attr-defined]
