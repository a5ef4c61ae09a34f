"""Words of the assignment board and of the calibration."""

from fractions import Fraction

from django import template
from django.utils.translation import gettext as _

from units.templatetags.components import number_text

register = template.Library()

MINUTE = 60
DASH = "\N{EN DASH}"


@register.filter
def spent(seconds: float | None) -> str:
    """`2 mnt 5 dtk`; a dash where nothing was measured."""
    if seconds is None:
        return DASH
    whole = round(seconds)
    parts = {"minutes": whole // MINUTE, "seconds": whole % MINUTE}
    if whole < MINUTE:
        return _("%(seconds)s dtk") % parts
    return _("%(minutes)s mnt %(seconds)s dtk") % parts


@register.filter
def points_apart(number: Fraction | None) -> str:
    """Points with their sign: a plus where the earlier one gave more."""
    return DASH if number is None else number_text(number, sign=True)
