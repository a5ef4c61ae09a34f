"""What the inbox is asked."""

from django import forms
from django.core.exceptions import ValidationError

from units.models import Notice, User


class NoticeForm(forms.Form):
    """`kabar`: one's own notice, or nothing for all of them; `buka`: go where it leads."""

    kabar = forms.ModelChoiceField(Notice.objects.none(), required=False)
    buka = forms.BooleanField(required=False)

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kabar"].queryset = Notice.objects.filter(user=user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        if values.get("buka") and not values.get("kabar"):
            raise ValidationError(self.fields["kabar"].error_messages["required"])
        return values
