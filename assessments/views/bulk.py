"""What is done with a selection of the queue in one step: agreeing, one note for all, and taking the step back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from assessments import permissions
from assessments.models import Answer, Assessment, BulkScore
from assessments.queries.bulk import BulkPlan, bulk_plan
from assessments.queries.bulk_notes import NotePlan, note_plan
from assessments.queries.desk_queue import address_of, read_filters, read_sort
from assessments.queries.note_templates import names_of, offered
from assessments.queries.paired import is_blind
from assessments.queries.scorers import active_scorers, slot_among
from assessments.services import bulk, bulk_notes
from assessments.services.texts import TextRefused
from assessments.services.transitions import ReasonMissing
from assessments.views.evaluation import reach_evaluation
from assessments.views.opening import person
from units.models import User
from zi_portal.errors import Refused

# What the page of the preview tells; everything else is answered by a page of its own.
ON_THE_PAGE = (
    bulk.NothingPicked,
    bulk.RowsRefused,
    bulk.RowsChanged,
    bulk_notes.NoteTextMissing,
    ReasonMissing,
    TextRefused,
)


def place_of(assessment: Assessment) -> dict[str, Any]:
    return {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
    }


def may_bulk(user: User, assessment: Assessment, now: datetime) -> bool:
    """Whose turn it is: members only in the slot that was given to them, until they hand it in."""
    stage = permissions.score_stage(user, assessment)
    if stage is None or not permissions.is_open_for_scoring(assessment, now):
        return False
    if stage != Answer.Stage.MEMBER:
        return True
    scorers = active_scorers(assessment.pk)
    if slot_among(scorers, user, assessment) is None:
        return False
    return not is_blind(assessment) or all(row.handed_in_at is None for row in scorers if row.user_id == user.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_agree(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The preview of agreeing with a selection, and its confirmation."""
    assessment = _reach(request, agency, unit, period)
    if request.method != "POST":
        return _agree_preview(request, assessment, request.GET.getlist("pilih"))
    tokens = request.POST.getlist("baris")
    try:
        step = bulk.agree_in_bulk(
            assessment=assessment,
            tokens=tokens,
            actor=person(request),
            reason=request.POST.get("alasan", ""),
            now=timezone.now(),
        )
    except ON_THE_PAGE as refusal:
        return _agree_preview(request, assessment, _codes_of(tokens), refusal)
    return _done(request, assessment, _agreed(step))


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_note(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The preview of one note for a selection, with the note to be written, and its confirmation."""
    assessment = _reach(request, agency, unit, period)
    if request.method != "POST":
        return _note_preview(request, assessment, request.GET.getlist("pilih"))
    tokens = request.POST.getlist("baris")
    try:
        step = bulk_notes.write_in_bulk(
            assessment=assessment,
            tokens=tokens,
            actor=person(request),
            text=request.POST.get("note", ""),
            for_release="for_release" in request.POST,
            now=timezone.now(),
        )
    except ON_THE_PAGE as refusal:
        return _note_preview(request, assessment, _codes_of(tokens), refusal)
    count = len(step.rows)
    text = ngettext("Catatan ditulis pada %(count)s pertanyaan.", "Catatan ditulis pada %(count)s pertanyaan.", count)
    return _done(request, assessment, text % {"count": count})


@require_POST
def bulk_undo(request: HttpRequest, agency: str, unit: str, period: str, step: int) -> HttpResponse:
    """Take the person's own bulk step back."""
    assessment = reach_evaluation(request, agency, unit, period)
    try:
        done = bulk.undo_bulk(assessment=assessment, step_id=step, actor=person(request), now=timezone.now())
    except BulkScore.DoesNotExist:
        raise Http404 from None
    count = len(done.rows)
    if done.kind == BulkScore.Kind.NOTE:
        text = ngettext("%(count)s catatan dihapus lagi.", "%(count)s catatan dihapus lagi.", count)
    else:
        text = ngettext("%(count)s nilai dikembalikan.", "%(count)s nilai dikembalikan.", count)
    return _done(request, assessment, text % {"count": count})


def _reach(request: HttpRequest, agency: str, unit: str, period: str) -> Assessment:
    """The assessment, for its TPI only."""
    assessment = reach_evaluation(request, agency, unit, period)
    if not permissions.evaluator_roles(request.user, assessment):
        raise PermissionDenied
    return assessment


def _codes_of(tokens: Sequence[str]) -> list[str]:
    return [token.partition("@")[0] for token in tokens]


def _agreed(step: BulkScore | None) -> str:
    if step is None:
        return _("Semua pertanyaan itu sudah sesuai. Tidak ada yang berubah.")
    count = len(step.rows)
    text = ngettext("%(count)s pertanyaan dinyatakan sesuai.", "%(count)s pertanyaan dinyatakan sesuai.", count)
    return text % {"count": count}


def _done(request: HttpRequest, assessment: Assessment, text: str) -> HttpResponseRedirect:
    messages.success(request, text)
    return HttpResponseRedirect(_queue_url(assessment, request.POST.get("antrean", "")))


def _agree_preview(
    request: HttpRequest, assessment: Assessment, codes: Sequence[str], refusal: Refused | None = None
) -> HttpResponse:
    user = person(request)
    plan = bulk_plan(assessment, user, codes) if may_bulk(user, assessment, timezone.now()) else None
    shown = {"step": _("Sesuai sekaligus"), "reason": request.POST.get("alasan", "")}
    return _preview(request, assessment, "desk_bulk", plan, codes, refusal, shown)


def _note_preview(
    request: HttpRequest, assessment: Assessment, codes: Sequence[str], refusal: Refused | None = None
) -> HttpResponse:
    """The note asks for a correction, so that it is for the unit unless somebody unticks that."""
    user = person(request)
    plan = note_plan(assessment, user, codes) if may_bulk(user, assessment, timezone.now()) else None
    shown = {
        "step": _("Catatan untuk yang dipilih"),
        "note": request.POST.get("note", ""),
        "for_release": request.method != "POST" or "for_release" in request.POST,
        "templates": offered(assessment, names_of(assessment)) if plan and plan.written else (),
    }
    return _preview(request, assessment, "desk_bulk_note", plan, codes, refusal, shown)


def _preview(
    request: HttpRequest,
    assessment: Assessment,
    page: str,
    plan: BulkPlan | NotePlan | None,
    codes: Sequence[str],
    refusal: Refused | None,
    shown: dict[str, Any],
) -> HttpResponse:
    """Nothing ticked leads back to the list, where it can be; who may not is told so."""
    back = (request.POST if request.method == "POST" else request.GET).get("antrean", "")
    if plan is not None and not plan.rows and refusal is None:
        messages.warning(request, _("Centang sekurang-kurangnya satu pertanyaan, lalu buka pratinjau kembali."))
        return HttpResponseRedirect(_queue_url(assessment, back))
    context = {
        **place_of(assessment),
        **shown,
        "address": request.path,
        "plan": plan,
        "refusal": refusal,
        "antrean": _clean(back),
        "back": _queue_url(assessment, back, codes),
    }
    status = refusal.status if refusal else 200 if plan is not None else 409
    return render(request, f"assessments/{page}.html", context, status=status)


def _clean(query: str) -> str:
    """Only the words of a queue, whatever a form sends."""
    given = QueryDict(query)
    return address_of(read_filters(given.getlist("saring")), read_sort(given.get("urut", "")))


def _queue_url(assessment: Assessment, query: str, codes: Sequence[str] = ()) -> str:
    place = (assessment.unit.agency.code, assessment.unit.code, assessment.period.code)
    picks = urlencode([("pilih", code) for code in codes])
    query = "&".join(filter(None, (_clean(query), picks)))
    return reverse("desk_queue", args=place) + (f"?{query}" if query else "")
