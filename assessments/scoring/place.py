"""A value of an instrument file together with where it stands, so that a mistake can be named."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)


class InstrumentError(ValueError):
    """The file is no valid instrument; `path` reads like components[0].subcomponents[1].weight."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


class Place:
    """One value of the file; every reader raises InstrumentError with this place's path."""

    def __init__(self, value: object, path: str = "") -> None:
        self.value = value
        self.path = path

    def error(self, reason: str) -> InstrumentError:
        return InstrumentError(self.path, reason)

    def get(self, key: str) -> "Place":
        """Return the place of a required key."""
        found = self.optional(key)
        if found is None:
            raise self.error(f"{key} is missing")
        return found

    def optional(self, key: str) -> "Place | None":
        """Return the place of a key; None where it is absent or null."""
        value = self.mapping().get(key)
        return None if value is None else Place(value, f"{self.path}.{key}" if self.path else key)

    def mapping(self) -> Mapping[str, Any]:
        if not isinstance(self.value, Mapping) or not all(isinstance(key, str) for key in self.value):
            raise self.error("must be a mapping with text keys")
        return self.value

    def only(self, *keys: str) -> None:
        """Refuse keys that nothing reads: most often a slip of the pen."""
        unknown = [key for key in self.mapping() if key not in keys]
        if unknown:
            raise self.error(f"unknown key {unknown[0]}")

    def items(self) -> list["Place"]:
        """Return the places of a list that must not be empty."""
        if not isinstance(self.value, list) or not self.value:
            raise self.error("must be a list with at least one item")
        return [Place(item, f"{self.path}[{position}]") for position, item in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.error("must be text")
        return self.value

    def number(self) -> Decimal:
        """Read a quoted decimal; an unquoted one would arrive as an inexact float."""
        if not isinstance(self.value, str):
            raise self.error(f"{self.value!r} must be a quoted number")
        if _NUMBER.fullmatch(self.value) is None:
            raise self.error(f"{self.value!r} is no number")
        return Decimal(self.value)

    def share(self) -> Decimal:
        """Read a number from 0 to 1."""
        number = self.number()
        if number > 1:
            raise self.error(f"{number} is more than 1")
        return number

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.error(f"{self.value!r} must be true or false")
        return self.value

    def whole(self) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.error(f"{self.value!r} must be a whole number")
        return self.value

    def one_of(self, *allowed: str) -> str:
        if not isinstance(self.value, str) or self.value not in allowed:
            raise self.error(f"{self.value!r} is not one of {', '.join(allowed)}")
        return self.value
