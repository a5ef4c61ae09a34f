"""What evaluators and the Inspector send: scores, notes, steps of the review, filters of the board."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from assessments import scoring
from assessments.forms.answers import read_version
from assessments.forms.numbers import read_count, read_decimal
from assessments.importers.reasons import reason_sentence
from assessments.models import NOTE_MAX, Assessment
from assessments.queries.board import SORTS, Picked
from assessments.queries.desk import Card, InputLine
from assessments.scoring.kinds import INDEX_KEY
from assessments.services.evaluation import Given, ScoreDraft
from assessments.services.notes import NoteDraft
from assessments.services.transitions import Action
from units.models import UnitYear

BLANK = "-"
BOTH_GIVEN = _("Kosongkan angkanya, atau hapus tanda pada “tidak ada data”.")


@dataclass
class ScoreInput:
    """One posted card: the draft for the service, else `errors` by field name; `typed` is what to show again."""

    draft: ScoreDraft
    typed: dict[str, str]
    errors: dict[str, Any] = field(default_factory=dict)


def read_score(question: scoring.Question, data: QueryDict) -> ScoreInput:
    """Read a posted card. Only known fields are looked at: totals and scores from a browser are never read."""
    errors: dict[str, Any] = {}
    given = _read_choice(question, data, errors) if question.scale.is_choice else _read_inputs(question, data, errors)
    draft = ScoreDraft(score=given, version=version_of(data, "version"), note=read_note(data))
    return ScoreInput(draft, _typed(question, data), errors)


def _typed(question: scoring.Question, data: QueryDict) -> dict[str, str]:
    """What to show again: the score of a form that has one, the note of a form that has one."""
    names = ["choice", "blank", *(f"in-{item.key}" for item in question.inputs)] if "version" in data else []
    names += ["note", "for_release"] if "note" in data else []
    return {name: data.get(name, "") for name in names}


def read_note(data: QueryDict) -> NoteDraft | None:
    """None where the form has no note (the button that agrees with the unit)."""
    if "note" not in data:
        return None
    return NoteDraft(
        text=data.get("note", ""), for_release=bool(data.get("for_release")), version=version_of(data, "note_version")
    )


def version_of(data: QueryDict, name: str) -> int | None:
    """The version that the page showed. The button "use mine" of a conflict sends both in `over`, score then note."""
    both = dict(zip(("version", "note_version"), data.get("over", "").split("."), strict=False))
    return read_version(both.get(name) or data.get(name))


@dataclass(frozen=True)
class CardFields:
    """What the controls of a card show: what is stored, or what was typed and refused."""

    choice: str
    blank: bool
    inputs: tuple[tuple[InputLine, str], ...]
    note: str
    for_release: bool


def card_fields(card: Card, note: NoteDraft | None = None, typed: dict[str, str] | None = None) -> CardFields:
    """`typed` wins over what is stored (`note` is the reader's own), field by field."""
    shown = _stored(card, note or NoteDraft()) | (typed or {})
    return CardFields(
        choice=shown["choice"],
        blank=bool(shown["blank"]),
        inputs=tuple((line, shown[f"in-{line.key}"]) for line in card.inputs),
        note=shown["note"],
        for_release=bool(shown["for_release"]),
    )


def _stored(card: Card, note: NoteDraft) -> dict[str, str]:
    chosen = next((line.label for line in card.options if line.theirs), "")
    return {
        "choice": BLANK if card.is_scored_blank else chosen,
        "blank": "1" if card.is_scored_blank else "",
        "note": note.text,
        "for_release": "1" if note.for_release else "",
        **{f"in-{line.key}": typed_number(line.theirs) for line in card.inputs},
    }


def typed_number(number: int | Decimal | None) -> str:
    """A number as the fields take it: decimal comma, no groups."""
    return "" if number is None else format(Decimal(number), "f").replace(".", ",")


def _read_choice(question: scoring.Question, data: QueryDict, errors: dict[str, Any]) -> Given | None:
    label = data.get("choice", "")
    if label == BLANK:
        return Given(None)
    if not label:
        return None
    try:
        answer = scoring.read_answer(question, label)
    except scoring.AnswerError as error:
        errors["choice"] = reason_sentence(error.reason)
        return None
    return Given(scoring.to_raw(answer))


def _read_inputs(question: scoring.Question, data: QueryDict, errors: dict[str, Any]) -> Given | None:
    found: dict[str, Any] = {}
    for item in question.inputs:
        try:
            number = _number(item.key, data.get(f"in-{item.key}", ""))
        except ValidationError as error:
            errors[f"in-{item.key}"] = error.messages[0]
            continue
        if number is not None:
            found[item.key] = number
    if data.get("blank"):
        if found or errors:
            errors["blank"] = BOTH_GIVEN
        return Given(None)
    if not found or errors:
        return None
    return _checked(question, found, errors)


def _number(key: str, text: str) -> int | str | None:
    """A count, or an index as the text that is stored."""
    if key != INDEX_KEY:
        return read_count(text)
    number: Decimal | None = read_decimal(text)
    return None if number is None else format(number, "f")


def _checked(question: scoring.Question, found: dict[str, Any], errors: dict[str, Any]) -> Given | None:
    try:
        scoring.read_answer(question, found)
    except scoring.AnswerError as error:
        key = error.path.removeprefix(f"{question.code}.")
        errors[f"in-{key}"] = reason_sentence(error.reason)
        return None
    return Given(found)


class TransitionForm(forms.Form):
    """A step of the review; the unit's own step (submit) has its own page."""

    action = forms.ChoiceField(choices=[(item.value, item.value) for item in Action if item is not Action.SUBMIT])
    reason = forms.CharField(required=False, max_length=NOTE_MAX, strip=True)


class BoardForm(forms.Form):
    """Filters and order of the board, all in the address; what is not understood is left out."""

    cari = forms.CharField(required=False, max_length=120)
    keadaan = forms.ChoiceField(required=False)
    tahap = forms.ChoiceField(required=False)
    predikat = forms.ChoiceField(required=False)
    urut = forms.ChoiceField(required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        everything = [("", _("Semua"))]
        states = [("not_started", _("Belum mulai")), *Assessment.State.choices]
        self.fields["cari"].label = _("Nama unit")
        self.fields["keadaan"].label = _("Keadaan")
        self.fields["tahap"].label = _("Tahap ZI")
        self.fields["predikat"].label = _("Ambang nilai")
        self.fields["keadaan"].choices = everything + states  # type: ignore[attr-defined]
        self.fields["tahap"].choices = everything + list(UnitYear.Stage.choices)  # type: ignore[attr-defined]
        self.fields["predikat"].choices = [  # type: ignore[attr-defined]
            *everything,
            ("WBK", _("Memenuhi WBK")),
            ("-WBK", _("Belum memenuhi WBK")),
            ("WBBM", _("Memenuhi WBBM")),
            ("-WBBM", _("Belum memenuhi WBBM")),
            ("-", _("Belum dinilai TPI")),
        ]
        for name in ("cari", "keadaan", "tahap", "predikat"):
            self.fields[name].widget.attrs["class"] = "form-control" if name == "cari" else "form-select"
        self.fields["urut"].choices = [(sign + name, name) for name in SORTS for sign in ("", "-")]  # type: ignore[attr-defined]

    @property
    def visible_filters(self) -> list[forms.BoundField]:
        """Everything but the order, which the heads of the columns set."""
        return [field for field in self if field.name != "urut"]

    @property
    def picked(self) -> Picked:
        self.is_valid()
        data = self.cleaned_data
        sort = data.get("urut") or "unit"
        return Picked(
            text=data.get("cari", ""),
            state=data.get("keadaan", ""),
            stage=data.get("tahap", ""),
            predikat=data.get("predikat", ""),
            sort=sort.lstrip("-"),
            descending=sort.startswith("-"),
        )
