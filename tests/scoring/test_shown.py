"""Points and per cents as people see them: never on the other side of a minimum."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from assessments.scoring.answers import Counts, Index
from assessments.scoring.engine import score
from assessments.scoring.explain import explain
from assessments.scoring.shown import shown_percent, shown_points

HAIRLINE = Fraction("74.9996")


@pytest.mark.parametrize(
    ("code", "points", "shown"),
    [
        ("total", "74.9996", "74.9996"),
        ("total", "75", "75.00"),
        ("total", "84.9951", "84.995"),
        ("A", "39.999", "39.999"),
        ("area:2", "5.248", "5.248"),  # 75 % of 7 is 5.25
        ("area:1", "4.7999", "4.7999"),  # 60 % of 8 is 4.80
        ("B.II", "13.999", "13.999"),
        ("A.I.1.i", "0.3333", "0.33"),  # no gate looks at a sub-area
    ],
)
def test_points_agree_with_every_gate(code, points, shown, lke):
    assert shown_points(lke, code, Fraction(points)) == Decimal(shown)


@pytest.mark.parametrize(
    ("code", "points", "maximum", "shown"),
    [
        ("total", "74.9996", 100, "74.9996"),
        ("area:1", "4.7999", 8, "59.999"),
        ("area:1", "4.8", 8, "60.0"),
        ("B.I.a", "15.749", 17.5, "89.99"),  # 15.75 of 17.50 is 90 %
        ("A.I.1.i", "0.3333", 0.5, "66.7"),
    ],
)
def test_per_cents_agree_with_every_gate(code, points, maximum, shown, lke):
    assert shown_percent(lke, code, Fraction(points), Fraction(maximum), 1) == Decimal(shown)


def test_explained_total_and_its_gates_show_the_same_number(lke):
    result = score(lke, {})
    gates = {
        code: replace(
            report,
            results=tuple(replace(gate, actual=HAIRLINE) if gate.key == "total" else gate for gate in report.results),
        )
        for code, report in result.gates.items()
    }
    hairline = replace(result, total=HAIRLINE, gates=gates)
    for key in ("total", "gate:WBK:total", "gate:WBBM:total"):
        assert explain(lke, {}, hairline, key).shown == Decimal("74.9996")


def test_explained_area_just_below_its_share(lke):
    result = score(lke, {})
    nodes = dict(result.nodes)
    nodes["area:1"] = replace(nodes["area:1"], score=Fraction("4.7999"))
    below = replace(result, nodes=nodes)
    assert explain(lke, {}, below, "area:1").shown == Decimal("4.7999")
    assert explain(lke, {}, below, "gate:WBK:area:1").shown == Decimal("59.999")


def test_results_carry_their_own_shown_text(lke):
    result = score(lke, {"B.I.a": Index(Decimal("3.5999")), "A.II.1.i.a": Counts({"agents": 3, "changes": 2})})
    # 2 of 3, in a sub-area of 2 points with two questions. 3.5999 / 4 x 17.50 is 15.7495625: below the 15.75 that the
    # survey needs, also as it is shown.
    assert result.nodes["B.I.a"].shown_text == "15.7496"
    assert result.questions["A.II.1.i.a"].shown_text == "0.67"
    assert result.total < 75
    assert result.shown_text == "16.42"
