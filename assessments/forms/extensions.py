"""The Inspector's forms: more time for one worksheet, or another round of a final one."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.forms.periods import ZonedTimeField
from assessments.models import NOTE_MAX, Assessment, Extension
from units.forms.fields import PortalForm

END_OF_DAY = time(23, 59, 59)


class _DeadlineForm(PortalForm):
    """A moment in the agency's zone, and why."""

    reason = forms.CharField(
        label=_("Alasan"),
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Dibaca unit dan TPI di samping batas waktunya, dan tersimpan dalam jejak audit."),
        error_messages={"required": _("Tuliskan alasannya.")},
    )

    def __init__(self, *args: Any, assessment: Assessment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency = assessment.unit.agency
        field = self.fields["until"]
        field.zone = agency.tz  # type: ignore[attr-defined]
        field.help_text = _("Waktu %(zone)s. Tanggal tanpa jam berarti sampai akhir hari itu.") % {
            "zone": agency.zone_label
        }


class ExtendForm(_DeadlineForm):
    """Only phases in which something is left to do are offered."""

    phase = forms.ChoiceField(label=_("Yang diperpanjang"), choices=Extension.Phase.choices)
    until = ZonedTimeField(
        label=_("Batas baru"), default=END_OF_DAY, error_messages={"required": _("Tuliskan batas baru.")}
    )
    field_order = ("phase", "until", "reason")

    def __init__(self, *args: Any, assessment: Assessment, **kwargs: Any) -> None:
        super().__init__(*args, assessment=assessment, **kwargs)
        if assessment.state != Assessment.State.DRAFT:
            self.fields["phase"].choices = [  # type: ignore[attr-defined]
                item for item in Extension.Phase.choices if item[0] != Extension.Phase.FILL
            ]


class ReopenForm(_DeadlineForm):
    """`until` may stay empty while the period's own deadline is still ahead."""

    until = ZonedTimeField(label=_("Batas perbaikan dan evaluasi"), default=END_OF_DAY, required=False)
    field_order = ("until", "reason")
