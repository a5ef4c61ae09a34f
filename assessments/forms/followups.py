"""Follow-ups: what is promised and until when, what was done, TPI's last word."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.models import NOTE_MAX, Evidence
from assessments.services.followups import Promise
from assessments.services.texts import TextRefused, checked_text
from units.models import User


class TextField(forms.CharField):
    """Prose of several lines that the database can hold."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(max_length=NOTE_MAX, **options)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        try:
            return checked_text(text, NOTE_MAX)
        except TextRefused as error:
            raise ValidationError(str(error.message)) from error


def _due() -> forms.DateField:
    return forms.DateField(
        label=_("Batas waktu"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Isi batas waktunya."), "invalid": _("Tulis tanggal yang ada pada kalender.")},
    )


class OwnerField(forms.TypedChoiceField):
    """Somebody of the unit, or nobody by name. Cleans to a User or None."""

    def __init__(self) -> None:
        wrong = _("Penanggung jawab harus anggota tim atau kepala unit ini.")
        super().__init__(label=_("Penanggung jawab"), required=False, error_messages={"invalid_choice": wrong})
        self.people: dict[str, User] = {}

    def offer(self, people: Iterable[User]) -> None:
        self.people = {str(user.pk): user for user in people}
        names = [(key, user.full_name) for key, user in self.people.items()]
        self.choices = [("", _("Belum ditentukan")), *names]

    def clean(self, value: Any) -> User | None:
        return self.people.get(str(super().clean(value)))


class OwnerForm(forms.Form):
    """Who of the unit looks after a follow-up."""

    penanggung = OwnerField()
    versi = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, people: Iterable[User]) -> None:
        super().__init__(data)
        self.fields["penanggung"].offer(people)  # type: ignore[attr-defined]


class DueForm(forms.Form):
    """Another day, and why."""

    batas = _due()
    alasan = TextField(label=_("Alasan"), error_messages={"required": _("Tuliskan alasannya.")})
    versi = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CreateForm(forms.Form):
    """`catatan` is the id of the released note."""

    catatan = forms.IntegerField(widget=forms.HiddenInput)
    uraian = TextField(
        label=_("Yang harus diperbaiki"), error_messages={"required": _("Tuliskan yang harus diperbaiki.")}
    )
    batas = _due()
    penanggung = OwnerField()

    def __init__(self, data: Any, people: Iterable[User]) -> None:
        super().__init__(data)
        self.fields["penanggung"].offer(people)  # type: ignore[attr-defined]

    @property
    def promise(self) -> Promise:
        data = self.cleaned_data
        return Promise(data["uraian"], data["batas"], data["penanggung"])


class ReportForm(forms.Form):
    """What the unit did; `bukti` is the uuid of a record of its library."""

    uraian = TextField(
        label=_("Yang sudah dilakukan"), error_messages={"required": _("Tuliskan yang sudah dilakukan.")}
    )
    bukti = forms.ChoiceField(label=_("Bukti"), required=False)
    versi = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, records: Iterable[Evidence]) -> None:
        super().__init__(data)
        self.records = {str(record.uuid): record for record in records}
        titles = [(key, record.title) for key, record in self.records.items()]
        self.fields["bukti"].choices = [("", _("Tanpa bukti")), *titles]  # type: ignore[attr-defined]

    @property
    def proof(self) -> Evidence | None:
        return self.records.get(self.cleaned_data["bukti"])


class SettleForm(forms.Form):
    """TPI closes, or asks for more."""

    CLOSE, SEND_BACK = "tutup", "kembalikan"

    uraian = TextField(label=_("Penilaian TPI"), error_messages={"required": _("Tuliskan penilaiannya.")})
    aksi = forms.ChoiceField(choices=[(CLOSE, CLOSE), (SEND_BACK, SEND_BACK)])
    versi = forms.IntegerField(widget=forms.HiddenInput, required=False)
