"""The filter above the audit log."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from units.forms.fields import PortalForm
from units.models import Agency
from units.queries.audit_log import SUBJECTS


class LogFilter(PortalForm):
    hal = forms.ChoiceField(label=_("Tentang"), required=False)
    unit = forms.ChoiceField(label=_("Unit kerja"), required=False)
    orang = forms.CharField(label=_("Nama pelaku"), required=False, max_length=80)

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = agency.units.order_by("name").values_list("code", "name")
        self.fields["hal"].choices = [("", _("Semua hal")), *((key, name) for key, (name, _s) in SUBJECTS.items())]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", _("Semua unit")), *units]  # type: ignore[attr-defined]
