"""Answers of the three kinds, read from untrusted values and turned back into them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from assessments.scoring.kinds import INDEX_KEY, RESPONDENTS_KEY, Scale
from assessments.scoring.structure import Question

MAX_COUNT: Final = 9_999_999
MAX_DECIMALS: Final = 4

_DECIMAL = re.compile(r"-?[0-9]{1,9}(?:\.(?P<decimals>[0-9]{1,30}))?", re.ASCII)


class Reason(StrEnum):
    """Why a value is no answer."""

    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_OPTION = "unknown_option"
    UNKNOWN_KEY = "unknown_key"
    WRONG_TYPE = "wrong_type"
    NOT_WHOLE = "not_whole"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    NOT_A_NUMBER = "not_a_number"
    FLOAT = "float"
    TOO_MANY_DECIMALS = "too_many_decimals"
    OUT_OF_RANGE = "out_of_range"


class AnswerError(ValueError):
    """A value that is no answer; `path` is the question's code, with the key of an input after it."""

    def __init__(self, path: str, reason: Reason, value: object) -> None:
        super().__init__(f"{path}: {reason.value} {value!r}")
        self.path = path
        self.reason = reason
        self.value = value


@dataclass(frozen=True, slots=True)
class Choice:
    """The label of an option."""

    label: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts by input key; may be partial."""

    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Index:
    """A survey index 0..4 and how many answered the survey; may be partial."""

    value: Decimal | None
    respondents: int | None = None


Answer = Choice | Counts | Index


def read_answer(question: Question, raw: object) -> Answer | None:
    """Read a label, `{key: count}`, an index as text or `{"index", "respondents"}`.

    None, a blank text and a mapping of Nones mean that nothing was given. Raises AnswerError.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if question.scale is Scale.INDEX:
        return _read_index(question, raw)
    if question.scale is Scale.RATIO:
        return _read_counts(question, raw)
    return _read_choice(question, raw)


def is_answered(question: Question, answer: Answer | None) -> bool:
    """Whether the answer suffices to compute a value; False for an answer of another kind."""
    if isinstance(answer, Counts):
        return question.scale is Scale.RATIO and all(key in answer.values for key in question.used_keys)
    if isinstance(answer, Index):
        return question.scale is Scale.INDEX and answer.value is not None
    return answer is not None and question.scale.is_choice


def to_raw(answer: Answer | None) -> Any:
    """JSON-able form that `read_answer` turns back into the same answer."""
    if answer is None:
        return None
    if isinstance(answer, Choice):
        return answer.label
    if isinstance(answer, Counts):
        return dict(answer.values)
    value = None if answer.value is None else format(answer.value, "f")
    return value if answer.respondents is None else {INDEX_KEY: value, RESPONDENTS_KEY: answer.respondents}


def _read_choice(question: Question, raw: object) -> Choice:
    if not isinstance(raw, str):
        raise AnswerError(question.code, Reason.WRONG_TYPE, raw)
    wanted = raw.strip().casefold()
    for option in question.options:
        if option.label.casefold() == wanted:
            return Choice(option.label)
    raise AnswerError(question.code, Reason.UNKNOWN_OPTION, raw)


def _read_counts(question: Question, raw: object) -> Counts | None:
    given = _mapping(question, raw)
    keys = [item.key for item in question.inputs]
    _refuse_unknown(question, given, keys)
    counts = {key: _count(f"{question.code}.{key}", given[key]) for key in keys if given.get(key) is not None}
    return Counts(counts) if counts else None


def _read_index(question: Question, raw: object) -> Index | None:
    if not isinstance(raw, Mapping):
        return Index(_index(question, question.code, raw))
    given = _mapping(question, raw)
    _refuse_unknown(question, given, [INDEX_KEY, RESPONDENTS_KEY])
    value, respondents = given.get(INDEX_KEY), given.get(RESPONDENTS_KEY)
    if value is None and respondents is None:
        return None
    return Index(
        None if value is None else _index(question, f"{question.code}.{INDEX_KEY}", value),
        None if respondents is None else _count(f"{question.code}.{RESPONDENTS_KEY}", respondents),
    )


def _mapping(question: Question, raw: object) -> Mapping[Any, object]:
    if not isinstance(raw, Mapping):
        raise AnswerError(question.code, Reason.WRONG_TYPE, raw)
    return raw


def _refuse_unknown(question: Question, given: Mapping[Any, object], keys: list[str]) -> None:
    for key in given:
        if key not in keys:
            raise AnswerError(f"{question.code}.{key}", Reason.UNKNOWN_KEY, key)


def _count(path: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise AnswerError(path, Reason.NOT_WHOLE, value)
    if value < 0:
        raise AnswerError(path, Reason.NEGATIVE, value)
    if value > MAX_COUNT:
        raise AnswerError(path, Reason.TOO_LARGE, value)
    return value


def _index(question: Question, path: str, value: object) -> Decimal:
    if isinstance(value, float):
        raise AnswerError(path, Reason.FLOAT, value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise AnswerError(path, Reason.WRONG_TYPE, value)
    text = str(value).strip()
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise AnswerError(path, Reason.NOT_A_NUMBER, value)
    if len(match["decimals"] or "") > MAX_DECIMALS:
        raise AnswerError(path, Reason.TOO_MANY_DECIMALS, value)
    number = Decimal(text)
    low, high = question.minimum or Decimal(0), question.maximum
    if text.startswith("-") or number < low or (high is not None and number > high):
        raise AnswerError(path, Reason.OUT_OF_RANGE, value)
    return number
