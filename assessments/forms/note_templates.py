"""The form of a note template."""

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.models import NoteTemplate
from units.forms.fields import RowForm


class NoteTemplateForm(RowForm):
    layout = Layout("title", "text", "position", "is_active")

    class Meta:
        model = NoteTemplate
        fields = ("title", "text", "position", "is_active")
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}
        help_texts = {
            "title": _("Nama pendek pada daftar pilihan TPI."),
            "text": _(
                "Nama dalam kurung kurawal diganti saat disisipkan: {unit}, {kode}, {pertanyaan}, {periode}. "
                "TPI dapat mengubah teks sesudah disisipkan."
            ),
            "position": _("Angka kecil tampil lebih dulu."),
            "is_active": _("Yang tidak dipakai tidak ditawarkan kepada TPI."),
        }
