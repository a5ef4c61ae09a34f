"""Forms for accounts and roles."""

from datetime import date
from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from units.forms.fields import DateField, Group, PortalForm, RowForm, Ticks
from units.models import Agency, Membership, Team, TeamMember, Unit, User
from units.queries.manage import belonging_to

AREAS = (
    ("1", _("1 Manajemen Perubahan")),
    ("2", _("2 Penataan Tatalaksana")),
    ("3", _("3 Penataan Sistem Manajemen SDM Aparatur")),
    ("4", _("4 Penguatan Akuntabilitas")),
    ("5", _("5 Penguatan Pengawasan")),
    ("6", _("6 Peningkatan Kualitas Pelayanan Publik")),
)
ROLE_FIELDS = ("role", "unit", "areas", "valid_from", "valid_until")
MEMBER_FIELDS = ("role", "home_body", "valid_from", "valid_until")


class PersonForm(RowForm):
    """Name, address and NIP of an account."""

    layout = Layout("full_name", "email", "nip")

    class Meta:
        model = User
        fields: tuple[str, ...] = ("full_name", "email", "nip")
        help_texts = {"nip": _("18 angka tanpa spasi.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["email"].help_text = _("Tautan untuk menetapkan kata sandi dikirim ke alamat ini.")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Alamat surel ini sudah dipakai akun lain."))
        return email


class DatedRoleMixin:
    """From when until when."""

    def check_dates(self, data: dict[str, Any]) -> None:
        start, end = data.get("valid_from"), data.get("valid_until")
        if start and end and end < start:
            self.add_error("valid_until", _("Tanggal berakhir mendahului tanggal mulai."))  # type: ignore[attr-defined]


class RoleForm(DatedRoleMixin, PortalForm):
    """A role in the agency or in one of its units."""

    role = forms.ChoiceField(label=_("Peran"), choices=Membership.Role.choices)
    unit = forms.ModelChoiceField(
        label=_("Unit kerja"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("Pilih unit kerja"),
        help_text=_("Wajib untuk kepala unit dan anggota tim kerja; peran lain berlaku untuk seluruh instansi."),
    )
    areas = forms.MultipleChoiceField(
        label=_("Area (pokja)"),
        choices=AREAS,
        required=False,
        widget=Ticks,
        help_text=_("Untuk anggota tim kerja. Tanpa pilihan berarti semua area."),
    )
    valid_from = DateField(label=_("Berlaku sejak"))
    valid_until = DateField(label=_("Berlaku sampai"), required=False)
    layout = Layout("role", "unit", "areas", Row(Column("valid_from"), Column("valid_until")))

    def __init__(self, *args: Any, agency: Agency, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency, self.person = agency, person
        self.fields["unit"].queryset = agency.units.filter(is_active=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        self.check_dates(data)
        in_unit = data.get("role") in Membership.UNIT_ROLES
        if in_unit and not data.get("unit") and "unit" not in self.errors:
            self.add_error("unit", _("Pilih unit kerja untuk peran ini."))
        if not in_unit:
            data["unit"] = None
        data["areas"] = "".join(data.get("areas", [])) if data.get("role") == Membership.Role.UNIT_MEMBER else ""
        if self.person is not None and not self.errors:
            self._refuse_double(data)
        return data

    def _refuse_double(self, data: dict[str, Any]) -> None:
        same = Membership.objects.filter(
            user=self.person, role=data["role"], agency=self.agency, unit=data["unit"], valid_until__isnull=True
        )
        if same.exists():
            self.add_error("role", _("Orang ini sudah memegang peran itu."))

    def role_values(self) -> dict[str, Any]:
        """As services take them."""
        return {name: self.cleaned_data[name] for name in ROLE_FIELDS}


class TeamPlaceForm(DatedRoleMixin, PortalForm):
    """A place in a team, for somebody whose account is made together with it."""

    role = forms.ChoiceField(label=_("Peran dalam tim"), choices=TeamMember.Role.choices)
    home_body = forms.CharField(
        label=_("Unsur"), max_length=120, help_text=_("Asal anggota, misalnya Inspektorat, BKPSDM, atau Bappeda.")
    )
    valid_from = DateField(label=_("Berlaku sejak"))
    valid_until = DateField(label=_("Berlaku sampai"), required=False)
    layout = Layout(Row(Column("role"), Column("home_body")), Row(Column("valid_from"), Column("valid_until")))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        self.check_dates(data)
        return data

    def member_values(self) -> dict[str, Any]:
        """As services take them."""
        return {name: self.cleaned_data[name] for name in MEMBER_FIELDS}


class TeamMemberForm(TeamPlaceForm):
    """A place in a team, for somebody who has an account."""

    user = forms.ModelChoiceField(label=_("Orang"), queryset=User.objects.none(), empty_label=_("Pilih orang"))
    layout = Layout("user", *TeamPlaceForm.layout.fields)

    def __init__(self, *args: Any, agency: Agency, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        people = belonging_to(agency).filter(is_active=True).order_by("full_name")
        self.fields["user"].queryset = people  # type: ignore[attr-defined]

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if self.team.members.filter(user=user, valid_until__isnull=True).exists():
            raise forms.ValidationError(_("Orang ini sudah menjadi anggota tim."))
        return user


class NewPersonForm(PersonForm):
    """A new account; its first role or team stands in a second form below."""

    layout = Layout(Group(_("Orang"), "full_name", "username", "email", "nip"))

    class Meta(PersonForm.Meta):
        fields = ("username", "full_name", "email", "nip")
        help_texts = {
            "username": _("Untuk masuk, misalnya nama depan dan unit. Tidak dapat diganti."),
            "nip": _("18 angka tanpa spasi."),
        }

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("Nama pengguna ini sudah dipakai."))
        return username


class EndForm(PortalForm):
    """The last day of a role."""

    until = DateField(label=_("Hari terakhir"), help_text=_("Peran masih berlaku pada hari ini."))
    reason = forms.CharField(label=_("Alasan"), max_length=240, help_text=_("Tersimpan dalam jejak audit."))

    def __init__(self, *args: Any, valid_from: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.valid_from = valid_from

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until < self.valid_from:
            raise forms.ValidationError(_("Tanggal berakhir mendahului tanggal mulai."))
        return until


class ReasonForm(PortalForm):
    reason = forms.CharField(label=_("Alasan"), max_length=240, help_text=_("Tersimpan dalam jejak audit."))


class PeopleFilter(PortalForm):
    """The search above the list of people."""

    cari = forms.CharField(label=_("Cari nama, nama pengguna, surel, atau NIP"), required=False, max_length=80)
    peran = forms.ChoiceField(
        label=_("Peran"),
        required=False,
        choices=[
            ("", _("Semua peran")),
            *Membership.Role.choices,
            *Team.Kind.choices,
            ("none", _("Tanpa peran sekarang")),
        ],
    )
    status = forms.ChoiceField(
        label=_("Status akun"),
        required=False,
        choices=[
            ("", _("Semua")),
            ("active", _("Aktif")),
            ("waiting", _("Belum pernah masuk")),
            ("inactive", _("Nonaktif")),
        ],
    )
