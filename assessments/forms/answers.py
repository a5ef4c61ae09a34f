"""What a browser sends for one question: kept as typed, read into the format of `manage.py score`, or refused."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments import scoring
from assessments.forms.numbers import read_count, read_decimal
from assessments.scoring.answers import MAX_COUNT, MAX_DECIMALS, Reason
from assessments.scoring.kinds import INDEX_KEY

CHOICE_FIELD = "jawaban"
NOTE_FIELD = "catatan"
VERSION_FIELD = "versi"
# The idempotency key of a save or a submission: one for each thing that is sent, the same when it is sent again.
KEY_FIELD = "kunci"
# Conflict: the version that the person has now seen and replaces, or the wish to take what stands.
REPLACES_FIELD = "gantikan"
THEIRS_FIELD = "pakai_tersimpan"
# Both notes as one text, written on the conflict itself; the button carries the version like REPLACES_FIELD.
MERGES_FIELD = "gabungkan"
MERGED_NOTE_FIELD = "catatan_gabungan"
INPUT_PREFIX = "isi_"

UNREADABLE = _("Isian ini tidak lengkap. Muat ulang halaman, lalu isi lagi.")
MESSAGES: dict[str, str | Promise] = {
    Reason.UNKNOWN_OPTION: _("Pilihan ini tidak ada pada pertanyaan."),
    Reason.NOT_WHOLE: _("Tulis bilangan bulat tanpa titik atau koma, misalnya 12."),
    Reason.NEGATIVE: _("Jumlah tidak dapat kurang dari 0."),
    Reason.TOO_LARGE: _("Jumlah ini terlalu besar; paling besar %(limit)s.") % {"limit": f"{MAX_COUNT}"},
    Reason.NOT_A_NUMBER: _("Tulis angka biasa dengan koma untuk desimal, misalnya 3,72."),
    Reason.TOO_MANY_DECIMALS: _("Paling banyak %(limit)s angka di belakang koma.") % {"limit": MAX_DECIMALS},
    Reason.OUT_OF_RANGE: _("Nilai indeks ada di antara 0 dan 4."),
}


@dataclass(frozen=True)
class Typed:
    """The fields of one question, word for word."""

    choice: str
    numbers: Mapping[str, str]
    note: str


@dataclass(frozen=True)
class AnswerForm:
    """One question's form, read. `given` and `note` go to the service when `errors` (by field name) is empty.

    `merged` is the text made of both notes as far as it was written, empty outside a conflict; it is the note when the
    form `merges`.
    """

    question: scoring.Question
    typed: Typed
    given: str | dict[str, Any] | None
    note: str | None
    version: int | None
    key: UUID | None
    takes_theirs: bool
    merges: bool
    merged: str
    errors: Mapping[str, str | Promise]

    @property
    def is_valid(self) -> bool:
        return not self.errors

    def with_error(self, field: str, message: str | Promise) -> "AnswerForm":
        """The form with one more refusal, of the service."""
        return replace(self, errors={**self.errors, field: message})


def read_answer_form(question: scoring.Question, data: Mapping[str, str]) -> AnswerForm:
    """Read a posted form; a field that is missing altogether is a mistake, never a blank."""
    names = [f"{INPUT_PREFIX}{item.key}" for item in question.inputs] or [CHOICE_FIELD]
    merges = MERGES_FIELD in data
    note = data.get(MERGED_NOTE_FIELD if merges else NOTE_FIELD)
    typed = Typed(
        choice=data.get(CHOICE_FIELD, ""),
        numbers={item.key: data.get(f"{INPUT_PREFIX}{item.key}", "") for item in question.inputs},
        note=note or "",
    )
    errors: dict[str, str | Promise] = {name: UNREADABLE for name in names if name not in data}
    given = _numbers(question, typed, errors) if question.inputs else _choice(typed)
    if not errors:
        try:
            scoring.read_answer(question, given)
        except scoring.AnswerError as error:
            errors[field_of(question, error)] = words_of(error)
    version = data.get(MERGES_FIELD) or data.get(REPLACES_FIELD) or data.get(VERSION_FIELD)
    return AnswerForm(
        question=question,
        typed=typed,
        given=given,
        note=note,
        version=read_version(version),
        key=read_key(data.get(KEY_FIELD)),
        takes_theirs=THEIRS_FIELD in data,
        merges=merges,
        merged=data.get(MERGED_NOTE_FIELD, ""),
        errors=errors,
    )


def form_of(question: scoring.Question, raw: Any, note: str, version: int | None) -> AnswerForm:
    """The form as it would be for a stored answer: what somebody wants to bring back."""
    numbers = shown_numbers(question, raw)
    choice = "" if question.inputs else raw or ""
    return AnswerForm(
        question=question,
        typed=Typed(choice=choice, numbers=numbers, note=note),
        given=raw,
        note=note,
        version=version,
        key=None,
        takes_theirs=False,
        merges=False,
        merged="",
        errors={},
    )


def merged_note(theirs: str, mine: str) -> str:
    """Both notes as one text to work on: theirs, a blank line, mine; once where one says all of the other."""
    if not theirs or theirs in mine:
        return mine
    return theirs if mine in theirs else f"{theirs}\n\n{mine}"


def read_version(text: str | None) -> int | None:
    """A version number from a hidden field; None where it is missing or no number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < len(str(2**31)) else None


def read_key(text: str | None) -> UUID | None:
    """A key from a hidden field; one that cannot be read protects nothing, and must not stop a save."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def words_of(error: scoring.AnswerError) -> str | Promise:
    """What to tell a person about a value that is no answer."""
    return MESSAGES.get(error.reason, UNREADABLE)


def field_of(question: scoring.Question, error: scoring.AnswerError) -> str:
    """Name of the form field that an AnswerError is about; its path is code or code.key."""
    key = error.path.removeprefix(question.code).lstrip(".")
    if key:
        return f"{INPUT_PREFIX}{key}"
    return f"{INPUT_PREFIX}{question.inputs[0].key}" if question.inputs else CHOICE_FIELD


def _choice(typed: Typed) -> str | None:
    return typed.choice or None


def _numbers(question: scoring.Question, typed: Typed, errors: dict[str, str | Promise]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for item in question.inputs:
        is_index = question.scale is scoring.Scale.INDEX and item.key == INDEX_KEY
        try:
            number = (read_decimal if is_index else read_count)(typed.numbers[item.key])
        except ValidationError as error:
            errors[f"{INPUT_PREFIX}{item.key}"] = error.message
            continue
        if number is not None:
            found[item.key] = format(number, "f") if is_index else number
    return found or None


def shown_numbers(question: scoring.Question, raw: object) -> dict[str, str]:
    """Stored inputs as people type them: comma for decimals, no thousands."""
    if isinstance(raw, str):
        raw = {INDEX_KEY: raw}
    stored = raw if isinstance(raw, Mapping) else {}
    return {
        item.key: "" if stored.get(item.key) is None else str(stored[item.key]).replace(".", ",")
        for item in question.inputs
    }
