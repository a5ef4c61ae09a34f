"""Evidence added to a question: each file of a request has an outcome of its own (UX-08)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.forms.evidence import Candidate, EvidenceForm
from assessments.models import Assessment, Evidence, EvidenceFile
from assessments.queries.evidence import file_by_uuid, records_of, same_file
from assessments.queries.progress import unit_work
from assessments.queries.worksheet import one_card
from assessments.scoring import Question
from assessments.services import evidence as services
from assessments.services.evidence import Added, SameFile
from assessments.services.evidence_records import add_record_file
from assessments.templatetags.worksheet import question_url
from assessments.views.evidence import record_or_404, refuse_reader
from assessments.views.opening import open_worksheet, person, question_or_404, stored_id
from assessments.views.shown import figures
from units.models import User
from zi_portal.errors import Refused

UNPROCESSABLE = 422
CONFLICT = 409
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file or address; `found` is the file that the unit has already, where a choice waits."""

    name: str
    record: Evidence | None = None
    reused: bool = False
    refusal: str | Promise = ""
    found: EvidenceFile | None = None

    @property
    def said(self) -> str:
        if self.record is None:
            return str(self.refusal)
        title = {"title": self.record.title}
        if self.reused:
            return _("Bukti “%(title)s” sudah ada pada unit ini, sehingga dipakai ulang.") % title
        return _("Bukti “%(title)s” ditambahkan.") % title


@dataclass(frozen=True, slots=True)
class Adding:
    """A question that evidence is added to, by whom and when."""

    assessment: Assessment
    question: Question
    actor: User
    now: datetime

    def files(self, candidates: list[Candidate], title: str, joined: Evidence | None, *, join: bool) -> list[Outcome]:
        """One outcome each; with `join` all accepted files go into one record, the first's (or `joined`)."""
        outcomes = []
        for candidate in candidates:
            given = title if join or len(candidates) == 1 else ""
            outcome = self._file(candidate, given, joined if join else None, join=join)
            joined = joined or outcome.record
            outcomes.append(outcome)
        return outcomes

    def _file(self, candidate: Candidate, title: str, joined: Evidence | None, *, join: bool) -> Outcome:
        if candidate.scanned is None:
            return Outcome(candidate.name, refusal=candidate.refusal)
        what: dict[str, Any] = {"upload": candidate.upload, "scanned": candidate.scanned}
        what |= {"actor": self.actor, "now": self.now}
        try:
            if joined is not None:
                return Outcome(candidate.name, add_record_file(evidence=joined, **what).evidence)
            added = services.add_file(
                assessment=self.assessment, code=self.question.code, title=title, apart=join, **what
            )
        except SameFile as same:
            return Outcome(candidate.name, refusal=same.message, found=same.found)
        except Refused as error:
            return self._refused(candidate.name, error)
        return Outcome(candidate.name, added.evidence, added.reused)

    def link(self, url: str, title: str) -> Outcome:
        try:
            added = services.add_link(
                assessment=self.assessment,
                code=self.question.code,
                url=url,
                title=title,
                actor=self.actor,
                now=self.now,
            )
        except Refused as error:
            return self._refused(url, error)
        return Outcome(url, added.evidence, added.reused)

    def known(self, added: Added) -> Outcome:
        return Outcome(added.evidence.title, added.evidence, added.reused)

    @staticmethod
    def _refused(name: str, error: Refused) -> Outcome:
        """What concerns this file alone; a worksheet that is closed concerns all, and goes on."""
        if error.status != UNPROCESSABLE:
            raise error
        return Outcome(name, refusal=error.message)


@require_POST
def evidence_add(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Add files or a web address, or what the unit has already.

    `bukti` is the uuid of a record to use here too; `salin` that of a stored file, for a record of its own with the
    same bytes; `ke` that of the record which further files join.
    """
    assessment = open_worksheet(request, agency, unit, period)
    question = question_or_404(assessment, code)
    refuse_reader(request, assessment, code)
    adding = Adding(assessment, question, person(request), timezone.now())
    if "bukti" in request.POST or "salin" in request.POST:
        return _answered(request, adding, [_known(request, adding)])
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _invalid(request, adding, form)
    data = form.cleaned_data
    if data["tautan"]:
        return _answered(request, adding, [adding.link(data["tautan"], data["judul"])], form)
    joined = record_or_404(assessment, request.POST["ke"]) if request.POST.get("ke") else None
    join = data["satukan"] or joined is not None
    return _answered(request, adding, adding.files(data["berkas"], data["judul"], joined, join=join), form)


def _known(request: HttpRequest, adding: Adding) -> Outcome:
    where: dict[str, Any] = {"assessment": adding.assessment, "code": adding.question.code}
    where |= {"actor": adding.actor, "now": adding.now}
    if "bukti" in request.POST:
        record = record_or_404(adding.assessment, request.POST["bukti"])
        return adding.known(services.attach(evidence=record, **where))
    file = _file_or_404(adding.assessment, request.POST["salin"])
    return adding.known(services.add_copy(file=file, title=request.POST.get("judul", ""), **where))


def _file_or_404(assessment: Assessment, uuid: str) -> EvidenceFile:
    try:
        found = file_by_uuid(UUID(uuid))
    except ValueError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    get_object_or_404(records_of(assessment), pk=found.evidence_id)
    return found


def _answered(
    request: HttpRequest, adding: Adding, outcomes: list[Outcome], form: EvidenceForm | None = None
) -> HttpResponse:
    """200 or a redirect where everything was added; 422 where something was refused, 409 where something is asked."""
    refused = any(item.record is None and item.found is None for item in outcomes)
    asked = any(item.found for item in outcomes)
    status = UNPROCESSABLE if refused else CONFLICT if asked else 200
    context = {"assessment": adding.assessment, "question": adding.question, "outcomes": outcomes, "form": form}
    if request.htmx:  # type: ignore[attr-defined]
        return _fragment(request, adding, context, status)
    if status != 200:  # noqa: PLR2004 - everything was added
        return render(request, "assessments/evidence_form.html", context, status=status)
    for item in outcomes:
        messages.success(request, item.said)
    return HttpResponseRedirect(question_url(adding.assessment, adding.question.code))


def _fragment(request: HttpRequest, adding: Adding, context: dict[str, object], status: int) -> HttpResponse:
    """For the script: what became of the file, and out of band the question's evidence with the figures it changes."""
    if status != 200:  # noqa: PLR2004 - everything was added
        return render(request, "assessments/_evidence_outcomes.html", context, status=status)
    assessment, code = adding.assessment, adding.question.code
    work = unit_work(assessment)
    card = one_card(assessment, code, work, adding.actor, adding.now)
    context = figures(assessment, code, work) | context | {"card": card}
    response = render(request, "assessments/_evidence_added.html", context)
    (outcome,) = context["outcomes"][-1:]  # type: ignore[index]
    response["Evidence-Record"] = str(outcome.record.uuid)
    return response


def _invalid(request: HttpRequest, adding: Adding, form: EvidenceForm) -> HttpResponse:
    context = {"assessment": adding.assessment, "question": adding.question, "form": form, "outcomes": []}
    page = "_evidence_outcomes" if request.htmx else "evidence_form"  # type: ignore[attr-defined]
    return render(request, f"assessments/{page}.html", context, status=UNPROCESSABLE)


@require_safe
def evidence_known(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Whether the unit has a file with this `sha256` already, asked before it is sent over a bad line.

    200 with the choice, 204 where it has none.
    """
    assessment = open_worksheet(request, agency, unit, period)
    question = question_or_404(assessment, code)
    refuse_reader(request, assessment, code)
    sha256 = request.GET.get("sha256", "")
    found = same_file(assessment, sha256) if SHA256.fullmatch(sha256) else None
    if found is None or same_file(assessment, found.sha256, stored_id(assessment, code)) is not None:
        return HttpResponse(status=204)  # sent again, it is known as the same upload
    outcome = Outcome(found.original_name, refusal=SameFile(found).message, found=found)
    context = {"assessment": assessment, "question": question, "outcomes": [outcome], "form": None}
    return render(request, "assessments/_evidence_outcomes.html", context)
