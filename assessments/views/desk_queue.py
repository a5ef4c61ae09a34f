"""The queue of one evaluation: filters and order in the address, and a selection; bulk.py does something with it."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from assessments import permissions
from assessments.queries.bulk import last_bulk
from assessments.queries.desk_queue import HEAVY, DeskQueue, Filter, address_of, desk_queue, read_filters, read_sort
from assessments.views.bulk import may_bulk, place_of
from assessments.views.evaluation import reach_evaluation
from assessments.views.opening import person

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
        **place_of(assessment),
        "queue": found,
        "groups": [[(name, found.counts[name], name in chosen) for name in group] for group in GROUPS],
        "heavy": HEAVY,
        "picked": picked,
        "unseen": [item.code for item in found.every if item.code in picked - set(found.codes)],
        "may_bulk": may_bulk(user, assessment, now),
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
