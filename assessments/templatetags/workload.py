"""Words of the assignment board and of the calibration."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.models import Period
from units.models import Agency
from units.templatetags.components import breadcrumbs, number_text

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
def points_apart(number: Fraction | None, how: str = "") -> str:
    """Points with their sign: a plus where the first side gave more; `plain` for a distance, which has none."""
    return DASH if number is None else number_text(number, sign=how != "plain")


@register.filter
def at_index(items: Sequence[Any], index: int) -> Any:
    """The item at a position."""
    return items[index]


@register.inclusion_tag("components/breadcrumbs.html")
def calibration_crumbs(agency: Agency, period: Period) -> dict[str, Any]:
    """From the assignment board of the same period."""
    board = f"{reverse('workload')}?periode={agency.code}:{period.code}"
    return breadcrumbs([(_("Papan tugas"), board), (_("Kalibrasi"), "")])
