"""Calibration: how far the unit and the stages of TPI are apart. For the lead (own teams) and the Inspector only."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments.queries.calibration import calibration as calibration_of
from assessments.queries.workload import workload_periods
from assessments.views.opening import person
from units import permissions as who
from units.models import Agency
from units.permissions import access_of

FIRST_QUESTIONS = 20


@require_safe
def calibration(request: HttpRequest, agency: str, period: str) -> HttpResponse:
    """One period of an agency. 404 for those without a part in the agency, 403 for every other role."""
    access = access_of(request.user)
    found = Agency.objects.filter(pk__in={part.agency_id for part in access.parts}, code=agency).first()
    if found is None:
        raise Http404
    if found.pk not in access.agencies_as(who.TPI_LEAD, who.INSPECTOR):
        raise PermissionDenied
    periods = [item for item in workload_periods(person(request)) if item.agency_id == found.pk]
    chosen = next((item for item in periods if item.code == period), None)
    if chosen is None:
        raise Http404
    view = calibration_of(person(request), chosen)
    shows_all = request.GET.get("tampil") == "semua"
    questions = view.furthest
    context = {
        "view": view,
        "agency": found,
        "periods": periods,
        "questions": questions if shows_all else questions[:FIRST_QUESTIONS],
        "hidden": 0 if shows_all else max(len(questions) - FIRST_QUESTIONS, 0),
        "claims": [(line.unit, view.claims[line.unit.pk].values()) for line in view.units if line.unit],
    }
    return render(request, "assessments/calibration.html", context)
