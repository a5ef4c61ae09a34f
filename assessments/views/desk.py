"""TPI's desk: one question on one address, in three panes; saves are in desk_saves.py."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments import permissions
from assessments.forms.evaluation import card_fields
from assessments.models import Answer, Assessment, BlindScore, Note
from assessments.queries.answers import stage_sheets
from assessments.queries.desk_question import DeskQuestion, desk_question, version_of
from assessments.queries.desk_queue import DeskQueue, Filter, address_of, desk_queue, read_filters, read_sort
from assessments.queries.followups import followups_beside
from assessments.queries.instruments import stored_instrument
from assessments.queries.note_templates import names_for, offered
from assessments.queries.paired import has_handed_in, own_scores, with_slot
from assessments.queries.queues import TURNS
from assessments.queries.scorers import slot_of
from assessments.queries.threads import Thread, threads_of
from assessments.queries.visits import findings_beside
from assessments.services.notes import NoteDraft, note_stage
from assessments.views.evaluation import reach_evaluation
from assessments.views.opening import person
from assessments.views.previews import viewer_context
from assessments.views.threads import make_talk


@dataclass(frozen=True)
class Problem:
    """Why a card was not saved: shown on it, with what was typed and what is stored now.

    `over` carries the present versions for "use mine"; it is empty unless somebody else saved meanwhile.
    """

    code: str
    status: int
    message: object
    typed: dict[str, str]
    errors: dict[str, Any] = field(default_factory=dict)
    is_incomplete: bool = False
    over: str = ""
    row: Answer | None = None
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands in what is worked through: codes, "" at the ends; `number` 0 where it is not in it."""

    number: int
    total: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What the reader may write on the desk now; `slot` only while two score without seeing each other."""

    stage: Answer.Stage | None
    note_stage: Note.Stage | None
    slot: int | None
    is_closed: bool


@require_safe
def desk(request: HttpRequest, agency: str, unit: str, period: str, node: str) -> HttpResponse:
    """A sub-area: its first question."""
    assessment = reach_evaluation(request, agency, unit, period)
    questions = stored_instrument(assessment.period.instrument).value.questions_of(node)
    if not questions:
        raise Http404
    return HttpResponseRedirect(question_url(assessment, questions[0].code, kept_query(request)))


@require_safe
def desk_start(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """`?ke=12` or `?ke=A.I.1.i.b`: that question, or word that there is none; else the queue's first to be scored."""
    assessment = reach_evaluation(request, agency, unit, period)
    codes = tuple(stored_instrument(assessment.period.instrument).question_ids)
    wanted = request.GET.get("ke", "").strip()
    code = _named(codes, wanted) if wanted else ""
    if wanted and not code:
        if by_htmx(request):
            raise Http404
        messages.error(request, _("Tidak ada pertanyaan dengan nomor atau kode itu."))
    code = code or _first(queue_of(request, assessment))
    return HttpResponseRedirect(question_url(assessment, code, kept_query(request)))


def _first(queue: DeskQueue) -> str:
    """The first that waits for a score; where none waits, the first of all."""
    items = queue.items or queue.every
    return next((item.code for item in items if Filter.UNSCORED in item.flags), items[0].code)


def _named(codes: tuple[str, ...], wanted: str) -> str:
    """A question by its number in the worksheet or by its code, without regard to case; "" where there is none."""
    if wanted.isascii() and wanted.isdigit():
        return codes[max(1, min(int(wanted[:4]), len(codes))) - 1]
    return next((code for code in codes if code.casefold() == wanted.casefold().strip(".")), "")


@require_safe
def desk_question_page(request: HttpRequest, agency: str, unit: str, period: str, question: str) -> HttpResponse:
    """One question. To htmx it answers with the panes alone."""
    assessment = reach_evaluation(request, agency, unit, period)
    return question_page(request, assessment, question)


def question_page(
    request: HttpRequest, assessment: Assessment, code: str, problem: Problem | None = None
) -> HttpResponse:
    """The page with a question, or its panes; with what was refused in its place."""
    name = "_desk_question" if by_htmx(request) else "desk_question"
    context = question_context(request, assessment, code, problem)
    return render(request, f"assessments/{name}.html", context, status=problem.status if problem else 200)


def by_htmx(request: HttpRequest) -> bool:
    """Whether the page's script asks, which wants a fragment."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def question_context(
    request: HttpRequest, assessment: Assessment, code: str, problem: Problem | None = None
) -> dict[str, Any]:
    now = timezone.now()
    rights = rights_of(request, assessment, now)
    if code not in stored_instrument(assessment.period.instrument).question_ids:
        raise Http404
    sheets = stage_sheets(assessment)
    scores = own_scores(assessment, rights.slot) if rights.slot else ()
    question_id = sheets.instrument.question_ids[code]
    blind = next((row for row in scores if row.question_id == question_id), None)
    version = version_of(sheets, code, rights.stage) if rights.slot is None else blind.version if blind else 0
    own = blind if rights.slot is not None or rights.stage is None else sheets.of(rights.stage).rows.get(code)
    page = desk_question(assessment, code, sheets, with_slot(sheets.tpi, scores), rights.stage, version)
    threads = threads_of(assessment, [question_id], for_unit=False).get(question_id, [])
    note = _own_note(assessment, rights, threads) if rights.slot is None else _blind_note(blind)
    return {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "desk": page,
        "card": page.card,
        "whole": page.whole,
        "own_result": page.own_result,
        "result": page.result,
        "fields": card_fields(page.card, note, problem.typed if problem else None),
        "note_version": note.version if note else 0,
        "problem": problem,
        "can_score": rights.stage is not None,
        "can_withdraw": rights.stage is not None and is_withdrawable(assessment, own),
        "version": version,
        "can_note": rights.note_stage is not None,
        "stage": rights.stage,
        "is_closed": rights.is_closed,
        "turn": TURNS[Assessment.State(assessment.state)],
        "talk": make_talk(request, assessment, code, now, tuple(threads)),
        "code": code,
        "followups": followups_beside(assessment, code, now.astimezone(assessment.unit.agency.tz).date()),
        "findings": findings_beside(assessment, question_id),
        "templates": offered(assessment, names_for(assessment, page.card.question)) if rights.note_stage else (),
        "now": now,
        **place_context(request, assessment, code),
        **_proof_context(request, page),
    }


def is_withdrawable(assessment: Assessment, own: Answer | BlindScore | None) -> bool:
    """Whether a stage or slot has a score in this round that it can take back."""
    return own is not None and not own.is_withdrawn and own.round == assessment.round


def rights_of(request: HttpRequest, assessment: Assessment, now: datetime) -> Rights:
    """Whose turn it is, for this reader: members only in the slot that was given to them, until they hand it in."""
    user = person(request)
    is_closed = not permissions.window_of(assessment).reviewers_may_write(now)
    stage = permissions.score_stage(user, assessment)
    slot = slot_of(user, assessment) if stage is Answer.Stage.MEMBER else None
    blind = slot if permissions.is_blind(assessment) else None
    if is_closed or (stage is Answer.Stage.MEMBER and slot is None) or has_handed_in(assessment, blind):
        return Rights(None, None, blind, is_closed)
    return Rights(stage, note_stage(user, assessment), blind, is_closed)


def _own_note(assessment: Assessment, rights: Rights, threads: list[Thread]) -> NoteDraft | None:
    """The note that the reader may still write, as it stands."""
    notes = (thread.note for thread in threads if thread.note.kind == Note.Kind.NOTE)
    own = (note for note in notes if note.stage == rights.note_stage and note.round == assessment.round)
    note = next(own, None)
    return NoteDraft(note.text, note.for_release, note.version) if note else None


def _blind_note(row: BlindScore | None) -> NoteDraft | None:
    """The note of one of two who score blind."""
    return NoteDraft(row.note, row.for_release, row.note_version) if row else None


def _proof_context(request: HttpRequest, page: DeskQuestion) -> dict[str, Any]:
    """The proof that is shown: `?berkas=` names a file, else the first one."""
    proof = page.proof_of(request.GET.get("berkas", ""))
    if proof is None or proof.file is None:
        return {"proof": proof}
    return {"proof": proof} | viewer_context(request, proof.file)


# The way from question to question


def place_context(request: HttpRequest, assessment: Assessment, code: str) -> dict[str, Any]:
    """Where the question stands: in the worksheet, and in the queue that is worked through."""
    codes = tuple(stored_instrument(assessment.period.instrument).question_ids)
    query = kept_query(request)
    place = _place(queue_of(request, assessment), code) if query else _sheet_place(codes, code)
    return {
        "place": place,
        "number": codes.index(code) + 1,
        "total": len(codes),
        "query": query,
        "kept": parse_qsl(query),
        "before_url": question_url(assessment, place.before, query) if place.before else "",
        "after_url": question_url(assessment, place.after, query) if place.after else "",
    }


def _place(queue: DeskQueue, code: str) -> Place:
    """The neighbours; of a question that has left the queue, what lies around it."""
    before, after = queue.before(code), queue.after(code)
    number = queue.codes.index(code) + 1 if code in queue.codes else 0
    return Place(number, len(queue.items), before.code if before else "", after.code if after else "")


def _sheet_place(codes: tuple[str, ...], code: str) -> Place:
    at = codes.index(code)
    return Place(at + 1, len(codes), codes[at - 1] if at else "", codes[at + 1] if at + 1 < len(codes) else "")


def queue_of(request: HttpRequest, assessment: Assessment) -> DeskQueue:
    """The queue that the address names."""
    filters, sort = read_filters(request.GET.getlist("saring")), read_sort(request.GET.get("urut", ""))
    return desk_queue(assessment, person(request), filters, sort)


def kept_query(request: HttpRequest) -> str:
    """The queue of the address, as it is always written; "" for the whole worksheet in its own order."""
    return address_of(read_filters(request.GET.getlist("saring")), read_sort(request.GET.get("urut", "")))


def question_url(assessment: Assessment, code: str, query: str = "") -> str:
    unit = assessment.unit
    path = reverse("desk_question", args=[unit.agency.code, unit.code, assessment.period.code, code])
    return f"{path}?{query}" if query else path
