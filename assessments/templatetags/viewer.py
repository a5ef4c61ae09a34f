"""Addresses inside the viewer of evidence."""

from django import template
from django.utils.http import urlencode

register = template.Library()


@register.simple_tag
def viewer_query(zoom: str, words: str, page: int | None = None) -> str:
    """What stands behind the question mark: zoom and words stay when the page changes, and the other way round."""
    wanted = {"hal": page, "zoom": "" if zoom == "lebar" else zoom, "cari": words}
    return urlencode({key: value for key, value in wanted.items() if value})
