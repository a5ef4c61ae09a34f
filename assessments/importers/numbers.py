"""Numbers as people type them into a cell: 87,5 and 1.234,56; never 87.5, which could mean 875."""

import re
from decimal import Decimal
from enum import StrEnum

_PLAIN = re.compile(r"-?[0-9]{1,12}(?:,[0-9]{1,12})?", re.ASCII)
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,12}", re.ASCII)
_DOTTED = re.compile(r"-?[0-9.]*\.[0-9.]*", re.ASCII)


class NumberReason(StrEnum):
    """Why a text is no number."""

    NOT_A_NUMBER = "not_a_number"
    AMBIGUOUS = "ambiguous_number"


class NumberError(ValueError):
    """The text is no number, or could be two."""

    def __init__(self, text: str, reason: NumberReason) -> None:
        super().__init__(f"{reason.value}: {text!r}")
        self.text = text
        self.reason = reason


def read_number(text: str) -> Decimal:
    """Read a typed number: decimal comma, dots only as groups of thousands before a comma. Raises NumberError."""
    typed = text.strip()
    if _PLAIN.fullmatch(typed) or _GROUPED.fullmatch(typed):
        return Decimal(typed.replace(".", "").replace(",", "."))
    dotted = _DOTTED.fullmatch(typed) is not None
    raise NumberError(text, NumberReason.AMBIGUOUS if dotted else NumberReason.NOT_A_NUMBER)
