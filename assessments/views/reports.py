"""The shelf of reports: quarterly reports, LHE, and their downloads."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import permissions
from assessments.exporters.report_zip import report_name, zip_name
from assessments.exporters.report_zip import report_zip as packed
from assessments.forms.reports import LheNumberForm, QuarterlyForm
from assessments.models import Assessment, Period
from assessments.queries.reports import (
    final_snapshot,
    lhe_of,
    own_lhe,
    readable_periods,
    shelf_of,
    signatory_on,
    suggested_number,
    visible_reports,
)
from assessments.reports import making, wording
from assessments.services.reports import NotFinal, NumberTaken
from assessments.views.opening import person
from assessments.views.packed import refuse_embedding, zip_response
from units.files import MADE_HERE, private_file_response
from units.models import User
from units.permissions import access_of


@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    """Reports of one period of an agency for Inspector and reader; the LHE of their own units for everybody else."""
    return _shelf(request, QuarterlyForm(auto_id="%s"))


@require_POST
def quarterly_make(request: HttpRequest, agency: str, period: str) -> HttpResponse:
    """Make the quarterly report, or find the one that says the same, and show it."""
    user = person(request)
    row = _period(user, agency, period)
    if not permissions.can_make_reports(user, row.agency_id):
        raise PermissionDenied
    form = QuarterlyForm(request.POST, auto_id="%s")
    if form.is_valid():
        number, now = form.cleaned_data["number"], timezone.now()
        try:
            report = making.make_quarterly(period=row, actor=user, now=now, number=number)
        except NumberTaken as error:
            form.add_error("number", str(error.message))
        else:
            return redirect("report_download", report.uuid)
    return _shelf(request, form, row, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def lhe_issue(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Number the LHE of a final assessment; once it is issued, show where it is."""
    user = person(request)
    assessment = _to_issue(user, agency, unit, period)
    snapshot = final_snapshot(assessment)
    if snapshot is None:
        raise NotFinal(state=assessment.state)
    now = timezone.now()
    form = LheNumberForm(
        request.POST if request.method == "POST" else None, initial={"number": suggested_number(assessment.period)}
    )
    if form.is_valid():
        number = form.cleaned_data["number"]
        try:
            report = making.issue_lhe(assessment=assessment, number=number, actor=user, now=now)
        except NumberTaken as error:
            form.add_error("number", str(error.message))
        else:
            return redirect("report_download", report.uuid)
    place = assessment.unit.agency
    day = wording.day_in(now, place.zone)
    context = {
        "assessment": assessment,
        "unit": assessment.unit,
        "agency": place,
        "period": assessment.period,
        "snapshot": snapshot,
        "issued": lhe_of(snapshot),
        "signatory": signatory_on(place, day),
        "day": day,
        "form": form,
    }
    return render(request, "assessments/report_issue.html", context, status=422 if form.errors else 200)


@require_GET
def lhe_draft(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The LHE as it would be issued now, marked KONSEP and without number; nothing is stored."""
    assessment = _to_issue(person(request), agency, unit, period)
    content = making.draft_lhe(assessment=assessment, now=timezone.now())
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="KONSEP-LHE-{unit}-{period}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@require_GET
def report_zip(request: HttpRequest, agency: str, period: str) -> HttpResponseBase:
    """All reports of a quarter that are in force, for those who read the quarterly report."""
    user = person(request)
    row = _period(user, agency, period)
    if not permissions.can_read_reports(user, row.agency_id):
        raise PermissionDenied
    refuse_embedding(request)
    return zip_response(packed(shelf_of(user, row)), zip_name(row))


@require_GET
def report_download(request: HttpRequest, report: UUID) -> HttpResponseBase:
    """The stored bytes of a report."""
    user = person(request)
    row = get_object_or_404(visible_reports(user), uuid=report)
    if not permissions.can_read_report(user, row):
        raise PermissionDenied
    return private_file_response(request, str(row.file.name), report_name(row), "pdf", hold=MADE_HERE)


def _shelf(request: HttpRequest, form: QuarterlyForm, chosen: Period | None = None, status: int = 200) -> HttpResponse:
    user = person(request)
    periods = readable_periods(user)
    period = chosen or _chosen(periods, request.GET.get("instansi", ""), request.GET.get("periode", ""))
    context = {
        "periods": [item for item in periods if period and item.agency_id == period.agency_id],
        "agencies": {item.agency.code: item.agency for item in periods}.values(),
        "period": period,
        "shelf": shelf_of(user, period) if period else None,
        "can_make": period is not None and permissions.can_make_reports(user, period.agency_id),
        "own": own_lhe(user),
        "form": form,
    }
    return render(request, "assessments/report_list.html", context, status=status)


def _chosen(periods: list[Period], agency: str, code: str) -> Period | None:
    """The period asked for, else the newest of the agency, else of the first agency. Raises Http404 for an unknown."""
    mine = [item for item in periods if agency in ("", item.agency.code)]
    wanted = [item for item in mine if code in ("", item.code)]
    if not wanted and (agency or code):
        raise Http404
    return wanted[0] if wanted else None


def _period(user: User, agency: str, code: str) -> Period:
    """A period of an agency where the person has any part at all; 404 for strangers."""
    year, _, quarter = code.partition("-")
    agencies = {part.agency_id for part in access_of(user).parts}
    periods = Period.objects.select_related("agency", "instrument").filter(agency_id__in=agencies)
    return get_object_or_404(periods, agency__code=agency, year=int(year), quarter=int(quarter))


def _to_issue(user: User, agency: str, unit: str, period: str) -> Assessment:
    """The assessment, for who may number its LHE: 404 for strangers, PermissionDenied for other roles."""
    assessment = get_object_or_404(Assessment.objects.visible_to(user).for_path(agency, unit, period))
    assessment.period.agency = assessment.unit.agency
    if not permissions.can_issue_lhe(user, assessment):
        raise PermissionDenied
    return assessment
