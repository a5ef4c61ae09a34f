"""Words of the import: answers on one line, reasons and what to do about them."""

from collections.abc import Mapping

from django import template
from django.utils.translation import gettext as _

from assessments import scoring
from assessments.importers.reasons import mend_sentence, reason_named, reason_sentence

register = template.Library()


@register.simple_tag
def short_answer(question: scoring.Question, raw: object) -> str:
    """`B`, `3,72`, `Jumlah perubahan: 3; Jumlah agen: 4`; a word for nothing."""
    if raw is None or raw == "":
        return _("kosong")
    if not isinstance(raw, Mapping):
        return _decimal(raw)
    labels = {item.key: item.label for item in question.inputs}
    return "; ".join(
        f"{labels.get(key, key)}: {_decimal(value)}" for key, value in raw.items() if value not in (None, "")
    )


@register.filter
def reason_words(reason: str) -> str:
    return reason_sentence(reason_named(reason))


@register.filter
def mend_words(reason: str) -> str:
    return mend_sentence(reason_named(reason))


def _decimal(value: object) -> str:
    return str(value).replace(".", ",") if not isinstance(value, str) or value[:1].isdigit() else value
