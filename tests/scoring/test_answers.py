from decimal import Decimal

import pytest

from assessments.scoring.answers import (
    MAX_COUNT,
    AnswerError,
    Choice,
    Counts,
    Index,
    Reason,
    is_answered,
    read_answer,
    to_raw,
)

YES_NO, ABC, ABCD, ABCDE = "A.I.1.i.a", "A.I.1.i.b", "A.I.1.iii.a", "A.I.2.i.b"
RATIO, UNUSED, INDEX = "A.II.1.i.a", "A.II.3.iii.a", "B.I.a"


@pytest.mark.parametrize(
    ("code", "raw", "expected"),
    [
        (YES_NO, "Ya", Choice("Ya")),
        (YES_NO, " TIDAK ", Choice("Tidak")),
        (ABC, "c", Choice("C")),
        (ABCD, "D", Choice("D")),
        (ABCDE, "e\t", Choice("E")),
        (ABC, None, None),
        (ABC, "  ", None),
        (RATIO, {"agents": 4, "changes": 3}, Counts({"agents": 4, "changes": 3})),
        (RATIO, {"changes": 0}, Counts({"changes": 0})),
        (RATIO, {"changes": MAX_COUNT, "agents": None}, Counts({"changes": MAX_COUNT})),
        (RATIO, {}, None),
        (RATIO, {"agents": None}, None),
        (INDEX, "3.72", Index(Decimal("3.72"))),
        (INDEX, " 0 ", Index(Decimal(0))),
        (INDEX, 4, Index(Decimal(4))),
        (INDEX, {"index": "3.4000", "respondents": 45}, Index(Decimal("3.4"), 45)),
        (INDEX, {"respondents": 45}, Index(None, 45)),
        (INDEX, {"index": "4"}, Index(Decimal(4))),
        (INDEX, {"index": None, "respondents": None}, None),
        (INDEX, {}, None),
    ],
)
def test_read_answer_takes(lke, code, raw, expected):
    assert read_answer(lke.question(code), raw) == expected


@pytest.mark.parametrize(
    ("code", "raw", "path", "reason"),
    [
        (YES_NO, "A", YES_NO, Reason.UNKNOWN_OPTION),
        (ABC, "D", ABC, Reason.UNKNOWN_OPTION),
        (ABC, 1, ABC, Reason.WRONG_TYPE),
        (ABC, True, ABC, Reason.WRONG_TYPE),
        (ABC, {"a": 1}, ABC, Reason.WRONG_TYPE),
        (RATIO, "3", RATIO, Reason.WRONG_TYPE),
        (RATIO, [3, 4], RATIO, Reason.WRONG_TYPE),
        (RATIO, {"agent": 1}, f"{RATIO}.agent", Reason.UNKNOWN_KEY),
        (RATIO, {"agents": -1}, f"{RATIO}.agents", Reason.NEGATIVE),
        (RATIO, {"agents": 1.0}, f"{RATIO}.agents", Reason.NOT_WHOLE),
        (RATIO, {"agents": True}, f"{RATIO}.agents", Reason.NOT_WHOLE),
        (RATIO, {"agents": "4"}, f"{RATIO}.agents", Reason.NOT_WHOLE),
        (RATIO, {"agents": MAX_COUNT + 1}, f"{RATIO}.agents", Reason.TOO_LARGE),
        (INDEX, 3.72, INDEX, Reason.FLOAT),
        (INDEX, 4.0, INDEX, Reason.FLOAT),
        (INDEX, float("nan"), INDEX, Reason.FLOAT),
        (INDEX, False, INDEX, Reason.WRONG_TYPE),
        (INDEX, ["3"], INDEX, Reason.WRONG_TYPE),
        (INDEX, "4.0001", INDEX, Reason.OUT_OF_RANGE),
        (INDEX, "-0.1", INDEX, Reason.OUT_OF_RANGE),
        (INDEX, "-0", INDEX, Reason.OUT_OF_RANGE),
        (INDEX, 5, INDEX, Reason.OUT_OF_RANGE),
        (INDEX, "NaN", INDEX, Reason.NOT_A_NUMBER),
        (INDEX, "Infinity", INDEX, Reason.NOT_A_NUMBER),
        (INDEX, "1e0", INDEX, Reason.NOT_A_NUMBER),
        (INDEX, "3,72", INDEX, Reason.NOT_A_NUMBER),
        (INDEX, "\uff13", INDEX, Reason.NOT_A_NUMBER),
        (INDEX, "3.14159", INDEX, Reason.TOO_MANY_DECIMALS),
        (INDEX, {"index": 3.5}, f"{INDEX}.index", Reason.FLOAT),
        (INDEX, {"index": "3", "respondents": 2.5}, f"{INDEX}.respondents", Reason.NOT_WHOLE),
        (INDEX, {"value": "3"}, f"{INDEX}.value", Reason.UNKNOWN_KEY),
    ],
)
def test_read_answer_refuses(lke, code, raw, path, reason):
    with pytest.raises(AnswerError) as caught:
        read_answer(lke.question(code), raw)
    assert (caught.value.path, caught.value.reason) == (path, reason)


@pytest.mark.parametrize(
    ("code", "answer", "expected"),
    [
        (ABC, None, False),
        (ABC, Choice("A"), True),
        (RATIO, Choice("A"), False),
        (RATIO, Counts({"agents": 1}), False),
        (RATIO, Counts({"agents": 1, "changes": 1}), True),
        (UNUSED, Counts({"violations_previous": 1, "violations_current": 1}), True),
        (UNUSED, Counts({"violations_previous": 1, "violations_sanctioned": 1}), False),
        (ABC, Counts({}), False),
        (INDEX, Index(None, 40), False),
        (INDEX, Index(Decimal(0)), True),
        (RATIO, Index(Decimal(0)), False),
    ],
)
def test_is_answered(lke, code, answer, expected):
    assert is_answered(lke.question(code), answer) is expected


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        (YES_NO, "Ya"),
        (RATIO, {"agents": 4}),
        (INDEX, "3.60"),
        (INDEX, {"index": "3.60", "respondents": 45}),
        (INDEX, {"index": None, "respondents": 45}),
        (INDEX, None),
    ],
)
def test_to_raw_turns_back(lke, code, raw):
    assert to_raw(read_answer(lke.question(code), raw)) == raw
