"""What is saved from TPI's desk: scores, agreement with what stands before, notes; and scores that are taken back."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments import permissions
from assessments.forms.evaluation import ScoreInput, read_score, version_of
from assessments.models import Answer, Assessment, Note
from assessments.queries.answers import stage_sheets
from assessments.queries.desk import make_card, standing, tally
from assessments.queries.desk_question import LATER, scored_sheet
from assessments.queries.instruments import stored_instrument
from assessments.queries.paired import blind_slot, is_blind, own_standing
from assessments.services.evaluation import (
    NoteMissing,
    Saved,
    ScoreDraft,
    ScoreMissing,
    ScorePartial,
    StaleScore,
    agree,
    save_score,
    withdraw_score,
)
from assessments.services.notes import NoteDraft, NoteReleased, StaleNote, note_stage, save_note
from assessments.services.paired import HandedIn
from assessments.services.texts import TextRefused
from assessments.views.desk import (
    Problem,
    by_htmx,
    is_withdrawable,
    kept_query,
    place_context,
    question_context,
    question_page,
    question_url,
)
from assessments.views.evaluation import reach_evaluation
from assessments.views.opening import person
from units.models import User
from zi_portal.errors import Refused

INCOMPLETE = (NoteMissing, ScoreMissing, ScorePartial)
ON_THE_CARD = (*INCOMPLETE, HandedIn, StaleScore, StaleNote, NoteReleased, TextRefused)


@require_POST
def score_save(request: HttpRequest, agency: str, unit: str, period: str, question: str) -> HttpResponse:
    """An evaluator's score and note of one question."""
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
    """Takes over the unit's answer of one question, or the score of the stage before."""
    assessment = _reach_question(request, agency, unit, period, question)
    posted = _posted(request, assessment, question)
    draft = ScoreDraft(None, posted.draft.version, posted.draft.note)
    try:
        saved = agree(assessment=assessment, code=question, actor=person(request), draft=draft, now=timezone.now())
    except ON_THE_CARD as refusal:
        return _refused(request, assessment, _problem(request, assessment, refusal, question, posted))
    return _saved(request, assessment, question, saved, onward=True)


@require_POST
def score_withdraw(request: HttpRequest, agency: str, unit: str, period: str, question: str) -> HttpResponse:
    """Takes the evaluator's own score of one question back; the note stays."""
    assessment = _reach_question(request, agency, unit, period, question)
    posted = ScoreInput(ScoreDraft(None, version_of(request.POST, "version")), {})
    try:
        withdraw_score(
            assessment=assessment,
            code=question,
            actor=person(request),
            version=posted.draft.version,
            now=timezone.now(),
        )
    except ON_THE_CARD as refusal:
        return _refused(request, assessment, _problem(request, assessment, refusal, question, posted))
    if not by_htmx(request):
        return _back(request, assessment, question)
    context = question_context(request, assessment, question)
    return _in_place(render(request, "assessments/_desk_withdrawn.html", context), question)


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
        return _back(request, assessment, question)
    context = {"code": question, "note_version": note.version if note else 0, "now": timezone.now()}
    return render(request, "assessments/_note_saved.html", context | {"agency": assessment.unit.agency})


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
        row, note = _standing(person(request), assessment, code)
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


def _standing(user: User, assessment: Assessment, code: str) -> tuple[Answer | None, Note | None]:
    """The score and the note that the reader writes, as they are now; of blind ones only their own."""
    slot = blind_slot(user, assessment)
    if slot is not None:
        return own_standing(assessment, slot, code)
    return standing(assessment, code, permissions.score_stage(user, assessment), note_stage(user, assessment))


def _refused(request: HttpRequest, assessment: Assessment, problem: Problem) -> HttpResponse:
    """Beside the card for htmx; else the whole page with the typed text in its place."""
    if not by_htmx(request):
        return question_page(request, assessment, problem.code, problem)
    context = {"problem": problem, "agency": assessment.unit.agency}
    return render(request, "assessments/_desk_status.html", context, status=problem.status)


def _saved(
    request: HttpRequest, assessment: Assessment, code: str, saved: Saved, *, onward: bool = False
) -> HttpResponse:
    """What changed on the page: never a control that somebody may be writing in."""
    if not by_htmx(request):
        return _back(request, assessment, code, onward=onward or "lanjut" in request.POST)
    return render(request, "assessments/_desk_saved.html", _saved_context(request, assessment, code, saved))


def _saved_context(request: HttpRequest, assessment: Assessment, code: str, saved: Saved) -> dict[str, Any]:
    stage = permissions.score_stage(person(request), assessment)
    counted = saved.theirs
    if stage in LATER:
        counted = scored_sheet(assessment, stage_sheets(assessment, names=False), saved.theirs, stage)
    results = saved.mine.result(), saved.theirs.result()
    return {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "code": code,
        "card": make_card(saved.mine, counted, code, results, base=None, version=0),
        "row": saved.row,
        "can_withdraw": _is_own(assessment, saved.row, stage),
        "version": saved.row.version if saved.row else 0,
        "note_version": saved.note.version if saved.note else 0,
        "whole": tally(saved.mine, counted, saved.mine.instrument.question_ids),
        "own_result": results[0],
        "result": results[1],
        "now": timezone.now(),
    }


def _is_own(assessment: Assessment, row: Answer | None, stage: str | None) -> bool:
    """Whether the row is what the reader's stage said in this round; one of a slot is not stored as an answer."""
    if row is None or row.stage != stage or (row.pk is None) != is_blind(assessment):
        return False
    return is_withdrawable(assessment, row)


def _stored(request: HttpRequest, assessment: Assessment, code: str) -> HttpResponse:
    """After a conflict: the question as it is stored, in place of the one with the other text."""
    if not by_htmx(request):
        return _back(request, assessment, code)
    return _in_place(question_page(request, assessment, code), code)


def _in_place(response: HttpResponse, code: str) -> HttpResponse:
    """The answer stands for the whole question."""
    response["HX-Retarget"] = f"#q-{code.replace('.', '-')}"
    response["HX-Reswap"] = "outerHTML"
    return response


def _back(request: HttpRequest, assessment: Assessment, code: str, *, onward: bool = False) -> HttpResponseRedirect:
    """To the question, or to the next one of the queue; 303 so that a reload sends nothing again."""
    url = question_url(assessment, code, kept_query(request))
    if onward:
        url = place_context(request, assessment, code)["after_url"] or url
    return HttpResponseRedirect(url, status=303)
