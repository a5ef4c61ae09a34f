"""The queue of one evaluation: filters and order in the address, a selection, and agreeing with it in one step."""

from collections.abc import Sequence
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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import permissions
from assessments.models import Answer, Assessment, BulkScore
from assessments.queries.bulk import bulk_plan, last_bulk
from assessments.queries.desk_queue import HEAVY, DeskQueue, Filter, address_of, desk_queue, read_filters, read_sort
from assessments.queries.scorers import slot_of
from assessments.services import bulk
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
    ReasonMissing,
    TextRefused,
)
GROUPS = (
    (Filter.UNSCORED, Filter.DIFFERENT, Filter.SCORERS, Filter.HEAVY),
    (Filter.UNPROVEN, Filter.BLANK, Filter.NEW_EVIDENCE, Filter.CHANGED),
    (Filter.OPEN_NOTE, Filter.RETURNED),
)


@require_safe
def queue(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The questions of one evaluation, filtered and sorted; `pilih` is the selection."""
    assessment = reach_evaluation(request, agency, unit, period)
    user = person(request)
    chosen, sort = read_filters(request.GET.getlist("saring")), read_sort(request.GET.get("urut", ""))
    if "ubah" in request.GET or "urutkan" in request.GET:
        return _turned(request, chosen)
    found = desk_queue(assessment, user, chosen, sort)
    picked = _picked(request, found)
    now = timezone.now()
    context = {
        **_place(assessment),
        "queue": found,
        "groups": [[(name, found.counts[name], name in chosen) for name in group] for group in GROUPS],
        "heavy": HEAVY,
        "picked": picked,
        "unseen": [item.code for item in found.every if item.code in picked - set(found.codes)],
        "may_bulk": _may_bulk(user, assessment, now),
        "stage": permissions.score_stage(user, assessment),
        "undoable": last_bulk(assessment, user),
        "now": now,
    }
    return render(request, "assessments/desk_queue.html", context)


def _turned(request: HttpRequest, chosen: tuple[Filter, ...]) -> HttpResponse:
    """A chip was pressed: the same page with that filter on or off, in its one shareable address."""
    pressed = set(read_filters(request.GET.getlist("ubah")))
    sort = read_sort(request.GET.get("urutkan", request.GET.get("urut", "")))
    address = address_of(tuple(set(chosen) ^ pressed), sort)
    picks = urlencode([("pilih", code) for code in request.GET.getlist("pilih")])
    query = "&".join(filter(None, (address, picks)))
    return HttpResponseRedirect(f"{request.path}{'?' if query else ''}{query}#saringan")


def _picked(request: HttpRequest, found: DeskQueue) -> set[str]:
    """The selection: what was ticked, all that is listed, or nothing."""
    asked = request.GET.get("pilihan", "")
    if asked == "kosong":
        return set()
    listed = set(found.codes) if asked == "semua" else set()
    return {item.code for item in found.every} & (listed | set(request.GET.getlist("pilih")))


def _may_bulk(user: User, assessment: Assessment, now: Any) -> bool:
    stage = permissions.score_stage(user, assessment)
    if stage is None or not permissions.is_open_for_scoring(assessment, now):
        return False
    return stage != Answer.Stage.MEMBER or slot_of(user, assessment) is not None


def _place(assessment: Assessment) -> dict[str, Any]:
    return {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_agree(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The preview of agreeing with a selection, and its confirmation."""
    assessment = reach_evaluation(request, agency, unit, period)
    if not permissions.evaluator_roles(request.user, assessment):
        raise PermissionDenied
    if request.method != "POST":
        return _preview(request, assessment, request.GET.getlist("pilih"))
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
        return _preview(request, assessment, [token.partition("@")[0] for token in tokens], refusal)
    messages.success(request, _done(step))
    return HttpResponseRedirect(_queue_url(assessment, request.POST.get("antrean", "")))


def _done(step: BulkScore | None) -> str:
    if step is None:
        return _("Semua pertanyaan itu sudah sesuai. Tidak ada yang berubah.")
    count = len(step.rows)
    text = ngettext("%(count)s pertanyaan dinyatakan sesuai.", "%(count)s pertanyaan dinyatakan sesuai.", count)
    return text % {"count": count}


def _preview(
    request: HttpRequest, assessment: Assessment, codes: Sequence[str], refusal: Refused | None = None
) -> HttpResponse:
    user, now = person(request), timezone.now()
    may = _may_bulk(user, assessment, now)
    back = (request.POST if request.method == "POST" else request.GET).get("antrean", "")
    context = {
        **_place(assessment),
        "plan": bulk_plan(assessment, user, codes) if may else None,
        "codes": codes,
        "refusal": refusal,
        "reason": request.POST.get("alasan", ""),
        "antrean": _clean(back),
        "back": _queue_url(assessment, back, codes),
    }
    status = refusal.status if refusal else 200 if may else 409
    return render(request, "assessments/desk_bulk.html", context, status=status)


@require_POST
def bulk_undo(request: HttpRequest, agency: str, unit: str, period: str, step: int) -> HttpResponse:
    """Take the person's own bulk step back."""
    assessment = reach_evaluation(request, agency, unit, period)
    try:
        done = bulk.undo_bulk(assessment=assessment, step_id=step, actor=person(request), now=timezone.now())
    except BulkScore.DoesNotExist:
        raise Http404 from None
    count = len(done.rows)
    text = ngettext("%(count)s nilai dikembalikan.", "%(count)s nilai dikembalikan.", count)
    messages.success(request, text % {"count": count})
    return HttpResponseRedirect(_queue_url(assessment, request.POST.get("antrean", "")))


def _clean(query: str) -> str:
    """Only the words of a queue, whatever a form sends."""
    given = QueryDict(query)
    return address_of(read_filters(given.getlist("saring")), read_sort(given.get("urut", "")))


def _queue_url(assessment: Assessment, query: str, codes: Sequence[str] = ()) -> str:
    place = (assessment.unit.agency.code, assessment.unit.code, assessment.period.code)
    picks = urlencode([("pilih", code) for code in codes])
    query = "&".join(filter(None, (_clean(query), picks)))
    return reverse("desk_queue", args=place) + (f"?{query}" if query else "")
