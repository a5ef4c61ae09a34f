"""Sharing out the work of a unit: areas, questions, handing over. Which people may be chosen is given by the view."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.services.duties import REASON_MAX
from assessments.services.texts import TextRefused, checked_text
from units.models import User
from units.permissions import ALL_AREAS

NOBODY = "-"


class PersonField(forms.ChoiceField):
    """One of the people of a unit; the value is the User, None for a choice that is no person."""

    people: Mapping[str, User] = MappingProxyType({})

    def offer(self, people: Iterable[User], *others: tuple[str, Any]) -> None:
        self.people = {str(user.pk): user for user in people}
        named = ((key, user.full_name) for key, user in self.people.items())
        self.choices = [("", _("Pilih orang")), *named, *others]

    def clean(self, value: Any) -> User | None:
        return self.people.get(super().clean(value))


class AreasForm(forms.Form):
    """The areas of one member; `sebelum` is what the page showed."""

    orang = PersonField(label=_("Anggota"))
    area = forms.TypedMultipleChoiceField(
        label=_("Area"),
        coerce=int,
        choices=[(number, str(number)) for number in sorted(ALL_AREAS)],
        error_messages={"required": _("Pilih paling sedikit satu area.")},
    )
    sebelum = forms.RegexField(r"^[1-6]{0,6}$", required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, people: Iterable[User]) -> None:
        super().__init__(data)
        self.fields["orang"].offer(people)  # type: ignore[attr-defined]


class QuestionsForm(forms.Form):
    """Questions and the person who gets them; `-` takes them away from everybody."""

    orang = PersonField(label=_("Diberikan kepada"), error_messages={"required": _("Pilih orangnya.")})
    kode = forms.MultipleChoiceField(
        label=_("Pertanyaan"), error_messages={"required": _("Pilih paling sedikit satu pertanyaan.")}
    )

    def __init__(self, data: Any, people: Iterable[User], codes: Collection[str]) -> None:
        super().__init__(data)
        nobody = (NOBODY, _("Tidak atas nama orang tertentu"))
        self.fields["orang"].offer(people, nobody)  # type: ignore[attr-defined]
        self.fields["kode"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


class HandOverForm(forms.Form):
    """From one person to another, with the reason."""

    dari = PersonField(label=_("Tugas milik"), error_messages={"required": _("Pilih orangnya.")})
    kepada = PersonField(label=_("Diserahkan kepada"), error_messages={"required": _("Pilih orangnya.")})
    alasan = forms.CharField(
        label=_("Alasan"),
        max_length=REASON_MAX,
        help_text=_("Misalnya pindah tugas, dengan nomor surat bila ada."),
        error_messages={"required": _("Tuliskan alasannya.")},
    )
    akhiri = forms.BooleanField(label=_("Akhiri keanggotaannya pada tim unit hari ini"), required=False)

    def __init__(self, data: Any, givers: Iterable[User], takers: Iterable[User], *, may_end: bool) -> None:
        super().__init__(data)
        self.fields["dari"].offer(givers)  # type: ignore[attr-defined]
        self.fields["kepada"].offer(takers)  # type: ignore[attr-defined]
        if not may_end:
            del self.fields["akhiri"]

    def clean_alasan(self) -> str:
        try:
            return checked_text(self.cleaned_data["alasan"], REASON_MAX)
        except TextRefused as error:
            raise ValidationError(str(error.message)) from error
