"""The check before sending, the submission by the head of unit, and its receipt."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.answers import KEY_FIELD, read_key
from assessments.forms.submission import SubmissionForm
from assessments.models import Assessment, Snapshot
from assessments.queries.checks import evidence_findings, findings, gaps
from assessments.queries.copies import waiting_copies
from assessments.queries.gates import gate_tables
from assessments.queries.progress import holds_wbk, target_of, unit_work
from assessments.queries.submission import receipt as receipt_of
from assessments.queries.submission import submission_with, submissions
from assessments.queries.worksheet import lock_reason
from assessments.reports.receipt import receipt_pdf as write_receipt
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
    waiting = waiting_copies(assessment)
    result = work.sheet.result(holds_wbk=holds_wbk(assessment))
    context = {
        "assessment": assessment,
        "work": work,
        "result": result,
        "gaps": gaps(work),
        "findings": findings(instrument, work.sheet.values),
        "dated": evidence_findings(assessment),
        "copies": [code for code in work.sheet.instrument.question_ids if code in waiting],
        "gates": gate_tables(instrument, result, target_of(assessment)),
        "lock": lock_reason(user, assessment, now, None),
        "may_submit": permissions.can_submit(user, assessment) and permissions.is_open_for_unit(assessment, now),
        "form": form or SubmissionForm(blanks=work.total.missing),
        "key": uuid.uuid4(),
    }
    return render(request, "assessments/check.html", context, status=422 if form else 200)


@require_POST
def submit(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Send to TPI; a second click, or the same form once more, leads to the same receipt."""
    assessment = open_worksheet(request, agency, unit, period)
    if not permissions.can_submit(request.user, assessment):
        raise PermissionDenied
    now, key = timezone.now(), read_key(request.POST.get(KEY_FIELD))
    earlier = submission_with(assessment, key)
    if earlier is not None:
        return HttpResponseRedirect(_receipt_url(assessment, earlier))
    blanks = unit_work(assessment).total.missing
    form = SubmissionForm(request.POST, blanks=blanks)
    if permissions.is_open_for_unit(assessment, now) and not form.is_valid():
        return _check(request, assessment, form)
    sent = send(
        assessment=assessment,
        declared="pernyataan" in request.POST,
        blanks_accepted="kosong" in request.POST,
        actor=person(request),
        now=now,
        key=key,
    )
    return HttpResponseRedirect(_receipt_url(assessment, sent))


def _receipt_url(assessment: Assessment, sent: Snapshot) -> str:
    """The address of a receipt; it names the round, so that it still shows the same one in later rounds."""
    return f"{at('receipt', assessment)}?putaran={sent.round}"


@require_safe
def receipt(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The receipt of the last submission, or of round `?putaran=1`."""
    assessment = open_worksheet(request, agency, unit, period)
    chosen, others = _chosen(request, assessment)
    context = {"assessment": assessment, "receipt": receipt_of(assessment, chosen), "others": others}
    return render(request, "assessments/receipt.html", context)


@require_safe
def receipt_pdf(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The same receipt as one page to keep or to hand in; the same submission gives the same bytes."""
    assessment = open_worksheet(request, agency, unit, period)
    chosen, _others = _chosen(request, assessment)
    content = write_receipt(assessment=assessment, receipt=receipt_of(assessment, chosen))
    name = f"Tanda-terima-{unit}-{period}-{chosen.round}.pdf"
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _chosen(request: HttpRequest, assessment: Assessment) -> tuple[Snapshot, list[Snapshot]]:
    """The submission that is asked for, and the others. Raises Http404 where there is none."""
    sent = submissions(assessment)
    wanted = request.GET.get("putaran", "")
    matching = [item for item in sent if not wanted or str(item.round) == wanted]
    if not matching:
        raise Http404
    return matching[-1], [item for item in sent if item is not matching[-1]]
