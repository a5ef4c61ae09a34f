"""TPI's desk: a sub-area with the unit's answers beside the scores, and what is saved from it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from assessments import permissions
from assessments.forms.evaluation import ScoreInput, card_fields, read_score
from assessments.models import Answer, Assessment, Note
from assessments.queries.desk import Card, desk_page, make_card, standing, tally
from assessments.queries.instruments import stored_instrument
from assessments.queries.queues import TURNS
from assessments.services.evaluation import (
    NoteMissing,
    Saved,
    ScoreDraft,
    ScoreMissing,
    ScorePartial,
    StaleScore,
    agree,
    save_score,
)
from assessments.services.notes import NoteDraft, NoteReleased, StaleNote, note_stage, save_note
from assessments.services.texts import TextRefused
from assessments.views.evaluation import reach_evaluation
from assessments.views.opening import person
from zi_portal.errors import Refused

INCOMPLETE = (NoteMissing, ScoreMissing, ScorePartial)
ON_THE_CARD = (*INCOMPLETE, StaleScore, StaleNote, NoteReleased, TextRefused)


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


@require_GET
def desk(request: HttpRequest, agency: str, unit: str, period: str, node: str) -> HttpResponse:
    """The questions of one sub-area."""
    assessment = reach_evaluation(request, agency, unit, period)
    return _desk_page(request, assessment, node)


def _desk_page(request: HttpRequest, assessment: Assessment, node: str, problem: Problem | None = None) -> HttpResponse:
    context = _desk_context(request, assessment, node, problem)
    return render(request, "assessments/evaluation_desk.html", context, status=problem.status if problem else 200)


def _desk_context(
    request: HttpRequest, assessment: Assessment, node: str, problem: Problem | None = None
) -> dict[str, Any]:
    now = timezone.now()
    stage = note_stage(person(request), assessment) if _is_open(assessment, now) else None
    try:
        page = desk_page(assessment, node, stage)
    except KeyError as error:
        raise Http404 from error
    can_score = permissions.can_score(request.user, assessment) and permissions.is_open_for_scoring(assessment, now)
    return {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "page": page,
        "cards": [_card_context(card, problem) for card in page.cards],
        "problem": problem,
        "can_score": can_score,
        "can_note": stage is not None,
        "turn": TURNS[Assessment.State(assessment.state)],
        "is_closed": not _is_open(assessment, now),
    }


def _is_open(assessment: Assessment, now: datetime) -> bool:
    return permissions.window_of(assessment).reviewers_may_write(now)


def _card_context(card: Card, problem: Problem | None) -> dict[str, Any]:
    mine = problem if problem and problem.code == card.code else None
    return {"card": card, "fields": card_fields(card, mine.typed if mine else None), "problem": mine}


@require_POST
def score_save(request: HttpRequest, agency: str, unit: str, period: str, question: str) -> HttpResponse:
    """A member's score and note of one question."""
    assessment = _reach_question(request, agency, unit, period, question)
    if "theirs" in request.POST:
        return _stored(request, assessment, question)
    posted = _posted(request, assessment, question)
    if posted.errors:
        message = _("Ada isian yang perlu diperbaiki. Isian ini belum disimpan.")
        return _refused(request, assessment, Problem(question, 422, message, posted.typed, posted.errors))
    try:
        saved = save_score(
            assessment=assessment, code=question, actor=person(request), draft=posted.draft, now=timezone.now()
        )
    except ON_THE_CARD as refusal:
        return _refused(request, assessment, _problem(request, assessment, refusal, question, posted))
    return _saved(request, assessment, question, saved)


@require_POST
def score_agree(request: HttpRequest, agency: str, unit: str, period: str, question: str) -> HttpResponse:
    """Takes over the unit's answer of one question."""
    assessment = _reach_question(request, agency, unit, period, question)
    posted = _posted(request, assessment, question)
    draft = ScoreDraft(None, posted.draft.version, posted.draft.note)
    try:
        saved = agree(assessment=assessment, code=question, actor=person(request), draft=draft, now=timezone.now())
    except ON_THE_CARD as refusal:
        return _refused(request, assessment, _problem(request, assessment, refusal, question, posted))
    return _saved(request, assessment, question, saved, onward=True)


@require_POST
def note_save(request: HttpRequest, agency: str, unit: str, period: str, question: str) -> HttpResponse:
    """An evaluator's own note on one question, without a score."""
    assessment = _reach_question(request, agency, unit, period, question)
    if "theirs" in request.POST:
        return _stored(request, assessment, question)
    posted = _posted(request, assessment, question)
    draft = posted.draft.note or NoteDraft()
    try:
        note = save_note(assessment=assessment, code=question, actor=person(request), draft=draft, now=timezone.now())
    except ON_THE_CARD as refusal:
        return _refused(request, assessment, _problem(request, assessment, refusal, question, posted))
    if not by_htmx(request):
        return _back(assessment, question)
    context = {"code": question, "note_version": note.version if note else 0, "now": timezone.now()}
    return render(request, "assessments/_note_saved.html", context | {"agency": assessment.unit.agency})


def by_htmx(request: HttpRequest) -> bool:
    """Whether the page's script asks, which wants a fragment."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def _reach_question(request: HttpRequest, agency: str, unit: str, period: str, question: str) -> Assessment:
    """The assessment, for its TPI only (the Inspector reads), and only with a question of its instrument."""
    assessment = reach_evaluation(request, agency, unit, period)
    if not permissions.evaluator_roles(request.user, assessment):
        raise PermissionDenied
    if question not in stored_instrument(assessment.period.instrument).question_ids:
        raise Http404
    return assessment


def _posted(request: HttpRequest, assessment: Assessment, question: str) -> ScoreInput:
    return read_score(stored_instrument(assessment.period.instrument).value.question(question), request.POST)


def _problem(request: HttpRequest, assessment: Assessment, refusal: Refused, code: str, posted: ScoreInput) -> Problem:
    """What the card shows of a refusal of the service; of a conflict everything that stands now."""
    row: Answer | None = None
    note: Note | None = None
    over = ""
    if isinstance(refusal, StaleScore | StaleNote):
        row, note = standing(assessment, code, note_stage(person(request), assessment))
        over = f"{row.version if row else 0}.{note.version if note else 0}"
    return Problem(
        code=code,
        status=refusal.status,
        message=refusal.message,
        typed=posted.typed,
        errors={"note": refusal.message} if isinstance(refusal, NoteMissing) else {},
        is_incomplete=isinstance(refusal, INCOMPLETE),
        over=over,
        row=row,
        note=note,
    )


def _refused(request: HttpRequest, assessment: Assessment, problem: Problem) -> HttpResponse:
    """Beside the card for htmx; else the whole page with the typed text in its place."""
    if not by_htmx(request):
        node = stored_instrument(assessment.period.instrument).value.question(problem.code).node
        return _desk_page(request, assessment, node, problem)
    context = {"problem": problem, "agency": assessment.unit.agency}
    return render(request, "assessments/_desk_status.html", context, status=problem.status)


def _saved(
    request: HttpRequest, assessment: Assessment, code: str, saved: Saved, *, onward: bool = False
) -> HttpResponse:
    """What changed on the page: never a control that somebody may be writing in."""
    if not by_htmx(request):
        return _back(assessment, code, onward=onward)
    instrument = saved.mine.instrument.value
    node = instrument.question(code).node
    results = saved.mine.result(), saved.theirs.result()
    codes = [item.code for item in instrument.questions_of(node)]
    context = {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "code": code,
        "card": make_card(saved.mine, saved.theirs, code, results=results),
        "note_version": saved.note.version if saved.note else 0,
        "node": instrument.node(node),
        "tally": tally(saved.mine, saved.theirs, codes),
        "whole": tally(saved.mine, saved.theirs, saved.mine.instrument.question_ids),
        "own_score": results[0].nodes[node],
        "score": results[1].nodes[node],
        "now": timezone.now(),
    }
    return render(request, "assessments/_desk_saved.html", context)


def _stored(request: HttpRequest, assessment: Assessment, code: str) -> HttpResponse:
    """After a conflict: the card as it is stored, in place of the one with the other text."""
    if not by_htmx(request):
        return _back(assessment, code)
    node = stored_instrument(assessment.period.instrument).value.question(code).node
    context = _desk_context(request, assessment, node)
    (item,) = [item for item in context["cards"] if item["card"].code == code]
    response = render(request, "assessments/_desk_card.html", context | item)
    response["HX-Retarget"] = f"#q-{code.replace('.', '-')}"
    response["HX-Reswap"] = "outerHTML"
    return response


def _back(assessment: Assessment, code: str, *, onward: bool = False) -> HttpResponseRedirect:
    """To the card, or to the next one of the sub-area; 303 so that a reload sends nothing again."""
    instrument = stored_instrument(assessment.period.instrument).value
    node = instrument.question(code).node
    codes = [item.code for item in instrument.questions_of(node)]
    place = codes.index(code) + (1 if onward else 0)
    target = codes[min(place, len(codes) - 1)]
    unit = assessment.unit
    url = reverse("desk", args=[unit.agency.code, unit.code, assessment.period.code, node])
    return HttpResponseRedirect(f"{url}#q-{target.replace('.', '-')}", status=303)
