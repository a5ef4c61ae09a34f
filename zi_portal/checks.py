"""System checks: what must hold on every machine before the portal starts."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from openpyxl.xml import DEFUSEDXML


@register()
def xml_is_defused(app_configs: Sequence[Any] | None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001 - Django's signature
    """Worksheets are XML from strangers: openpyxl must parse them through defusedxml."""
    if DEFUSEDXML:
        return []
    return [Error("openpyxl does not use defusedxml.", hint="pip install -r requirements.txt", id="zi_portal.E001")]
