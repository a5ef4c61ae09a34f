"""What holds for every worksheet."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.importers.instrument_file import read_instrument_file
from assessments.scoring.answers import Choice, Counts, Index, read_answer, to_raw
from assessments.scoring.engine import score
from assessments.scoring.kinds import Scale
from assessments.scoring.rounding import round_half_up
from tests.scoring.conftest import FILE

LKE = read_instrument_file(FILE)
WORTH = {"changes", "integrated_changes", "targets_achieved", "complaints_resolved", "services_simplified"}
WORTH |= {"lhkpn_reported", "lhkasn_reported", "violations_previous"}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answer_of(question):
    if question.scale is Scale.INDEX:
        return st.builds(Index, st.decimals(0, 4, places=2), st.none() | st.integers(0, 500))
    if question.scale is Scale.RATIO:
        keys = [item.key for item in question.inputs]
        return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, st.integers(0, 30))).map(Counts)
    return st.sampled_from([Choice(option.label) for option in question.options])


worksheets = st.fixed_dictionaries({}, optional={item.code: answer_of(item) for item in LKE.questions})


@QUICK
@given(worksheets)
def test_every_score_is_between_nought_and_its_weight(answers):
    result = score(LKE, answers)
    assert 0 <= result.total <= 100
    assert [code for code, node in result.nodes.items() if not 0 <= node.score <= node.maximum] == []
    assert [item.code for item in result.questions.values() if not 0 <= item.points <= item.maximum] == []


@QUICK
@given(worksheets)
def test_children_sum_to_the_parent(answers):
    result = score(LKE, answers)
    parts = {code: node.score for code, node in result.nodes.items()}
    for code, node in result.nodes.items():
        below = [
            parts[child] if child in parts and child != code else result.questions[child].points
            for child in node.children
        ]
        assert sum(below) == node.score
    assert result.total == parts["A"] + parts["B"] == sum(item.points for item in result.questions.values())
    assert parts["A"] == sum(parts[f"area:{number}"] for number in range(1, 7))


@QUICK
@given(worksheets, st.data())
def test_improving_one_answer_never_lowers_anything(answers, data):
    code = data.draw(st.sampled_from([item.code for item in LKE.questions]))
    better = answers | {code: data.draw(improved(LKE.question(code), answers.get(code)))}
    before, after = score(LKE, answers), score(LKE, better)
    assert after.total >= before.total
    assert [key for key in before.nodes if after.nodes[key].score < before.nodes[key].score] == []


def improved(question, answer):
    """A better answer of the same question; any answer is better than none."""
    if answer is None:
        return answer_of(question)
    if isinstance(answer, Choice):
        labels = [option.label for option in question.options]
        return st.sampled_from([Choice(label) for label in labels[: labels.index(answer.label) + 1]])
    if isinstance(answer, Index):
        return st.decimals(answer.value, 4, places=2).map(Index)
    if not set(question.used_keys) <= answer.values.keys():
        return st.just(answer)
    grown = sorted(WORTH & set(question.used_keys) & answer.values.keys())
    key = {"A.II.1.i.b": "integrated_changes", "A.II.3.iii.a": "violations_current"}.get(question.code, grown[0])
    if key == "violations_current":
        return st.integers(0, answer.values[key]).map(lambda count: Counts({**answer.values, key: count}))
    return st.integers(answer.values[key], 60).map(lambda count: Counts({**answer.values, key: count}))


@QUICK
@given(worksheets, st.data())
def test_skipping_never_raises_a_score(answers, data):
    skipped = data.draw(st.sets(st.sampled_from([item.code for item in LKE.questions])))
    fewer = {code: answer for code, answer in answers.items() if code not in skipped}
    before, after = score(LKE, answers), score(LKE, fewer)
    assert after.total <= before.total
    assert set(before.unanswered) <= set(after.unanswered)


@QUICK
@given(worksheets, st.randoms(use_true_random=False))
def test_order_of_answers_does_not_matter(answers, random):
    shuffled = list(answers.items())
    random.shuffle(shuffled)
    assert score(LKE, dict(shuffled)) == score(LKE, answers)


@QUICK
@given(worksheets)
def test_answers_survive_being_stored(answers):
    stored = {code: to_raw(answer) for code, answer in answers.items()}
    read = {code: read_answer(LKE.question(code), raw) for code, raw in stored.items()}
    assert score(LKE, read) == score(LKE, answers)


@QUICK
@given(worksheets, st.booleans())
def test_a_verdict_is_that_of_all_its_gates(answers, holds_wbk):
    result = score(LKE, answers, holds_wbk=holds_wbk)
    for report in result.gates.values():
        assert report.passed is all(item.actual >= item.required for item in report.results)


@given(st.fractions(-1000, 1000), st.integers(0, 12))
def test_rounding_is_never_further_than_half_a_unit(number, places):
    assert abs(Fraction(round_half_up(number, places)) - number) <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize("index", [Decimal("3.5999"), Decimal("3.6")])
def test_an_index_is_never_rounded_before_its_gate(index):
    gate = score(LKE, {"B.I.a": Index(index)}).gates["WBK"].result("B.I.a")
    assert gate.passed is (index >= Decimal("3.6"))
