"""Forms for what a unit does in a year: declaration, stage, predikat."""

from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from units.forms.fields import DateField, PortalForm, RowForm
from units.forms.teams import UnitsField
from units.forms.uploads import UploadField
from units.models import Agency, Declaration, Predikat, PredikatKind, Unit, UnitYear

FIRST_YEAR, LAST_YEAR = 2012, 2100


class DeclarationForm(RowForm):
    date = DateField(label=_("Tanggal"))
    upload = UploadField(label=_("Berkas"), required=False, limits={"kinds": ("pdf", "jpg", "jpeg", "png")})
    layout = Layout(
        Row(Column("date"), Column("place")),
        Row(Column("signed_count"), Column("staff_count")),
        "witnesses",
        "upload",
    )

    class Meta:
        model = Declaration
        fields = ("date", "place", "signed_count", "staff_count", "witnesses")
        labels = {"signed_count": _("Pegawai yang menandatangani pakta integritas")}
        help_texts = {"witnesses": _("Jabatan atau lembaga, misalnya Ombudsman.")}


class StageForm(PortalForm):
    """Stage and target of one unit in a year."""

    stage = forms.ChoiceField(label=_("Tahap"), choices=UnitYear.Stage.choices)
    target = forms.ChoiceField(label=_("Predikat yang dituju"), choices=PredikatKind.choices)
    layout = Layout(Row(Column("stage"), Column("target")))


class StagesForm(StageForm):
    """The same for several units."""

    units = UnitsField(
        queryset=Unit.objects.none(), error_messages={"required": _("Pilih paling sedikit satu unit kerja.")}
    )

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = agency.units.all()  # type: ignore[attr-defined]


class PredikatForm(RowForm):
    decree_date = DateField(label=_("Tanggal keputusan"), required=False)
    layout = Layout(
        Row(Column("kind"), Column("year")),
        "granted_by",
        Row(Column("decree_number"), Column("decree_date")),
    )

    class Meta:
        model = Predikat
        fields = ("kind", "year", "granted_by", "decree_number", "decree_date")

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, fixed={"unit": unit}, **kwargs)

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise forms.ValidationError(_("Tulis tahun antara 2012 dan 2100."))
        return year
