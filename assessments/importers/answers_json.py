"""The JSON worksheet of `manage.py score`: text -> answers, every mistake with its path."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from assessments.importers.reasons import reason_text
from assessments.scoring.answers import Answer, AnswerError, read_answer
from assessments.scoring.instrument import Instrument

MAX_BYTES: Final = 5 * 1024 * 1024


class WorksheetJsonError(ValueError):
    """The text is no worksheet; `path` names the offender, empty for the whole text."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Worksheet:
    """Answers by question code, for one instrument."""

    instrument: Instrument
    holds_wbk: bool
    answers: Mapping[str, Answer]


def read_worksheet(raw: bytes, find_instrument: Callable[[str], Instrument | None]) -> Worksheet:
    """Read a JSON worksheet; `find_instrument` knows instruments by code. Raises WorksheetJsonError."""
    data = _load(raw)
    if not isinstance(data, dict):
        raise WorksheetJsonError("", _("Isi berkas harus berupa objek JSON."))
    instrument = _instrument(data, find_instrument)
    holds_wbk = data.get("holds_wbk", False)
    if not isinstance(holds_wbk, bool):
        raise WorksheetJsonError("holds_wbk", _("Isi harus true atau false."))
    answers = data.get("answers")
    if not isinstance(answers, dict):
        raise WorksheetJsonError("answers", _("Isi harus berupa objek dari kode pertanyaan ke jawaban."))
    return Worksheet(instrument, holds_wbk, _answers(instrument, answers))


def _load(raw: bytes) -> Any:
    if len(raw) > MAX_BYTES:
        raise WorksheetJsonError("", _("Berkas terlalu besar."))
    try:
        text = raw.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except WorksheetJsonError:
        raise
    except UnicodeDecodeError as error:
        raise WorksheetJsonError("", _("Berkas bukan teks UTF-8.")) from error
    except (ValueError, RecursionError) as error:
        raise WorksheetJsonError("", _("Berkas bukan JSON yang sah: %(error)s") % {"error": error}) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise WorksheetJsonError(key, _("Kunci ini ditulis lebih dari sekali."))
        found[key] = value
    return found


def _refuse_constant(name: str) -> None:
    raise WorksheetJsonError("", _("%(name)s bukan bilangan yang sah.") % {"name": name})


def _instrument(data: dict[str, Any], find: Callable[[str], Instrument | None]) -> Instrument:
    code = data.get("instrument")
    instrument = find(code) if isinstance(code, str) else None
    if instrument is None:
        raise WorksheetJsonError("instrument", _("Instrumen tidak dikenal."))
    return instrument


def _answers(instrument: Instrument, given: dict[str, Any]) -> dict[str, Answer]:
    answers = {}
    for code, raw in given.items():
        path = f"answers.{code}"
        if not instrument.has_question(code):
            raise WorksheetJsonError(path, _("Kode pertanyaan tidak dikenal."))
        try:
            answer = read_answer(instrument.question(code), raw)
        except AnswerError as error:
            raise WorksheetJsonError(f"answers.{error.path}", reason_text(error.reason, error.value)) from error
        if answer is not None:
            answers[code] = answer
    return answers
