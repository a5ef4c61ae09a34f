"""Random worksheets: any answers and notes that the portal can store."""

from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from assessments.scoring.answers import Choice, Counts, Index
from assessments.scoring.kinds import Scale

# What notes hold in real life and what breaks spreadsheets: line ends, leading signs, emoji, escapes, odd blanks.
TRICKY = (
    "=1+1", "=A1", "+62 812", "-", "@nama", "'kutip", "007", "0,5", "1E5", "1/2", "2024-01-31", "TRUE", "#REF!",
    "baris satu\nbaris dua", "\ttab", " spasi di tepi ", "a\u00a0b", "_x0041_", "_x005F_", "x005F_", "x005F_x005F_",
    "_x005F_x005F_", "<r><b>tebal</b></r>", "<r></x></r>",
    "<b>&amp;</b>", "]]>", "\U0001f44d\U0001f3fd emoji", "e\u0301", "\u202ekanan", "\u200b", "\ufeffbom", "a\u2028b",
    "\u0e01", "blm diisi", "None", "https://contoh.go.id/a?b=c&d", "x" * 5000,
)  # fmt: skip
LETTERS = st.characters(exclude_categories=("Cs", "Cc")).filter(lambda char: (ord(char) & 0xFFFE) != 0xFFFE)
TEXT = st.text(LETTERS | st.sampled_from("\n\t =+-@_x"), max_size=60).filter(str.strip)
COUNTS = (0, 1, 2, 7, 100, 9_999_999)


def answer_to(question, dice):
    """Any answer of a question, blank and partial ones included."""
    if question.scale is Scale.RATIO:
        keys = [item.key for item in question.inputs if dice.random() < 0.7]
        return Counts({key: dice.choice(COUNTS) for key in keys}) if keys else None
    if question.scale is Scale.INDEX:
        value = dice.choice([None, Decimal(dice.randint(0, 40_000)) / 10_000, Decimal(dice.randint(0, 400)) / 100])
        respondents = dice.choice([None, 0, 29, 30, 1234])
        return None if value is None and respondents is None else Index(value, respondents)
    return dice.choice([None, *(Choice(option.label) for option in question.options)])


@st.composite
def worksheets(draw, lke):
    """Question code -> (answer, note) of a random worksheet; questions with neither are absent."""
    return worksheet_of(lke, draw(st.integers(0, 2**32)), [*TRICKY, *draw(st.lists(TEXT, min_size=5, max_size=20))])


def worksheet_of(lke, seed, notes):
    """The worksheet that this seed makes of these notes."""
    dice, notes = Random(seed), ["", "", *notes]  # noqa: S311 - test data
    pairs = {question.code: (answer_to(question, dice), dice.choice(notes)) for question in lke.questions}
    return {code: pair for code, pair in pairs.items() if pair != (None, "")}
