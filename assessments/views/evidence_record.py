"""One record of evidence: its page, and the changes that its page offers."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import permissions
from assessments.forms.evidence import Candidate, FileChangeForm, RecordFilesForm, RecordForm, VersionForm
from assessments.models import Assessment, Evidence, EvidenceFile
from assessments.queries.evidence import records_of
from assessments.queries.evidence_library import choosable, record_page
from assessments.services import evidence as services
from assessments.services import evidence_records as records
from assessments.templatetags.worksheet import at
from assessments.views.evidence_adding import UNPROCESSABLE, Outcome
from assessments.views.opening import instrument_of, open_worksheet, person
from zi_portal.errors import Refused


@require_safe
def evidence_detail(request: HttpRequest, agency: str, unit: str, period: str, record: UUID) -> HttpResponse:
    """Files with their revisions, uses in all quarters, and what may be changed."""
    return _detail(request, open_worksheet(request, agency, unit, period), record)


def _detail(
    request: HttpRequest,
    assessment: Assessment,
    uuid: UUID,
    form: RecordForm | None = None,
    problem: str = "",
    outcomes: list[Outcome] | None = None,
) -> HttpResponse:
    page = record_page(assessment, uuid, person(request), timezone.now())
    if page is None:
        raise Http404
    context = {
        "assessment": assessment,
        "page": page,
        "record": page.record,
        "form": form or RecordForm.of(page.record),
        "problem": problem,
        "outcomes": outcomes or [],
        "may_attach": page.record.withdrawn_at is None
        and permissions.can_edit_answer(request.user, assessment, timezone.now()),
    }
    refused = bool(problem or outcomes or (form and form.errors))
    return render(request, "assessments/evidence_detail.html", context, status=UNPROCESSABLE if refused else 200)


@require_POST
def evidence_edit(request: HttpRequest, agency: str, unit: str, period: str, record: UUID) -> HttpResponse:
    """Title, number, date and quarters of a record."""
    assessment, found = _opened(request, agency, unit, period, record)
    form = RecordForm(request.POST)
    if not form.is_valid():
        return _detail(request, assessment, record, form)
    data = form.cleaned_data
    records.edit_record(
        evidence=found,
        title=data["judul"],
        number=data["nomor"],
        dated=data["tanggal"],
        quarters=data["triwulan"],
        version=data["versi"],
        actor=person(request),
        now=timezone.now(),
    )
    messages.success(request, _("Rincian bukti disimpan."))
    return HttpResponseRedirect(at("evidence_detail", assessment, record))


@require_POST
def evidence_file_add(request: HttpRequest, agency: str, unit: str, period: str, record: UUID) -> HttpResponse:
    """More files for a record; or (`ganti`: the uuid of a file) its next revision. Each file has its own outcome."""
    assessment, found = _opened(request, agency, unit, period, record)
    form = RecordFilesForm(request.POST, request.FILES)
    version = _version(request)
    if not form.is_valid():
        return _files_refused(request, assessment, record, [Outcome("", refusal=str(form.errors["berkas"][0]))])
    replaced = _file_or_404(found, request.POST["ganti"]) if "ganti" in request.POST else None
    candidates = form.cleaned_data["berkas"][: 1 if replaced else None]
    # The first file makes a higher version, which the others cannot know.
    versions = [version, *[None] * (len(candidates) - 1)]
    pairs = zip(candidates, versions, strict=True)
    outcomes = [_stored(request, candidate, found, replaced, seen) for candidate, seen in pairs]
    if any(item.record is None for item in outcomes):
        return _files_refused(request, assessment, record, outcomes)
    return _files_added(request, assessment, record, len(outcomes))


def _stored(
    request: HttpRequest, candidate: Candidate, record: Evidence, replaced: EvidenceFile | None, version: int | None
) -> Outcome:
    if candidate.scanned is None:
        return Outcome(candidate.name, refusal=candidate.refusal)
    what: dict[str, Any] = {"upload": candidate.upload, "scanned": candidate.scanned, "version": version}
    what |= {"actor": person(request), "now": timezone.now()}
    try:
        if replaced is None:
            records.add_record_file(evidence=record, **what)
        else:
            records.revise_file(file=replaced, **what)
    except Refused as error:
        if error.status != UNPROCESSABLE:
            raise
        return Outcome(candidate.name, refusal=error.message)
    return Outcome(candidate.name, record)


def _files_added(request: HttpRequest, assessment: Assessment, record: UUID, count: int) -> HttpResponse:
    said = ngettext("%(count)d berkas disimpan pada bukti ini.", "%(count)d berkas disimpan pada bukti ini.", count)
    said %= {"count": count}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "assessments/_evidence_said.html", {"said": said})
    messages.success(request, said)
    return HttpResponseRedirect(at("evidence_detail", assessment, record))


def _files_refused(request: HttpRequest, assessment: Assessment, record: UUID, outcomes: list[Outcome]) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        context = {"assessment": assessment, "outcomes": outcomes, "form": None}
        return render(request, "assessments/_evidence_outcomes.html", context, status=UNPROCESSABLE)
    return _detail(request, assessment, record, outcomes=outcomes)


@require_POST
def evidence_file_change(
    request: HttpRequest, agency: str, unit: str, period: str, record: UUID, file: UUID
) -> HttpResponse:
    """Rename a file, move it up or down, or retire it with a reason."""
    assessment, found = _opened(request, agency, unit, period, record)
    wanted = get_object_or_404(EvidenceFile.objects.select_related("evidence"), evidence=found, uuid=file)
    form = FileChangeForm(request.POST)
    if not form.is_valid():
        return _detail(request, assessment, record, problem=str(next(iter(form.errors.values()))[0]))
    data = form.cleaned_data
    where: dict[str, Any] = {"file": wanted, "version": data["versi"], "actor": person(request), "now": timezone.now()}
    changes: dict[str, Callable[[], object]] = {
        form.RENAME: lambda: records.rename_file(label=data["nama"], **where),
        form.UP: lambda: records.move_file(step=-1, **where),
        form.DOWN: lambda: records.move_file(step=1, **where),
        form.RETIRE: lambda: records.retire_file(reason=data["alasan"], **where),
    }
    try:
        changes[data["aksi"]]()
    except Refused as error:
        if error.status != UNPROCESSABLE:
            raise
        return _detail(request, assessment, record, problem=str(error.message))
    messages.success(request, _("Berkas diubah."))
    return HttpResponseRedirect(f"{at('evidence_detail', assessment, record)}#berkas")


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_attach(request: HttpRequest, agency: str, unit: str, period: str, record: UUID) -> HttpResponse:
    """Choose further questions for a record, sub-area by sub-area (`?subarea=`); POST attaches those of `kode`."""
    assessment, found = _opened(request, agency, unit, period, record)
    user, now, instrument = person(request), timezone.now(), instrument_of(assessment)
    if request.method == "POST":
        codes = [code for code in dict.fromkeys(request.POST.getlist("kode")) if instrument.has_question(code)]
        for code in codes:
            services.attach(assessment=assessment, code=code, evidence=found, actor=user, now=now)
        count = len(codes)
        said = ngettext("Bukti dipakai %(count)d pertanyaan lagi.", "Bukti dipakai %(count)d pertanyaan lagi.", count)
        messages.success(request, said % {"count": count})
        return HttpResponseRedirect(at("evidence_detail", assessment, record))
    codes = [item.code for item in instrument.subareas]
    node = request.GET.get("subarea", "")
    node = node if node in codes else codes[0]
    used = found.uses.filter(assessment=assessment).values_list("question__code", flat=True)
    context = {
        "assessment": assessment,
        "record": found,
        "subareas": instrument.subareas,
        "node": instrument.node(node),
        "questions": choosable(assessment, node, user, now),
        "used": set(used),
    }
    return render(request, "assessments/evidence_attach.html", context)


def _opened(request: HttpRequest, agency: str, unit: str, period: str, record: UUID) -> tuple[Assessment, Evidence]:
    """404 for strangers and for records of others, 403 for those who do not fill this worksheet."""
    assessment = open_worksheet(request, agency, unit, period)
    found = get_object_or_404(records_of(assessment), uuid=record)
    if not permissions.can_fill(request.user, assessment):
        raise PermissionDenied
    return assessment, found


def _version(request: HttpRequest) -> int | None:
    form = VersionForm(request.POST)
    return form.cleaned_data["versi"] if form.is_valid() else None


def _file_or_404(record: Evidence, uuid: str) -> EvidenceFile:
    try:
        wanted = UUID(uuid)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(EvidenceFile.objects.select_related("evidence"), evidence=record, uuid=wanted)
