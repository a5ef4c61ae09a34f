"""Formulas of computed questions: + - * / and parentheses over input keys and whole numbers.

Parsed by hand; nothing is ever evaluated as Python.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

MAX_LENGTH = 500
MAX_DEPTH = 20

_TOKEN = re.compile(r"(?P<number>[0-9]{1,9})|(?P<name>[a-z][a-z0-9_]*)|(?P<symbol>[-+*/()])", re.ASCII)

Exact = int | Decimal | Fraction


class FormulaError(ValueError):
    """The text is no formula; `position` counts characters from 0."""

    def __init__(self, text: str, position: int, reason: str) -> None:
        super().__init__(f"{reason} at position {position} of {text!r}")
        self.text = text
        self.position = position
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a formula: a number, a name or a symbol."""

    kind: str
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    """An input key."""

    key: str


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions joined by + - * or /."""

    operator: str
    left: "Expression"
    right: "Expression"


Expression = Number | Name | Binary

_OPERATIONS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula; `names` are the input keys that it reads."""

    text: str
    tokens: tuple[Token, ...]
    root: Expression
    names: frozenset[str]

    def evaluate(self, values: Mapping[str, Exact]) -> Fraction:
        """Exact result; raises ZeroDivisionError for a denominator of 0, KeyError for a missing key."""
        return _evaluate(self.root, values)

    def filled(self, words: Mapping[str, str | Fraction]) -> tuple[str | Fraction, ...]:
        """The formula in pieces, each name replaced by its word or number."""
        return tuple(words[token.text] if token.kind == "name" else token.text for token in self.tokens)

    def __str__(self) -> str:
        return self.text


def parse_formula(text: str) -> Formula:
    """Read a formula; raises FormulaError."""
    tokens = _tokenise(text)
    reader = _Reader(text, tokens)
    root = reader.sum(0)
    reader.expect_end()
    names = frozenset(token.text for token in tokens if token.kind == "name")
    return Formula(text, tokens, root, names)


def _tokenise(text: str) -> tuple[Token, ...]:
    if len(text) > MAX_LENGTH:
        raise FormulaError(text[:40], MAX_LENGTH, "formula too long")
    tokens = []
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise FormulaError(text, position, f"unexpected {text[position]!r}")
        tokens.append(Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    return tuple(tokens)


class _Reader:
    """Recursive descent: sum = product {+- product}; product = atom {*/ atom}."""

    def __init__(self, text: str, tokens: tuple[Token, ...]) -> None:
        self._text = text
        self._tokens = tokens
        self._next = 0

    def sum(self, depth: int) -> Expression:
        left = self._product(depth)
        while (symbol := self._take("+", "-")) is not None:
            left = Binary(symbol, left, self._product(depth))
        return left

    def expect_end(self) -> None:
        if self._next < len(self._tokens):
            raise self._error("unexpected text")

    def _product(self, depth: int) -> Expression:
        left = self._atom(depth)
        while (symbol := self._take("*", "/")) is not None:
            left = Binary(symbol, left, self._atom(depth))
        return left

    def _atom(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise self._error("too many parentheses")
        if self._take("(") is not None:
            inner = self.sum(depth + 1)
            if self._take(")") is None:
                raise self._error("missing )")
            return inner
        if self._next == len(self._tokens):
            raise self._error("formula ends early")
        token = self._tokens[self._next]
        if token.kind == "symbol":
            raise self._error(f"unexpected {token.text!r}")
        self._next += 1
        return Name(token.text) if token.kind == "name" else Number(Fraction(int(token.text)))

    def _take(self, *symbols: str) -> str | None:
        if self._next < len(self._tokens) and self._tokens[self._next].text in symbols:
            self._next += 1
            return self._tokens[self._next - 1].text
        return None

    def _error(self, reason: str) -> FormulaError:
        at_end = self._next == len(self._tokens)
        position = len(self._text) if at_end else self._tokens[self._next].position
        return FormulaError(self._text, position, reason)


def _evaluate(node: Expression, values: Mapping[str, Exact]) -> Fraction:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return Fraction(values[node.key])
    return _OPERATIONS[node.operator](_evaluate(node.left, values), _evaluate(node.right, values))
