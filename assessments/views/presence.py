"""Who is editing a question: told by the page while somebody is in its form, answered with who else is there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from assessments.queries.presence import others_at
from assessments.services.presence import be_seen
from assessments.views.opening import open_worksheet, person, question_or_404


@require_POST
def answer_editing(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """204 where nobody else is there, otherwise a line with their names."""
    assessment = open_worksheet(request, agency, unit, period)
    question_or_404(assessment, code)
    user, now = person(request), timezone.now()
    be_seen(assessment=assessment, code=code, actor=user, now=now)
    others = others_at(assessment, code, user, now)
    if not others.names:
        return HttpResponse(status=204)
    return render(request, "assessments/_presence.html", {"others": others})
