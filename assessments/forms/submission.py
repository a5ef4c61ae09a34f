"""The declaration of the head of unit."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SubmissionForm(forms.Form):
    """What the head ticks before sending; the second box only stands where questions are unanswered."""

    pernyataan = forms.BooleanField(
        label=_("Saya menyatakan bahwa jawaban dan bukti dukung pada LKE ini benar dan dapat dipertanggungjawabkan."),
        error_messages={"required": _("Centang pernyataan kepala unit sebelum mengirim.")},
    )

    def __init__(self, *args: object, blanks: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if blanks:
            self.fields["kosong"] = forms.BooleanField(
                label=_("Saya mengetahui bahwa %(blanks)s pertanyaan belum dijawab dan dinilai 0.")
                % {"blanks": blanks},
                error_messages={"required": _("Centang pernyataan bahwa pertanyaan yang belum dijawab dinilai 0.")},
            )
