"""Taking a filled worksheet over: upload, preview by cell, apply."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import permissions
from assessments.exporters.stamp import fingerprint_of
from assessments.forms.workbook_import import ApplyForm, WorkbookForm
from assessments.models import Assessment, WorkbookImport
from assessments.queries.workbook_import import Preview, preview_of, recent_imports
from assessments.queries.worksheet import lock_reason
from assessments.services import workbook_import as services
from assessments.services.answers import refuse_closed
from assessments.services.workbook_import import ChangedSince, NothingToImport, Upload, Wish, WrongOrigin
from assessments.templatetags.worksheet import at
from assessments.views.opening import instrument_of, open_worksheet, person


@require_http_methods(["GET", "HEAD", "POST"])
def workbook_import(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The form that takes a filled worksheet, and what was taken before."""
    assessment = _open(request, agency, unit, period)
    if request.method != "POST":
        return _form(request, assessment, WorkbookForm(instrument=instrument_of(assessment)))
    now = timezone.now()
    refuse_closed(assessment, now)
    form = WorkbookForm(request.POST, request.FILES, instrument=instrument_of(assessment))
    if not form.is_valid():
        return _form(request, assessment, form)
    upload = Upload(form.cleaned_data["berkas"], form.scanned.safe_name, form.scanned.sha256, form.content)
    try:
        kept = services.keep_import(assessment=assessment, upload=upload, actor=person(request), now=now)
    except WrongOrigin as error:
        form.add_error("berkas", str(error.message))
        return _form(request, assessment, form)
    return HttpResponseRedirect(at("workbook_import_preview", assessment, kept.uuid))


@require_safe
def workbook_import_preview(request: HttpRequest, agency: str, unit: str, period: str, found: UUID) -> HttpResponse:
    """What would change, question by question; after the decision, what did."""
    assessment = _open(request, agency, unit, period)
    return _preview(request, assessment, _found(assessment, found), ApplyForm())


@require_POST
def workbook_import_apply(request: HttpRequest, agency: str, unit: str, period: str, found: UUID) -> HttpResponse:
    """Write it, all or nothing; a second click leads to the same outcome."""
    assessment = _open(request, agency, unit, period)
    row, form, now = _found(assessment, found), ApplyForm(request.POST), timezone.now()
    if not form.is_valid():
        return _preview(request, assessment, row, form, status=422)
    wish = Wish(form.cleaned_data["mode"], form.seen, with_stale=form.cleaned_data["basi"])
    try:
        done = services.apply_import(found=row, wish=wish, actor=person(request), now=now)
    except ChangedSince as conflict:
        form.add_error(None, str(conflict.message))
        return _preview(request, assessment, row, form, status=409, conflict=conflict)
    except NothingToImport as error:
        form.add_error("mode", str(error.message))
        return _preview(request, assessment, row, form, status=422)
    if done.applied_at == now and done.outcome:
        count = len(done.outcome["questions"])
        said = ngettext("%(count)d pertanyaan diimpor.", "%(count)d pertanyaan diimpor.", count)
        messages.success(request, said % {"count": count})
    return HttpResponseRedirect(at("workbook_import_preview", assessment, done.uuid))


def _open(request: HttpRequest, agency: str, unit: str, period: str) -> Assessment:
    assessment = open_worksheet(request, agency, unit, period)
    if not permissions.can_fill(request.user, assessment):
        raise PermissionDenied
    return assessment


def _found(assessment: Assessment, found: UUID) -> WorkbookImport:
    rows = WorkbookImport.objects.select_related("uploaded_by", "applied_by")
    row = get_object_or_404(rows, assessment=assessment, uuid=found)
    row.assessment = assessment
    return row


def _form(request: HttpRequest, assessment: Assessment, form: WorkbookForm) -> HttpResponse:
    context = {
        "assessment": assessment,
        "form": form,
        "recent": recent_imports(assessment),
        "lock": lock_reason(person(request), assessment, timezone.now(), None),
    }
    return render(request, "assessments/workbook_import.html", context, status=422 if form.errors else 200)


def _preview(
    request: HttpRequest,
    assessment: Assessment,
    row: WorkbookImport,
    form: ApplyForm,
    *,
    status: int = 200,
    conflict: ChangedSince | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"assessment": assessment, "found": row}
    if row.applied_at is not None:
        return render(request, "assessments/workbook_import_done.html", context)
    preview = preview_of(row.content, assessment, person(request), timezone.now())
    context |= {
        "preview": preview,
        "form": form,
        "versions": json.dumps(preview.versions, separators=(",", ":")),
        "since": conflict.data["codes"] if conflict else (),
        "other_template": _is_other_template(preview, assessment),
    }
    return render(request, "assessments/workbook_import_preview.html", context, status=status)


def _is_other_template(preview: Preview, assessment: Assessment) -> bool:
    """Whether the portal wrote the workbook with another version of the questions."""
    return preview.stamp is not None and preview.stamp["fingerprint"] != fingerprint_of(instrument_of(assessment))
