"""Fields and the form that the administrator's screens share."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, LayoutObject
from django import forms
from django.db import models
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DATE_FORMATS = ("%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d")


CHOOSE, NOT_CHOSEN = _("Pilih"), _("Tidak ada")


class DateField(forms.DateField):
    """A day as offices write it, day first, in both languages."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", DATE_FORMATS)
        kwargs.setdefault(
            "widget",
            forms.DateInput(format="%d-%m-%Y", attrs={"placeholder": _("hh-bb-tttt"), "inputmode": "numeric"}),
        )
        kwargs.setdefault("error_messages", {"invalid": _("Tulis tanggal sebagai hh-bb-tttt, misalnya 31-01-2025.")})
        super().__init__(**kwargs)


class Ticks(forms.CheckboxSelectMultiple):
    """Several ticks, styled as such."""

    def __init__(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__({"class": "form-check-input"} | (attrs or {}), **kwargs)


class Group(LayoutObject):
    """A fieldset whose legend is plain text: crispy's own takes it for a template."""

    def __init__(self, legend: str | Promise, *fields: Any, note: str | Promise = "") -> None:
        self.legend, self.note, self.fields = legend, note, list(fields)

    def render(self, form: Any, context: Any, template_pack: Any = "bootstrap5", **kwargs: Any) -> str:
        inner = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return render_to_string("units/manage_group.html", {"legend": self.legend, "note": self.note, "fields": inner})


class PortalFormMixin:
    """Rendered by crispy with our own field template; `layout` groups the fields."""

    layout: Layout | None = None

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.form_show_errors = False
        helper.field_template = "units/manage_field.html"
        if self.layout is not None:
            helper.layout = self.layout
        return helper


class PortalForm(PortalFormMixin, forms.Form):
    """An ordinary form."""


class RowForm(PortalFormMixin, forms.ModelForm):
    """Checks values against a model and its constraints; a service writes them, so there is no save.

    `fixed` are fields of the row that the person does not choose, such as its agency: constraints see them.
    """

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        instance: models.Model | None = None,
        fixed: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.fixed = dict(fixed or {})
        row = self._meta.model(**self.fixed) if instance is None else detached(instance)
        super().__init__(data, files, instance=row, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
                name_the_blank(field)
            if isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "form-check-input"

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - set(self.fixed)  # type: ignore[misc]

    def row_values(self) -> dict[str, Any]:
        """Checked values of the row's own fields, as services take them."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}

    def save(self, commit: bool = True) -> Any:
        msg = "A service writes, not the form."
        raise NotImplementedError(msg)


def name_the_blank(field: forms.ChoiceField) -> None:
    """A word instead of Django's dashes, where nothing is chosen yet."""
    choices = list(cast("Iterable[Any]", field.choices))
    if choices and choices[0][0] == "":
        field.choices = [("", CHOOSE if field.required else NOT_CHOSEN), *choices[1:]]


def detached(row: models.Model) -> models.Model:
    """A copy for a form to fill in: what is typed wrongly does not show up in the page's heading."""
    twin = copy.copy(row)
    twin._state = copy.copy(row._state)
    twin._state.fields_cache = dict(row._state.fields_cache)
    return twin
