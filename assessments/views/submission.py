"""The check before sending, the submission by the head of unit, and its receipt."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.submission import SubmissionForm
from assessments.models import Assessment
from assessments.queries.checks import findings, gaps
from assessments.queries.gates import gate_tables
from assessments.queries.progress import holds_wbk, target_of, unit_work
from assessments.queries.submission import receipt as receipt_of
from assessments.queries.submission import submissions
from assessments.queries.worksheet import lock_reason
from assessments.services.submission import submit as send
from assessments.templatetags.worksheet import at
from assessments.views.opening import open_worksheet, person


@require_safe
def check(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Blanks, missing evidence, contradictions, gates so far; the head sends from here."""
    assessment = open_worksheet(request, agency, unit, period)
    return _check(request, assessment)


def _check(request: HttpRequest, assessment: Assessment, form: SubmissionForm | None = None) -> HttpResponse:
    now, user = timezone.now(), person(request)
    work = unit_work(assessment)
    instrument = work.sheet.instrument.value
    result = work.sheet.result(holds_wbk=holds_wbk(assessment))
    context = {
        "assessment": assessment,
        "work": work,
        "result": result,
        "gaps": gaps(work),
        "findings": findings(instrument, work.sheet.values),
        "gates": gate_tables(instrument, result, target_of(assessment)),
        "lock": lock_reason(user, assessment, now, None),
        "may_submit": permissions.can_submit(user, assessment) and permissions.is_open_for_unit(assessment, now),
        "form": form or SubmissionForm(blanks=work.total.missing),
    }
    return render(request, "assessments/check.html", context, status=422 if form else 200)


@require_POST
def submit(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Send to TPI; a second click leads to the same receipt."""
    assessment = open_worksheet(request, agency, unit, period)
    if not permissions.can_submit(request.user, assessment):
        raise PermissionDenied
    now = timezone.now()
    blanks = unit_work(assessment).total.missing
    form = SubmissionForm(request.POST, blanks=blanks)
    if permissions.is_open_for_unit(assessment, now) and not form.is_valid():
        return _check(request, assessment, form)
    send(
        assessment=assessment,
        declared="pernyataan" in request.POST,
        blanks_accepted="kosong" in request.POST,
        actor=person(request),
        now=now,
    )
    return HttpResponseRedirect(at("receipt", assessment))


@require_safe
def receipt(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The receipt of the last submission, or of round `?putaran=1`."""
    assessment = open_worksheet(request, agency, unit, period)
    sent = submissions(assessment)
    wanted = request.GET.get("putaran", "")
    chosen = [item for item in sent if not wanted or str(item.round) == wanted]
    if not chosen:
        raise Http404
    context = {
        "assessment": assessment,
        "receipt": receipt_of(assessment, chosen[-1]),
        "others": [item for item in sent if item is not chosen[-1]],
    }
    return render(request, "assessments/receipt.html", context)
