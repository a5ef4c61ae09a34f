"""Instrument versions: which there are, which one is in force, and where local rules stand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from assessments.models import Instrument
from assessments.queries.manage_periods import instruments_for, local_rules
from units.models import Agency
from units.views.manage_base import manage_view, page


@manage_view("GET")
def instruments(request: HttpRequest, agency: Agency) -> HttpResponse:
    return page(
        request,
        agency,
        "assessments/manage_instruments.html",
        section="manage_instruments",
        title=_("Instrumen"),
        lead=_("Versi yang berlaku tidak dapat diubah; perubahan menjadi versi baru."),
        context={"rows": instruments_for(agency)},
    )


@manage_view("GET")
def instrument(request: HttpRequest, agency: Agency, code: str, version: int) -> HttpResponse:
    row = get_object_or_404(Instrument, code=code, version=version)
    return page(
        request,
        agency,
        "assessments/manage_instrument.html",
        section="manage_instruments",
        title=_("%(title)s, versi %(version)d") % {"title": row.title, "version": row.version},
        context={"instrument": row, "rules": local_rules(row)},
    )
