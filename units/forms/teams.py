"""Forms for teams and decrees."""

from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from units.forms.fields import DateField, PortalForm, RowForm, Ticks
from units.forms.uploads import PDF_ONLY, UploadField
from units.models import Agency, Decree, Team, Unit


class TeamForm(RowForm):
    layout = Layout("name", "decree", "scoring", "is_active")

    class Meta:
        model = Team
        fields: tuple[str, ...] = ("name", "decree", "scoring", "is_active")
        help_texts = {
            "decree": _("SK pembentukan tim; dapat dilengkapi kemudian."),
            "scoring": _(
                "Untuk TPI. Berpasangan: dua anggota menilai sendiri-sendiri, lalu ketua tim menetapkan yang berbeda. "
                "Berlaku bagi penilaian yang reviunya dimulai sesudah ini disimpan."
            ),
            "is_active": _("Tim yang tidak aktif tidak lagi melihat unitnya."),
        }

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, fixed={"agency": agency}, **kwargs)
        self.fields["decree"].queryset = agency.decrees.exclude(kind=Decree.Kind.ZI_UNITS)  # type: ignore[attr-defined]
        self.fields["decree"].empty_label = _("Belum ada")  # type: ignore[attr-defined]
        if self.instance.kind == Team.Kind.ASSISTANCE:
            del self.fields["scoring"]
            self.layout = Layout("name", "decree", "is_active")


class NewTeamForm(TeamForm):
    """The kind is chosen once."""

    layout = Layout("kind", "name", "decree", "scoring", "is_active")

    class Meta(TeamForm.Meta):
        fields = ("kind", "name", "decree", "scoring", "is_active")
        help_texts = TeamForm.Meta.help_texts | {
            "kind": _("TPI menilai; tim asistensi membaca dan memberi catatan. Jenis tidak dapat diganti.")
        }


class UnitsField(forms.ModelMultipleChoiceField):
    """Units as ticks, by name."""

    widget = Ticks

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class TeamUnitsForm(PortalForm):
    units = UnitsField(label=_("Unit yang ditangani"), queryset=Unit.objects.none(), required=False)

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = agency.units.filter(is_active=True)  # type: ignore[attr-defined]


class DecreeForm(RowForm):
    date = DateField(label=_("Tanggal"))
    upload = UploadField(label=_("Berkas SK"), required=False, limits=PDF_ONLY)
    units = UnitsField(
        label=_("Unit kerja yang ditetapkan"),
        queryset=Unit.objects.none(),
        required=False,
        help_text=_("Untuk SK penetapan unit kerja ZI."),
    )
    layout = Layout("kind", Row(Column("number"), Column("date")), "subject", "upload", "units")

    class Meta:
        model = Decree
        fields = ("kind", "number", "date", "subject")

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, fixed={"agency": agency}, **kwargs)
        self.fields["units"].queryset = agency.units.filter(is_active=True)  # type: ignore[attr-defined]
        if self.instance.file:
            self.fields["upload"].label = _("Ganti berkas SK")
