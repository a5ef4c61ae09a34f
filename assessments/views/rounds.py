"""What changed from one round of a worksheet to another, for TPI and the Inspector."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments.queries.rounds import round_diff
from assessments.views.evaluation import reach_evaluation

DIGITS = 3


@require_safe
def diff(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """`?dari=1&ke=2`; without them the last two rounds that were sent."""
    assessment = reach_evaluation(request, agency, unit, period)
    try:
        found = round_diff(assessment, _number(request, "dari"), _number(request, "ke"))
    except KeyError:
        raise Http404 from None
    context = {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "diff": found,
    }
    return render(request, "assessments/round_diff.html", context)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise Http404
    return int(text)
