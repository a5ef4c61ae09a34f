"""How a period stands in a path: `2024-2`."""

from django.urls import register_converter


class PeriodConverter:
    """Year and quarter, as text; Assessment.objects.for_path reads it."""

    regex = "[0-9]{4}-[1-4]"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PeriodConverter, "period")
