"""Gates below, at and above every minimum, and the mistakes that other systems make."""

from decimal import Decimal
from fractions import Fraction

import pytest

from assessments.scoring.answers import Choice, Counts, Index
from assessments.scoring.engine import score
from assessments.scoring.gates import check_gates, gate_node
from assessments.scoring.kinds import Scale

KEYS = ["total", "pengungkit", *(f"area:{number}" for number in range(1, 7)), "B.I", "B.I.a", "B.I.b", "B.II"]
HAIR = Fraction(1, 10**12)
RATIO_OF = {"area:1": "A.II.1.i.a", "area:3": "A.II.3.iii.a", "area:4": "A.II.4.i.a", "area:5": "A.II.5.ii.a"}
RATIO_OF |= {"area:6": "A.II.6.i.b", "pengungkit": "A.II.5.ii.a", "total": "A.II.5.ii.a"}


@pytest.mark.parametrize("target", ["WBK", "WBBM"])
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("difference", "passes"), [(-HAIR, False), (0, True), (HAIR, True)])
def test_gate_compares_the_exact_number(lke, target, key, difference, passes):
    predicate = lke.predicates[target]
    numbers = {gate.key: Fraction(gate.required) for gate in predicate.gates}
    numbers[key] += difference
    report = check_gates(predicate, numbers.__getitem__, {})
    assert report.passed is passes
    assert report.result(key).passed is passes
    assert report.result(key).margin == difference
    assert [item.key for item in report.results if not item.passed] == ([] if passes else [key])


def best(lke):
    answers = {}
    for question in lke.questions:
        if question.scale is Scale.INDEX:
            answers[question.code] = Index(Decimal(4))
        elif question.scale is Scale.RATIO:
            answers[question.code] = ratio(question.code, Fraction(1))
        else:
            answers[question.code] = Choice(question.options[0].label)
    return answers


def ratio(code, value):
    """Counts that give exactly this value."""
    top, bottom = value.numerator, value.denominator
    return Counts(
        {
            "A.II.1.i.a": {"changes": top, "agents": bottom},
            "A.II.1.i.b": {"integrated_changes": top, "changes": bottom},
            "A.II.3.iii.a": {"violations_previous": bottom, "violations_current": bottom - top},
            "A.II.4.i.a": {"targets_achieved": top, "targets": bottom},
            "A.II.5.ii.a": {"complaints_resolved": top, "complaints_due": bottom},
            "A.II.5.iii.a": {
                "lhkpn_unit_heads": bottom,
                "lhkpn_mandatory_officials": 0,
                "lhkpn_others": 0,
                "lhkpn_reported": top,
            },
            "A.II.5.iii.b": {
                "lhkasn_administrators": bottom,
                "lhkasn_supervisors": 0,
                "lhkasn_functional_and_staff": 0,
                "lhkasn_reported": top,
            },
            "A.II.6.i.b": {"services_simplified": top, "services_registered": bottom},
        }[code]
    )


def lowered_to(lke, target, key, difference):
    """A worksheet, perfect but for what this gate is about, where the gate stands at its minimum + difference."""
    answers = best(lke)
    gate = next(item for item in score(lke, answers).gates[target].results if item.key == key)
    weight = next((area.weight for area in lke.areas if key == f"area:{area.number}"), 1)
    wanted = (gate.required + difference) * Fraction(weight)
    fine = RATIO_OF[key]
    result = score(lke, answers)
    surplus = gate.actual * Fraction(weight) - wanted
    for code in gate.questions:
        item = result.questions[code]
        if lke.question(code).scale.is_choice and surplus - item.maximum >= 0:
            answers[code] = Choice(lke.question(code).options[-1].label)
            surplus -= item.maximum
    answers[fine] = ratio(fine, 1 - surplus / result.questions[fine].maximum)
    return answers


@pytest.mark.parametrize("target", ["WBK", "WBBM"])
@pytest.mark.parametrize("key", RATIO_OF)
@pytest.mark.parametrize(
    ("difference", "passes"), [(Fraction(-1, 5000), False), (Fraction(0), True), (Fraction(1, 5000), True)]
)
def test_worksheet_around_a_minimum(lke, target, key, difference, passes):
    result = score(lke, lowered_to(lke, target, key, difference), holds_wbk=True)
    gate = result.gates[target].result(key)
    assert gate.margin == difference
    assert gate.passed is passes


@pytest.mark.parametrize(
    ("target", "code", "key", "index", "passes"),
    [
        ("WBK", "B.I.a", "B.I.a", "3.5999", False),
        ("WBK", "B.I.a", "B.I.a", "3.60", True),
        ("WBK", "B.I.a", "B.I.a", "3.6001", True),
        ("WBBM", "B.I.a", "B.I.a", "3.5999", False),
        ("WBBM", "B.I.a", "B.I.a", "3.60", True),
        ("WBK", "B.II.a", "B.II", "3.1999", False),
        ("WBK", "B.II.a", "B.II", "3.20", True),
        ("WBBM", "B.II.a", "B.II", "3.5999", False),
        ("WBBM", "B.II.a", "B.II", "3.60", True),
    ],
)
def test_survey_around_its_minimum(lke, target, code, key, index, passes):
    answers = best(lke) | {code: Index(Decimal(index))}
    report = score(lke, answers, holds_wbk=True).gates[target]
    assert report.result(key).passed is passes
    assert report.passed is passes


@pytest.mark.parametrize(
    ("target", "label", "index", "passes"),
    [
        ("WBK", "C", "3.6", True),
        ("WBK", "C", "3.5999", False),
        ("WBK", "D", "4", False),
        ("WBBM", "B", "3.6", True),
        ("WBBM", "B", "3.5999", False),
        ("WBBM", "C", "4", False),
    ],
)
def test_results_around_their_minimum(lke, target, label, index, passes):
    answers = best(lke) | {"B.I.b": Choice(label), "B.I.a": Index(Decimal(index))}
    assert score(lke, answers, holds_wbk=True).gates[target].passed is passes


@pytest.mark.parametrize("holds", [True, False])
def test_wbbm_also_wants_the_wbk_predicate(lke, holds):
    result = score(lke, best(lke), holds_wbk=holds)
    assert result.gates["WBBM"].passed is holds
    assert result.gates["WBBM"].result("holds_wbk").passed is holds
    assert result.gates["WBK"].passed is True


def test_gates_stand_in_their_order(lke):
    result = score(lke, {})
    assert [item.key for item in result.gates["WBK"].results] == KEYS
    assert [item.key for item in result.gates["WBBM"].results] == [*KEYS, "holds_wbk"]


def test_gate_names_the_questions_behind_it(lke):
    report = score(lke, {}).gates["WBBM"]
    assert report.result("B.I").questions == ("B.I.a", "B.I.b")
    assert report.result("B.I.b").questions == ("B.I.b",)
    assert len(report.result("total").questions) == 113
    assert len(report.result("pengungkit").questions) == 110
    assert len(report.result("area:1").questions) == 16
    assert report.result("holds_wbk").questions == ()


def test_report_without_such_a_gate_raises(lke):
    with pytest.raises(KeyError):
        score(lke, {}).gates["WBK"].result("holds_wbk")


@pytest.mark.parametrize(
    ("key", "node"), [("total", ""), ("holds_wbk", ""), ("area:3", "area:3"), ("pengungkit", "A"), ("B.I", "B.I")]
)
def test_gate_node(key, node):
    assert gate_node(key) == node


# The known mistakes of existing systems.


def test_area_minimum_applies_to_the_area_and_not_to_its_halves(lke):
    answers = {code: answer for code, answer in best(lke).items() if not code.startswith("A.II.3.")}
    answers["A.II.3.i.a"] = Choice("A")
    result = score(lke, answers)
    assert result.nodes["A.II.3"].share == Fraction(3, 10)
    assert result.gates["WBK"].result("area:3").actual == Fraction(65, 100)
    assert result.gates["WBK"].passed is True


def test_area_minima_are_exact_shares(lke):
    weights = [Fraction(area.weight) for area in lke.areas]
    minima = {
        target: [lke.predicates[target].gates[2 + number].required for number in range(6)] for target in lke.predicates
    }
    points = {
        target: [weight * Fraction(share) for weight, share in zip(weights, shares, strict=True)]
        for target, shares in minima.items()
    }
    assert points == {
        "WBK": [Fraction(text) for text in ("4.8", "4.2", "6", "6", "9", "6")],
        "WBBM": [Fraction(text) for text in ("6", "5.25", "7.5", "7.5", "11.25", "7.5")],
    }


def test_wbbm_has_result_minima_of_its_own(lke):
    wbbm = {gate.key: gate.required for gate in lke.predicates["WBBM"].gates}
    assert (wbbm["B.I"], wbbm["B.I.b"]) == (Decimal("19.50"), Decimal("3.75"))
    answers = best(lke) | {"B.I.a": Index(Decimal("3.6")), "B.I.b": Choice("C")}
    result = score(lke, answers, holds_wbk=True)
    assert result.nodes["B.I"].score == Fraction("18.25")
    assert (result.gates["WBK"].passed, result.gates["WBBM"].passed) == (True, False)


def test_total_alone_does_not_pass(lke):
    answers = {code: answer for code, answer in best(lke).items() if ".2." not in code}
    result = score(lke, answers, holds_wbk=True)
    assert result.total == 93
    assert [item.key for item in result.gates["WBBM"].results if not item.passed] == ["area:2"]
    assert (result.gates["WBK"].passed, result.gates["WBBM"].passed) == (False, False)


def test_blanks_stay_in_the_mean(lke):
    half = score(lke, {"A.I.1.i.a": Choice("Ya")})
    nought = score(lke, {"A.I.1.i.a": Choice("Ya"), "A.I.1.i.b": Choice("C")})
    assert half.nodes["A.I.1.i"].score == nought.nodes["A.I.1.i"].score == Fraction(1, 4)
    assert half.nodes["A.I.1.i"].unanswered == ("A.I.1.i.b",)
    assert nought.nodes["A.I.1.i"].unanswered == ()


def test_discipline_is_not_inverted(lke):
    fewer = Counts({"violations_previous": 4, "violations_current": 1})
    more = Counts({"violations_previous": 1, "violations_current": 4})
    assert score(lke, {"A.II.3.iii.a": fewer}).total == Fraction(3, 2)
    assert score(lke, {"A.II.3.iii.a": more}).total == 0


def test_index_of_three_is_three_quarters(lke):
    assert score(lke, {"B.I.a": Index(Decimal(3))}).total == Fraction(3, 4) * Fraction("17.5")


def test_total_is_no_sum_of_rounded_parts(lke):
    answers = {code: Choice("B") for code in ("A.I.1.iii.a", "A.I.1.iii.b", "A.I.1.iii.c", "A.I.2.i.a", "A.I.3.iv.a")}
    result = score(lke, answers)
    assert result.total == Fraction("0.67") + Fraction("0.67") / 3 + Fraction("0.67") / 2
    assert result.total == sum(item.points for item in result.questions.values())


def test_rounded_to_the_minimum_is_not_the_minimum(lke):
    answers = lowered_to(lke, "WBK", "total", Fraction(-1, 250))
    gate = score(lke, answers).gates["WBK"].result("total")
    assert (gate.actual, gate.passed) == (Fraction("74.996"), False)
