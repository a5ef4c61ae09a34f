"""How high a row must be for its wrapped texts: spreadsheets do not all measure it themselves when they open a file."""

import textwrap
from collections.abc import Iterable
from typing import Final

LINE: Final = 12.8  # points, of a line of 10 points
PADDING: Final = 3
HIGHEST: Final = 409  # a limit of the file format
LETTERS_PER_WIDTH: Final = 1.18  # letters are a little narrower than the digits that widths are measured in


def height_for(texts: Iterable[tuple[str, float]], size: float = 10) -> float:
    """Points for the highest of some texts, each with the width of its column in characters."""
    most = max((lines_of(text, width * 10 / size) for text, width in texts), default=1)
    return min(HIGHEST, most * LINE * size / 10 + PADDING)


def lines_of(text: str, width: float) -> int:
    """Lines that a text takes when it is wrapped."""
    letters = max(int(width * LETTERS_PER_WIDTH), 1)
    return sum(max(len(textwrap.wrap(line, letters)), 1) for line in text.split("\n"))
