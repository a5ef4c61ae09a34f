"""Names that the other modules share: scales, predicates, components, gate keys."""

from enum import StrEnum
from typing import Final


class Scale(StrEnum):
    """How a question is answered."""

    YES_NO = "yes_no"
    ABC = "abc"
    ABCD = "abcd"
    ABCDE = "abcde"
    RATIO = "ratio"
    INDEX = "index"

    @property
    def is_choice(self) -> bool:
        """Whether the answer is one of the question's options."""
        return self not in (Scale.RATIO, Scale.INDEX)


class Predikat(StrEnum):
    """What a unit is proposed for."""

    WBK = "WBK"
    WBBM = "WBBM"


class Komponen(StrEnum):
    """The two components of the worksheet, by node code."""

    PENGUNGKIT = "A"
    HASIL = "B"


class Half(StrEnum):
    """The two halves of pengungkit, by node code."""

    PEMENUHAN = "A.I"
    REFORM = "A.II"


TOTAL: Final = "total"
HOLDS_WBK: Final = "holds_wbk"
AREA_PREFIX: Final = "area:"
INDEX_KEY: Final = "index"
RESPONDENTS_KEY: Final = "respondents"

GATE_NODES: Final = {
    "pengungkit": Komponen.PENGUNGKIT.value,
    "B.I": "B.I",
    "B.I.a": "B.I.a",
    "B.I.b": "B.I.b",
    "B.II": "B.II",
}
"""Gates that compare the points of one node: gate key -> node or result item."""


def area_key(number: int) -> str:
    """Key of area `number` (1..6), pemenuhan and reform together."""
    return f"{AREA_PREFIX}{number}"
