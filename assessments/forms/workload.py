"""The assignment board: giving out, moving and ending. What may be chosen is what the board shows (SEC-09)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.forms.duties import PersonField
from assessments.queries.workload import Gap, Task, Workload
from assessments.services.scorers import REASON_MAX
from assessments.services.texts import TextRefused, checked_text
from units.models import User

ASSIGN, MOVE, END = "tugaskan", "pindahkan", "akhiri"
CHOOSE_PERSON = _("Pilih orangnya.")
CHOOSE_UNITS = _("Pilih paling sedikit satu unit.")


class AssignForm(forms.Form):
    """Empty slots, and the person who gets them."""

    tempat = forms.MultipleChoiceField(label=_("Unit"), error_messages={"required": CHOOSE_UNITS})
    orang = PersonField(label=_("Tugaskan kepada"), error_messages={"required": CHOOSE_PERSON})

    def __init__(self, data: Any, board: Workload) -> None:
        super().__init__(data)
        self.board = board
        self.fields["tempat"].choices = [(key, key) for key in board.gaps]  # type: ignore[attr-defined]
        self.fields["orang"].offer(board.people.values())  # type: ignore[attr-defined]

    @property
    def gaps(self) -> list[Gap]:
        return [self.board.gaps[key] for key in self.cleaned_data["tempat"]]


class MoveForm(forms.Form):
    """Units of one person that go to another, or to nobody, with the reason."""

    tugas = forms.MultipleChoiceField(label=_("Unit"), error_messages={"required": CHOOSE_UNITS})
    orang = PersonField(label=_("Pindahkan kepada"), required=False)
    alasan = forms.CharField(
        label=_("Alasan"), max_length=REASON_MAX, error_messages={"required": _("Tuliskan alasannya.")}
    )
    tindakan = forms.ChoiceField(choices=[(MOVE, MOVE), (END, END)])

    def __init__(self, data: Any, board: Workload) -> None:
        super().__init__(data)
        self.board = board
        self.fields["tugas"].choices = [(str(pk), str(pk)) for pk in board.tasks]  # type: ignore[attr-defined]
        self.fields["orang"].offer(board.people.values())  # type: ignore[attr-defined]

    def clean_alasan(self) -> str:
        try:
            return checked_text(self.cleaned_data["alasan"], REASON_MAX)
        except TextRefused as error:
            raise ValidationError(str(error.message)) from error

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("tindakan") == MOVE and data.get("orang") is None and "orang" not in self.errors:
            self.add_error("orang", str(CHOOSE_PERSON))
        return data

    @property
    def is_end(self) -> bool:
        return bool(self.cleaned_data["tindakan"] == END)

    @property
    def receiver(self) -> User | None:
        return self.cleaned_data["orang"]

    @property
    def tasks(self) -> list[Task]:
        return [self.board.tasks[int(pk)] for pk in self.cleaned_data["tugas"]]
