"""Evidence: added to a question, listed for a unit, read, taken off a question, withdrawn."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.evidence import EvidenceForm, WithdrawForm
from assessments.models import Assessment, Evidence
from assessments.queries.evidence import evidence_of_year, file_by_uuid, record_by_uuid, records_of, sees_evidence
from assessments.queries.progress import area_number, unit_work
from assessments.queries.worksheet import cards, lock_reason
from assessments.scoring import Question
from assessments.services import evidence as services
from assessments.services.evidence import Added
from assessments.services.transitions import open_questions
from assessments.templatetags.worksheet import anchor, question_url
from assessments.views.opening import instrument_of, open_worksheet, person, question_or_404
from assessments.views.shown import figures
from units import permissions as who
from units.files import private_file_response
from units.permissions import access_of
from zi_portal.errors import Refused
from zi_portal.views import safe_next


@require_POST
def evidence_add(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Add a file, a web address or (`bukti`: its uuid) a record that the unit has already."""
    assessment = open_worksheet(request, agency, unit, period)
    question = question_or_404(assessment, code)
    _refuse_reader(request, assessment, code)
    if "bukti" in request.POST:
        record = _record_or_404(assessment, request.POST["bukti"])
        added = services.attach(
            assessment=assessment, code=code, evidence=record, actor=person(request), now=timezone.now()
        )
        return _added(request, assessment, question, added)
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, assessment, question, form)
    try:
        added = _add(request, assessment, code, form)
    except Refused as error:
        if error.status != 422:  # noqa: PLR2004 - Unprocessable Content
            raise
        form.add_error(None, str(error.message))
        return _refused(request, assessment, question, form)
    return _added(request, assessment, question, added)


def _add(request: HttpRequest, assessment: Assessment, code: str, form: EvidenceForm) -> Added:
    actor, now, title = person(request), timezone.now(), form.cleaned_data["judul"]
    if form.scanned is None:
        url = form.cleaned_data["tautan"]
        return services.add_link(assessment=assessment, code=code, url=url, title=title, actor=actor, now=now)
    return services.add_file(
        assessment=assessment,
        code=code,
        upload=form.cleaned_data["berkas"],
        scanned=form.scanned,
        title=title,
        actor=actor,
        now=now,
    )


def _added(request: HttpRequest, assessment: Assessment, question: Question, added: Added) -> HttpResponse:
    title = {"title": added.evidence.title}
    said = (
        _("Bukti “%(title)s” sudah ada pada unit ini, sehingga dipakai ulang.") % title
        if added.reused
        else _("Bukti “%(title)s” ditambahkan.") % title
    )
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, said)
        return HttpResponseRedirect(question_url(assessment, question.code))
    work = unit_work(assessment)
    why = lock_reason(
        person(request), assessment, timezone.now(), area_number(instrument_of(assessment), question.node)
    )
    (card,) = cards(assessment, [question], work, why, open_questions(assessment))
    context = figures(assessment, question.code, work) | {"card": card, "said": said}
    return render(request, "assessments/_evidence_added.html", context)


def _refused(request: HttpRequest, assessment: Assessment, question: Question, form: EvidenceForm) -> HttpResponse:
    """422: beside the upload for htmx (the chosen file stays chosen), else a page of its own."""
    context = {"assessment": assessment, "question": question, "form": form}
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "assessments/evidence_form.html", context, status=422)
    response = render(request, "assessments/_evidence_refused.html", context, status=422)
    response["HX-Retarget"] = f"#tolak-{anchor(question.code)}"
    response["HX-Reswap"] = "innerHTML"
    return response


@require_safe
def evidence_list(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Everything that the unit has gathered in the year; `?untuk=A.I.1.i.a` offers it to that question."""
    assessment = open_worksheet(request, agency, unit, period)
    instrument, wanted = instrument_of(assessment), request.GET.get("untuk", "")
    question = instrument.question(wanted) if instrument.has_question(wanted) else None
    now, user = timezone.now(), person(request)
    offers = question is not None and permissions.can_edit_answer(
        user, assessment, now, area_number(instrument, question.node)
    )
    context = {
        "assessment": assessment,
        "items": evidence_of_year(assessment),
        "question": question if offers else None,
        "may_edit": permissions.can_edit_answer(user, assessment, now),
        "work": unit_work(assessment),
    }
    return render(request, "assessments/evidence_list.html", context)


@require_POST
def evidence_detach(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Take a record off one question; others keep it."""
    assessment = open_worksheet(request, agency, unit, period)
    question_or_404(assessment, code)
    _refuse_reader(request, assessment, code)
    record = _record_or_404(assessment, request.POST.get("bukti", ""))
    services.detach(assessment=assessment, code=code, evidence=record, actor=person(request), now=timezone.now())
    messages.success(request, _("Bukti “%(title)s” dilepas dari %(code)s.") % {"title": record.title, "code": code})
    return HttpResponseRedirect(question_url(assessment, code))


@require_POST
def evidence_withdraw(request: HttpRequest, record: UUID) -> HttpResponse:
    """Take a record out of force, with a reason; goes back to the page named by `next`."""
    found = record_by_uuid(record)
    known = sees_evidence(person(request), found) if found else None
    if found is None or known is None:
        raise Http404
    if not known:
        raise PermissionDenied
    form = WithdrawForm(request.POST)
    if not form.is_valid() and not _may_withdraw(request, found):
        raise PermissionDenied
    if not form.is_valid():
        context = {"record": found, "form": form, "next": safe_next(request)}
        return render(request, "assessments/evidence_withdraw.html", context, status=422)
    services.withdraw(evidence=found, reason=form.cleaned_data["alasan"], actor=person(request), now=timezone.now())
    messages.success(request, _("Bukti “%(title)s” ditarik.") % {"title": found.title})
    return HttpResponseRedirect(safe_next(request))


@require_safe
def evidence_download(request: HttpRequest, file: UUID) -> FileResponse:
    """The bytes, for those who may read the worksheet; withdrawn evidence stays readable for them."""
    found = file_by_uuid(file)
    known = sees_evidence(person(request), found.evidence) if found else None
    if found is None or known is None:
        raise Http404
    if not known:
        raise PermissionDenied
    return private_file_response(request, str(found.file.name), found.original_name, found.kind)


def _refuse_reader(request: HttpRequest, assessment: Assessment, code: str) -> None:
    """403 comes before every word about the form."""
    if not permissions.can_fill(request.user, assessment, area_number(instrument_of(assessment), code)):
        raise PermissionDenied


def _may_withdraw(request: HttpRequest, record: Evidence) -> bool:
    """Whether the person fills worksheets of the unit at all."""
    return record.unit_id in access_of(request.user).units_as(who.UNIT_MEMBER, who.UNIT_HEAD)


def _record_or_404(assessment: Assessment, uuid: str) -> Evidence:
    try:
        wanted = UUID(uuid)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(records_of(assessment), uuid=wanted)
