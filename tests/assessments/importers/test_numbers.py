from decimal import Decimal

import pytest

from assessments.importers.numbers import NumberError, NumberReason, read_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100", "100"),
        ("87,5", "87.5"),
        ("87,50", "87.50"),
        (" 3,6 ", "3.6"),
        ("0,875", "0.875"),
        ("-2", "-2"),
        ("1.234,56", "1234.56"),
        ("1.234.567,8", "1234567.8"),
        ("007", "7"),
    ],
)
def test_number_as_people_type_it(text, expected):
    assert read_number(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["87.5", "0.875", "87.500", "1.234", "1.234.567", ".5", "5.", "3.6"])
def test_number_with_a_dot_could_be_two(text):
    with pytest.raises(NumberError) as caught:
        read_number(text)
    assert caught.value.reason is NumberReason.AMBIGUOUS


@pytest.mark.parametrize(
    "text", ["", "-", "1e3", "NaN", "inf", "1,2,3", "1 000", "+5", "12a", "\uff11\uff12", "1.23,4", ",5", "0x10", "1_0"]
)
def test_text_is_no_number(text):
    with pytest.raises(NumberError) as caught:
        read_number(text)
    assert caught.value.reason is NumberReason.NOT_A_NUMBER
