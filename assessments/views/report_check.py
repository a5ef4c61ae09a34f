"""The public page that says whether a report is genuine (REL-34); no log-in, no scores, nothing is uploaded."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from assessments.queries.report_check import Checked, find_report, grouped, tidied


@login_not_required
@require_safe
def report_check_start(request: HttpRequest) -> HttpResponse:
    """Asks for the code that stands on the report."""
    typed = request.GET.get("kode", "")
    if code := tidied(typed):
        return redirect("report_check", code)
    return _page(request, None, typed, status=422 if typed else 200)


@login_not_required
@require_safe
def report_check(request: HttpRequest, code: str) -> HttpResponse:
    """What the portal knows of a report; the browser compares a file with it, the file stays where it is."""
    found = find_report(tidied(code)) if tidied(code) else None
    return _page(request, found, code, status=200 if found else 404)


def _page(request: HttpRequest, found: Checked | None, typed: str, status: int) -> HttpResponse:
    context = {
        "found": found,
        "typed": typed,
        "is_malformed": bool(typed) and not tidied(typed),
        "code": grouped(tidied(typed)),
    }
    response = render(request, "assessments/report_check.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
