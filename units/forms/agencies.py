"""Forms for agencies, signatories and units."""

from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from units.forms.fields import DateField, Group, PortalForm, RowForm
from units.models import Agency, Signatory, Unit, UnitYear


class AgencyForm(RowForm):
    member_unit_limit = forms.IntegerField(
        label=_("Batas unit bagi seorang anggota TPI"),
        min_value=1,
        max_value=999,
        help_text=_("Penugasan di atas batas ini tetap boleh, dengan peringatan di papan tugas."),
    )
    layout = Layout(
        Group(_("Instansi"), "name", "kind", "zone"),
        Group(_("Kop surat laporan"), "inspectorate", "letterhead", "city"),
        Group(_("Cara kerja TPI"), "later_stages", "member_unit_limit"),
    )

    class Meta:
        model = Agency
        fields = ("name", "kind", "zone", "inspectorate", "letterhead", "city", "later_stages", "member_unit_limit")
        widgets = {"letterhead": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "zone": _("Semua tenggat ditulis dan ditampilkan menurut zona ini."),
            "letterhead": _("Satu baris untuk alamat, satu baris untuk telepon, surel, dan laman."),
            "city": _("Tertulis di atas tanda tangan, misalnya Palangka Raya."),
            "later_stages": _("Berlaku bagi penilaian yang reviunya dimulai sesudah ini disimpan."),
        }


class SignatoryForm(RowForm):
    valid_from = DateField(
        label=_("Berlaku sejak"), help_text=_("Laporan yang terbit sejak tanggal ini memakai penanda tangan ini.")
    )
    layout = Layout("position", "name", Row(Column("rank"), Column("nip")), "valid_from")

    class Meta:
        model = Signatory
        fields = ("position", "name", "rank", "nip", "valid_from")
        help_texts = {"position": _("Misalnya Inspektur."), "nip": _("18 angka tanpa spasi.")}
        error_messages = {"nip": {"invalid": _("NIP terdiri atas 18 angka.")}}


class UnitForm(RowForm):
    layout = Layout(
        Group(_("Unit kerja"), "name", Row(Column("code"), Column("kind")), "parent"),
        Group(_("Keterangan"), "affirmative", "head_name", "is_active"),
    )

    class Meta:
        model = Unit
        fields = ("name", "code", "kind", "parent", "affirmative", "head_name", "is_active")
        help_texts = {
            "code": _("Dipakai pada alamat halaman dan berkas, misalnya rsud-doris."),
            "parent": _("Kosongkan bila langsung di bawah instansi."),
            "affirmative": _(
                "Jenis layanan yang boleh diusulkan selagi syarat Tabel 5 dipenuhi (PermenPAN-RB 5/2024)."
            ),
            "head_name": _("Tertulis pada laporan. Akun kepala unit diatur pada halaman orang."),
            "is_active": _("Unit yang tidak aktif tidak muncul pada periode baru."),
        }

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, fixed={"agency": agency}, **kwargs)
        others = agency.units.filter(is_active=True)
        self.fields["parent"].queryset = others.exclude(pk=self.instance.pk)  # type: ignore[attr-defined]
        self.fields["parent"].empty_label = _("Tanpa unit induk")  # type: ignore[attr-defined]


class UnitFilter(PortalForm):
    """The search above the list of units; every field may stay empty."""

    cari = forms.CharField(label=_("Cari nama, kode, atau kepala unit"), required=False, max_length=80)
    jenis = forms.ChoiceField(label=_("Jenis"), required=False, choices=[("", _("Semua jenis")), *Unit.Kind.choices])
    tahap = forms.ChoiceField(
        label=_("Tahap"), required=False, choices=[("", _("Semua tahap")), *UnitYear.Stage.choices]
    )
