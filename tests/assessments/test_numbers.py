"""What a form takes for a number, and what it refuses because it could mean two (REL-28)."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from assessments.forms.numbers import read_count, read_decimal

ACCEPTED = [
    ("87,5", "87.5"),
    ("87,50", "87.50"),
    ("1.234,56", "1234.56"),
    ("12.345.678,9", "12345678.9"),
    ("100", "100"),
    ("0", "0"),
    ("007", "7"),
    ("3,72", "3.72"),
    (" 3,72 ", "3.72"),
    ("\u00a03,72", "3.72"),
    ("0,0001", "0.0001"),
    ("1234567", "1234567"),
    ("", None),
    ("   ", None),
]
REFUSED = [
    ("87.5", "ambiguous_number"),
    ("0.875", "ambiguous_number"),
    ("87.500", "ambiguous_number"),
    ("1.234", "ambiguous_number"),
    ("1.234.567", "ambiguous_number"),
    ("1,234.56", "not_a_number"),
    ("12.34,5", "not_a_number"),
    (".5", "ambiguous_number"),
    ("5.", "ambiguous_number"),
    (",5", "not_a_number"),
    ("5,", "not_a_number"),
    ("1,2,3", "not_a_number"),
    ("1e3", "not_a_number"),
    ("1E-3", "not_a_number"),
    ("NaN", "not_a_number"),
    ("Infinity", "not_a_number"),
    ("-3", "signed"),
    ("+3", "signed"),
    ("\N{MINUS SIGN}3", "signed"),
    ("\uff13\uff17", "not_a_number"),
    ("\u0663", "not_a_number"),
    ("3 7", "not_a_number"),
    ("3\u00a0700", "not_a_number"),
    ("0x10", "not_a_number"),
    ("1_000", "not_a_number"),
    ("½", "not_a_number"),
    ("3,7\x00", "not_a_number"),
    ("9" * 13, "too_long"),
    ("9" * 5000, "too_long"),
]
LANGUAGES = ("id", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("typed", "number"), ACCEPTED)
def test_number_is_read(typed, number, language):
    with translation.override(language):
        assert read_decimal(typed) == (None if number is None else Decimal(number))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("typed", "code"), REFUSED)
def test_number_is_refused(typed, code, language):
    with translation.override(language), pytest.raises(ValidationError) as caught:
        read_decimal(typed)
    assert caught.value.code == code


def test_refusal_of_a_dot_names_the_comma():
    with pytest.raises(ValidationError) as caught:
        read_decimal("87.5")
    assert caught.value.messages == [
        "Titik dapat dibaca dua macam. Gunakan koma untuk desimal, misalnya 87,5, dan tulis ribuan tanpa titik."
    ]


@pytest.mark.parametrize(("typed", "count"), [("12", 12), (" 0 ", 0), ("007", 7), ("", None), ("9999999", 9_999_999)])
def test_count_is_read(typed, count):
    assert read_count(typed) == count


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1,5", "not_whole"),
        ("12,0", "not_whole"),
        ("1.234", "not_whole"),
        ("1.0", "not_whole"),
        ("dua", "not_whole"),
        ("-1", "signed"),
        ("\uff13", "not_whole"),
        ("9" * 5000, "too_long"),
    ],
)
def test_count_is_refused(typed, code):
    with pytest.raises(ValidationError) as caught:
        read_count(typed)
    assert caught.value.code == code
