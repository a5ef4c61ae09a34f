"""Two members score blind: each hands in, and the lead settles what differs."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from assessments import permissions
from assessments.forms.evaluation import card_fields, read_score
from assessments.models import Answer, Assessment
from assessments.queries.agreement import Agreement, AgreementRow, agreement
from assessments.queries.instruments import stored_instrument
from assessments.queries.paired import is_blind, is_paired, shown_round
from assessments.services.agreement import NotPaired, ReasonForAgreement, StillBlind, settle
from assessments.services.evaluation import NoteMissing, ScoreMissing, ScorePartial, StaleScore
from assessments.services.hand_in import hand_in as carry_out_hand_in
from assessments.services.notes import NoteDraft, NoteReleased, StaleNote
from assessments.services.review_checks import Incomplete
from assessments.services.texts import TextRefused
from assessments.views.evaluation import evaluation_page, reach_evaluation
from assessments.views.opening import person
from units import permissions as who

ON_THE_ROW = (
    ReasonForAgreement,
    NoteMissing,
    NoteReleased,
    ScoreMissing,
    ScorePartial,
    StaleNote,
    StaleScore,
    TextRefused,
)
IN_THE_NOTE = (ReasonForAgreement, NoteMissing, NoteReleased, StaleNote, TextRefused)


@dataclass(frozen=True)
class Trouble:
    """Why one row was not saved, with what was typed on it."""

    code: str
    status: int
    message: object
    typed: dict[str, str]
    errors: dict[str, Any] = field(default_factory=dict)


@require_POST
def hand_in(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """One of two is done; with the second one both are joined."""
    assessment = reach_evaluation(request, agency, unit, period)
    try:
        done = carry_out_hand_in(assessment=assessment, actor=person(request), now=timezone.now())
    except Incomplete as refusal:
        return evaluation_page(request, assessment, refusal=refusal)
    if done.both:
        messages.success(request, _("Nilai kedua penilai sudah digabung dan diteruskan ke ketua tim."))
    else:
        messages.success(request, _("Nilai Anda sudah diserahkan."))
    return redirect("evaluation", agency, unit, period)


@require_http_methods(["GET", "HEAD", "POST"])
def agreement_page(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """What both gave, side by side; the lead sets the agreed score of what differs."""
    assessment = reach_evaluation(request, agency, unit, period)
    is_lead = who.TPI_LEAD in permissions.evaluator_roles(request.user, assessment)
    if request.method == "POST" and not is_lead:
        raise PermissionDenied
    if not is_paired(assessment):
        raise NotPaired
    if is_blind(assessment):
        raise StillBlind
    if request.method == "POST":
        return _settle(request, assessment)
    return _page(request, assessment)


def _page(request: HttpRequest, assessment: Assessment, trouble: Trouble | None = None) -> HttpResponse:
    now = timezone.now()
    view = agreement(assessment, request.GET.get("saring", ""), request.GET.get("area", ""))
    is_turn = permissions.score_stage(person(request), assessment) is Answer.Stage.LEAD
    rows = view.rows if trouble is None else _with(view, trouble.code)
    context = {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "view": view,
        "rows": [_fields(row, trouble) for row in rows],
        "round": shown_round(assessment),
        "may_settle": is_turn and permissions.is_open_for_scoring(assessment, now),
        "trouble": trouble,
        "now": now,
    }
    return render(request, "assessments/agreement.html", context, status=trouble.status if trouble else 200)


def _with(view: Agreement, code: str) -> list[AgreementRow]:
    """The listed rows, and the one that was not saved if another save has moved it from the list."""
    return [row for row in view.every if row.code == code or row in view.rows]


def _fields(row: AgreementRow, trouble: Trouble | None) -> dict[str, Any]:
    mine = trouble if trouble and trouble.code == row.code else None
    note = NoteDraft(row.reason.text, row.reason.for_release) if row.reason and row.pair.agreed else None
    return {"row": row, "fields": card_fields(row.card, note, mine.typed if mine else None), "problem": mine}


def _settle(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    code = request.POST.get("pertanyaan", "")
    instrument = stored_instrument(assessment.period.instrument)
    if code not in instrument.question_ids:
        raise Http404
    posted = read_score(instrument.value.question(code), request.POST)
    if posted.errors:
        message = _("Ada isian yang perlu diperbaiki. Isian ini belum disimpan.")
        return _page(request, assessment, Trouble(code, 422, message, posted.typed, posted.errors))
    try:
        settle(assessment=assessment, code=code, actor=person(request), draft=posted.draft, now=timezone.now())
    except ON_THE_ROW as refusal:
        errors = {"note": refusal.message} if isinstance(refusal, IN_THE_NOTE) else {"choice": refusal.message}
        return _page(request, assessment, Trouble(code, refusal.status, refusal.message, posted.typed, errors))
    messages.success(request, _("Nilai yang disepakati tersimpan: %(code)s.") % {"code": code})
    return HttpResponseRedirect(_address(request, assessment, code))


def _address(request: HttpRequest, assessment: Assessment, code: str) -> str:
    """The same list again, at the next row of it."""
    unit = assessment.unit
    here = reverse("agreement", args=[unit.agency.code, unit.code, assessment.period.code])
    chosen = {name: request.GET[name] for name in ("saring", "area") if request.GET.get(name)}
    rows = agreement(assessment, chosen.get("saring", ""), chosen.get("area", "")).rows
    order = list(stored_instrument(assessment.period.instrument).question_ids)
    later = next((row.code for row in rows if order.index(row.code) > order.index(code)), "")
    anchor = f"#q-{later.replace('.', '-')}" if later else ""
    return here + (f"?{urlencode(chosen)}" if chosen else "") + anchor
