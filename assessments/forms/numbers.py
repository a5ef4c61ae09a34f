"""Numbers typed into a form: 87,5 and 1.234,56 in both languages; 87.5 could also mean 875 and is refused (REL-28)."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.importers.numbers import NumberError, NumberReason, read_number

_WHOLE = re.compile(r"[0-9]+", re.ASCII)
MAX_DIGITS = 12

AMBIGUOUS = _("Titik dapat dibaca dua macam. Gunakan koma untuk desimal, misalnya 87,5, dan tulis ribuan tanpa titik.")
NOT_A_NUMBER = _("Tulis angka biasa dengan koma untuk desimal, misalnya 3,72.")
SIGNED = _("Tulis angka tanpa tanda plus atau minus.")
NOT_WHOLE = _("Tulis bilangan bulat tanpa titik atau koma, misalnya 12.")
TOO_LONG = _("Angka ini terlalu panjang.")


def read_decimal(text: str) -> Decimal | None:
    """The number, or None for a blank text. Raises ValidationError with what to do instead."""
    typed = text.strip()
    if not typed:
        return None
    if typed[0] in "+-\N{MINUS SIGN}":
        raise ValidationError(SIGNED, code="signed")
    _refuse_long(typed)
    try:
        return read_number(typed)
    except NumberError as error:
        ambiguous = error.reason is NumberReason.AMBIGUOUS or ("." in typed and "," in typed)
        raise ValidationError(AMBIGUOUS if ambiguous else NOT_A_NUMBER, code=error.reason.value) from error


def read_count(text: str) -> int | None:
    """A whole number from 0, or None for a blank text. Raises ValidationError."""
    typed = text.strip()
    if not typed:
        return None
    if typed[0] in "+-\N{MINUS SIGN}":
        raise ValidationError(SIGNED, code="signed")
    if not _WHOLE.fullmatch(typed):
        raise ValidationError(NOT_WHOLE, code="not_whole")
    _refuse_long(typed)
    return int(typed)


def _refuse_long(typed: str) -> None:
    if re.search(rf"[0-9]{{{MAX_DIGITS + 1},}}", typed, re.ASCII):
        raise ValidationError(TOO_LONG, code="too_long")
