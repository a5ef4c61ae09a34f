from fractions import Fraction

import pytest

from assessments.scoring.formula import MAX_DEPTH, FormulaError, parse_formula


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", Fraction(7)),
        ("a", Fraction(3)),
        ("a / b", Fraction(3, 4)),
        ("a - b - a", Fraction(-4)),
        ("a / b / a", Fraction(1, 4)),
        ("a + b * a", Fraction(15)),
        ("(a + b) * a", Fraction(21)),
        ("((a))", Fraction(3)),
        ("  a/ (b-1)", Fraction(1)),
        ("x_1 * 2", Fraction(10)),
    ],
)
def test_formula_is_exact_and_binds_as_in_school(text, expected):
    assert parse_formula(text).evaluate({"a": 3, "b": 4, "x_1": 5}) == expected


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("a +", 3),
        ("a b", 2),
        ("(a", 2),
        ("a)", 1),
        ("* a", 0),
        ("-a", 0),
        ("1.5", 1),
        ("a ** b", 3),
        ("A", 0),
        ("a; import os", 1),
        ("__import__", 0),
        ("a\n", 1),
        ("a" * 501, 500),
        ("(" * (MAX_DEPTH + 2) + "a" + ")" * (MAX_DEPTH + 2), MAX_DEPTH + 1),
    ],
)
def test_formula_with_anything_else_names_the_position(text, position):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert caught.value.position == position


def test_formula_with_zero_denominator_raises():
    with pytest.raises(ZeroDivisionError):
        parse_formula("a / b").evaluate({"a": 1, "b": 0})


def test_formula_knows_its_names_and_prints_as_written():
    formula = parse_formula("changes / (agents + 1)")
    assert formula.names == {"changes", "agents"}
    assert str(formula) == "changes / (agents + 1)"


def test_formula_filled_keeps_signs_and_numbers():
    formula = parse_formula("a / (b + 2)")
    assert formula.filled({"a": "Selesai", "b": Fraction(3)}) == ("Selesai", "/", "(", Fraction(3), "+", "2", ")")
