from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from assessments.scoring.answers import AnswerError, Choice, Counts, Index, Reason, read_answer
from assessments.scoring.values import Value, computed_value, exact_inputs, question_value


@pytest.mark.parametrize(
    ("code", "scores"),
    [
        ("A.I.1.i.a", {"Ya": "1", "Tidak": "0"}),
        ("A.I.1.i.b", {"A": "1", "B": "0.5", "C": "0"}),
        ("A.I.1.iii.a", {"A": "1", "B": "0.67", "C": "0.33", "D": "0"}),
        ("A.I.2.i.b", {"A": "1", "B": "0.75", "C": "0.5", "D": "0.25", "E": "0"}),
    ],
)
def test_choice_scores_as_its_scale(lke, code, scores):
    question = lke.question(code)
    assert {label: question_value(question, Choice(label)).number for label in scores} == {
        label: Fraction(score) for label, score in scores.items()
    }


def counts(first, second, keys):
    return dict(zip(keys, (first, second), strict=True))


SIMPLE = [
    ("A.II.1.i.a", ("changes", "agents"), 0),
    ("A.II.1.i.b", ("integrated_changes", "changes"), 0),
    ("A.II.4.i.a", ("targets_achieved", "targets"), 0),
    ("A.II.5.ii.a", ("complaints_resolved", "complaints_due"), 1),
    ("A.II.6.i.b", ("services_simplified", "services_registered"), 0),
]


@pytest.mark.parametrize(("code", "keys", "when_zero"), SIMPLE)
@pytest.mark.parametrize(
    ("top", "bottom", "expected"), [(3, 4, Fraction(3, 4)), (0, 4, 0), (4, 4, 1), (9, 4, 1), (1, 3, Fraction(1, 3))]
)
def test_ratio_is_its_quotient_clipped(lke, code, keys, when_zero, top, bottom, expected):
    value = question_value(lke.question(code), read_answer(lke.question(code), counts(top, bottom, keys)))
    assert value == Value(Fraction(expected), Fraction(top, bottom))
    assert value.clipped == (top > bottom)


@pytest.mark.parametrize(("code", "keys", "when_zero"), SIMPLE)
@pytest.mark.parametrize("top", [0, 5])
def test_ratio_with_zero_denominator_follows_the_file(lke, code, keys, when_zero, top):
    value = question_value(lke.question(code), Counts(counts(top, 0, keys)))
    assert value == Value(Fraction(when_zero), None, zero_denominator_used=True)
    assert value.clipped is False


@pytest.mark.parametrize("key", ["lhkpn", "lhkasn"])
def test_wealth_reports_add_up_those_obliged(lke, key):
    question = lke.question({"lhkpn": "A.II.5.iii.a", "lhkasn": "A.II.5.iii.b"}[key])
    obliged, reported = question.used_keys[:3], question.used_keys[3]
    assert reported == f"{key}_reported"
    values = dict(zip(obliged, (2, 3, 5), strict=True)) | {reported: 4}
    assert question_value(question, Counts(values)).number == Fraction(4, 10)
    nobody = dict.fromkeys(obliged, 0) | {reported: 0}
    assert question_value(question, Counts(nobody)) == Value(Fraction(1), None, zero_denominator_used=True)


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [(4, 1, Fraction(3, 4)), (4, 0, 1), (4, 4, 0), (4, 6, 0), (0, 0, 1), (0, 2, 0)],
)
def test_discipline_falls_from_last_year(lke, previous, current, expected):
    answer = Counts({"violations_previous": previous, "violations_current": current})
    assert question_value(lke.question("A.II.3.iii.a"), answer).number == expected


@pytest.mark.parametrize("code", ["B.I.a", "B.II.a"])
@pytest.mark.parametrize("index", ["0", "1.5", "3", "3.6", "4"])
def test_index_is_a_part_of_four(lke, code, index):
    value = question_value(lke.question(code), Index(Decimal(index)))
    assert value == Value(Fraction(index) / 4, Fraction(index) / 4)


def test_a_missing_used_input_leaves_the_question_unanswered(lke):
    assert question_value(lke.question("A.II.5.ii.a"), Counts({"complaints_due": 3})) is None


def test_a_missing_unused_input_does_not(lke):
    answer = Counts({"complaints_due": 4, "complaints_resolved": 3})
    assert question_value(lke.question("A.II.5.ii.a"), answer).number == Fraction(3, 4)


@pytest.mark.parametrize(
    ("code", "answer", "reason"),
    [
        ("A.I.1.i.a", Counts({}), Reason.WRONG_TYPE),
        ("A.II.1.i.a", Choice("A"), Reason.WRONG_TYPE),
        ("B.I.a", Choice("A"), Reason.WRONG_TYPE),
        ("A.I.1.i.a", Choice("A"), Reason.UNKNOWN_OPTION),
    ],
)
def test_an_answer_of_another_kind_is_refused(lke, code, answer, reason):
    with pytest.raises(AnswerError) as caught:
        question_value(lke.question(code), answer)
    assert (caught.value.path, caught.value.reason) == (code, reason)


def test_a_question_without_formula_computes_nothing(lke):
    with pytest.raises(AnswerError):
        computed_value(lke.question("A.I.1.i.a"), {})


def test_an_index_without_value_gives_no_inputs():
    assert exact_inputs(Index(None, 40)) == {}


def test_a_file_without_rule_counts_a_zero_denominator_as_nought(lke):
    question = replace(lke.question("A.II.1.i.a"), zero_denominator=None, cap=None)
    answer = Counts({"agents": 0, "changes": 2})
    assert question_value(question, answer) == Value(Fraction(0), None, zero_denominator_used=True)
    assert question_value(question, Counts({"agents": 1, "changes": 2})).number == 1
