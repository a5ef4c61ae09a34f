"""Prerequisites of a proposal: one row of three fields for each item of the published instrument."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.forms.numbers import read_decimal
from assessments.scoring import Prerequisite as Item
from assessments.scoring import Prerequisites
from units.forms.fields import DateField, Group, PortalForm
from units.models import Prerequisite
from units.services.years import Filled

LARGEST = {"percent": Decimal(100), "level": Decimal(5), "year": Decimal(50)}


class NumberField(forms.CharField):
    """A number up to `largest`; cleans to plain text with a point. A stored one is shown with a comma."""

    def __init__(self, *, largest: Decimal, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.largest = largest

    def prepare_value(self, value: Any) -> Any:
        return value.replace(".", ",") if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        number = read_decimal(super().clean(value))
        if number is None:
            return ""
        if number > self.largest:
            raise forms.ValidationError(_("Paling besar %(limit)s.") % {"limit": self.largest})
        return f"{number:f}"


class PrerequisitesForm(PortalForm):
    """Fields `<key>-value`, `<key>-proof`, `<key>-date`; an empty value means "not filled in"."""

    def __init__(
        self,
        *args: Any,
        prerequisites: Prerequisites,
        items: Iterable[Item],
        stored: Iterable[Prerequisite],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items = tuple(items)
        rows = {row.key: row for row in stored}
        for item in self.items:
            self._add_fields(prerequisites, item, rows.get(item.key))
        self.layout = Layout(
            *(
                Group(
                    item.name,
                    Row(Column(f"{item.key}-value"), Column(f"{item.key}-proof"), Column(f"{item.key}-date")),
                    note=minimum_of(item),
                )
                for item in self.items
            )
        )

    def _add_fields(self, prerequisites: Prerequisites, item: Item, row: Prerequisite | None) -> None:
        value = value_field(prerequisites, item)
        value.initial = row.value if row else None
        self.fields[f"{item.key}-value"] = value
        self.fields[f"{item.key}-proof"] = forms.CharField(
            label=_("Bukti"), required=False, max_length=240, initial=row.proof if row else ""
        )
        self.fields[f"{item.key}-date"] = DateField(
            label=_("Tanggal bukti"), required=False, initial=row.proof_date if row else None
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for item in self.items:
            extra = data.get(f"{item.key}-proof") or data.get(f"{item.key}-date")
            if extra and not data.get(f"{item.key}-value") and f"{item.key}-value" not in self.errors:
                self.add_error(f"{item.key}-value", _("Isi nilainya, atau kosongkan buktinya."))
        return data

    def filled(self) -> dict[str, Filled | None]:
        """As the service takes it; None for what is not filled in."""
        data = self.cleaned_data
        return {
            item.key: Filled(data[f"{item.key}-value"], data[f"{item.key}-proof"], data[f"{item.key}-date"])
            if data[f"{item.key}-value"]
            else None
            for item in self.items
        }


def minimum_of(item: Item) -> str:
    return _("Paling rendah: WBK %(wbk)s, WBBM %(wbbm)s.") % {
        "wbk": shown(item, item.minimum["WBK"]),
        "wbbm": shown(item, item.minimum["WBBM"]),
    }


def value_field(prerequisites: Prerequisites, item: Item) -> forms.Field:
    """Ranks and yes/no are chosen, the rest is a number."""
    order = prerequisites.rating_orders.get(item.unit)
    empty: list[tuple[str, Any]] = [("", _("Belum diisi"))]
    if order is not None:
        ranks: list[tuple[str, Any]] = [(rank, rank) for rank in reversed(order)]
        return forms.ChoiceField(label=_("Nilai"), required=False, choices=empty + ranks)
    if item.unit == "boolean":
        choices = [*empty, ("1", _("Ya")), ("0", _("Tidak"))]
        return forms.ChoiceField(label=_("Nilai"), required=False, choices=choices)
    return NumberField(label=_("Nilai"), required=False, max_length=8, largest=LARGEST.get(item.unit, Decimal(999)))


def shown(item: Item, value: str) -> str:
    """A value as people read it: `Ya`, `100 %`, `BB`."""
    if not value:
        return ""
    if item.unit == "boolean":
        return str(_("Ya") if value == "1" else _("Tidak"))
    written = value.replace(".", ",")
    if item.unit == "year":
        return _("%(count)s tahun") % {"count": written}
    return f"{written} %" if item.unit == "percent" else written
