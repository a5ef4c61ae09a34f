"""What is said on a note: words, files, and for TPI who may read them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.forms.answers import KEY_FIELD, read_key
from assessments.forms.evidence import Candidate, FilesField
from assessments.forms.followups import TextField
from assessments.services.threads import Upload, Words


class MessageForm(forms.Form):
    """`berkas` are files, each scanned; one that is refused keeps the whole message back."""

    pesan = TextField(label=_("Pesan"), error_messages={"required": _("Tuliskan pesannya.")})
    berkas = FilesField(label=_("Berkas"), required=False)

    def clean_berkas(self) -> list[Candidate]:
        candidates: list[Candidate] = self.cleaned_data["berkas"]
        refused = [f"{item.name}: {item.refusal}" for item in candidates if item.scanned is None]
        if refused:
            raise ValidationError(refused)
        return candidates

    @property
    def words(self) -> Words:
        files = [Upload(item.upload, item.scanned) for item in self.cleaned_data["berkas"] if item.scanned]
        return Words(self.cleaned_data["pesan"], read_key(self.data.get(KEY_FIELD)), tuple(files))


class ReplyForm(MessageForm):
    """Of TPI: for the unit, or among themselves."""

    UNIT, INTERNAL = "unit", "internal"

    untuk = forms.ChoiceField(
        choices=[(UNIT, UNIT), (INTERNAL, INTERNAL)],
        error_messages={"required": _("Pilih siapa yang membaca pesan ini.")},
    )

    @property
    def is_internal(self) -> bool:
        return bool(self.cleaned_data["untuk"] == self.INTERNAL)


class SettleForm(forms.Form):
    """TPI ends a thread, or opens it again; `pesan_terakhir` is the last message that the page showed."""

    CLOSE, REOPEN = "selesai", "buka"

    aksi = forms.ChoiceField(choices=[(CLOSE, CLOSE), (REOPEN, REOPEN)])
    pesan_terakhir = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    @property
    def closes(self) -> bool:
        return bool(self.cleaned_data["aksi"] == self.CLOSE)

    @property
    def seen(self) -> int:
        found: Any = self.cleaned_data["pesan_terakhir"]
        return found or 0
