"""Field visits: when, where and who; what was found on a question, with photos."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.forms.evidence import CheckedCharField, FilesField
from assessments.forms.followups import TextField
from assessments.services.visits import PEOPLE_MAX, PHOTO_KINDS, PHOTOS_MAX, PLACE_MAX, FindingDraft, VisitDraft


class VisitForm(forms.Form):
    """`kunjungan` is the id of the visit that is changed, empty for a new one."""

    kunjungan = forms.IntegerField(widget=forms.HiddenInput, required=False)
    versi = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    tanggal = forms.DateField(
        label=_("Tanggal"),
        error_messages={"required": _("Isi tanggalnya."), "invalid": _("Tulis tanggal yang ada pada kalender.")},
    )
    tempat = CheckedCharField(
        label=_("Tempat"), max_length=PLACE_MAX, error_messages={"required": _("Tuliskan tempatnya.")}
    )
    peserta = TextField(label=_("Peserta"), error_messages={"required": _("Tuliskan pesertanya.")})
    ringkasan = TextField(label=_("Ringkasan"), required=False)

    def clean_peserta(self) -> str:
        text: str = self.cleaned_data["peserta"]
        if len(text) > PEOPLE_MAX:
            raise ValidationError(_("Daftar peserta paling banyak %(maximum)s karakter.") % {"maximum": PEOPLE_MAX})
        return text

    @property
    def draft(self) -> VisitDraft:
        data = self.cleaned_data
        return VisitDraft(data["tanggal"], data["tempat"], data["peserta"], data["ringkasan"], data["versi"])


class FindingForm(forms.Form):
    """`soal` is a question's code; `buang` holds the uuids of photos that go."""

    SAVE, REMOVE = "simpan", "hapus"

    soal = forms.CharField(label=_("Pertanyaan"), max_length=24, error_messages={"required": _("Pilih pertanyaannya.")})
    uraian = TextField(label=_("Temuan"), error_messages={"required": _("Tuliskan temuannya.")})
    rilis = forms.BooleanField(label=_("Sampaikan kepada unit"), required=False)
    foto = FilesField(label=_("Foto"), required=False)
    buang = forms.TypedMultipleChoiceField(required=False, coerce=UUID)
    versi = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, data: Any, files: Any, photos: list[UUID]) -> None:
        super().__init__(data, files)
        self.fields["buang"].choices = [(str(uuid), str(uuid)) for uuid in photos]  # type: ignore[attr-defined]

    def clean_foto(self) -> list[Any]:
        candidates = self.cleaned_data["foto"]
        for item in candidates:
            if item.scanned is None:
                raise ValidationError(f"{item.name}: {item.refusal}")
            if item.scanned.kind not in PHOTO_KINDS:
                raise ValidationError(_("%(name)s: foto harus berupa berkas JPG atau PNG.") % {"name": item.name})
        if len(candidates) > PHOTOS_MAX:
            raise ValidationError(_("Satu temuan paling banyak memuat %(maximum)s foto.") % {"maximum": PHOTOS_MAX})
        return list(candidates)

    @property
    def draft(self) -> FindingDraft:
        data = self.cleaned_data
        photos = [(item.upload, item.scanned) for item in data["foto"]]
        return FindingDraft(data["uraian"], data["rilis"], data["versi"], photos, frozenset(data["buang"]))
