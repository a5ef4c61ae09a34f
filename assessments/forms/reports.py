"""Numbers of reports, as the Inspector's register gives them."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

NUMBER_MAX = 80
ONE_LINE = RegexValidator(r"\A[^\x00-\x1f\x7f\u2028\u2029]*\Z", _("Tulis nomor dalam satu baris."))


class LheNumberForm(forms.Form):
    """The number that an LHE gets when it is issued."""

    number = forms.CharField(
        label=_("Nomor LHE"),
        max_length=NUMBER_MAX,
        validators=[ONE_LINE],
        help_text=_("Nomor menurut buku agenda surat. Nomor yang diusulkan dapat diganti."),
    )


class QuarterlyForm(forms.Form):
    """A quarterly report may be made without a number; a dotted line stays for it."""

    number = forms.CharField(
        label=_("Nomor laporan"),
        max_length=NUMBER_MAX,
        required=False,
        validators=[ONE_LINE],
        help_text=_("Bila kosong, laporan memuat garis untuk nomor."),
    )
