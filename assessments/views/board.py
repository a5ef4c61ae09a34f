"""The board of all units of an agency in a period."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from assessments import permissions, scoring
from assessments.forms.evaluation import BoardForm
from assessments.queries.board import SORTS, Picked, periods_of
from assessments.queries.board import board as board_of
from assessments.queries.gates import gate_label
from assessments.queries.instruments import stored_instrument
from assessments.views.board_rows import rows_shown
from assessments.views.opening import person
from units import permissions as who
from units.models import Agency
from units.permissions import access_of

COLUMNS = {
    "unit": _("Unit kerja"),
    "keadaan": _("Keadaan"),
    "kemajuan": _("Kemajuan"),
    "mandiri": _("Mandiri"),
    "tpi": _("TPI"),
    "tren": _("Tren"),
}
WATCHERS = (who.INSPECTOR, who.READER, who.ADMIN)


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The newest period of the reader's agency; a choice for those who watch several."""
    ids = access_of(request.user).agencies_as(*WATCHERS)
    if not ids:
        raise PermissionDenied
    agencies = list(Agency.objects.filter(pk__in=ids))
    if len(agencies) == 1 and (periods := periods_of(agencies[0].pk)):
        return redirect("board_period", agencies[0].code, periods[0].code)
    newest = [(agency, next(iter(periods_of(agency.pk)), None)) for agency in agencies]
    return render(request, "assessments/board_choice.html", {"agencies": newest})


@require_GET
def board_period(request: HttpRequest, agency: str, period: str) -> HttpResponse:
    """Every unit of the agency in one period."""
    ids = access_of(request.user).agencies_as(*WATCHERS)
    found = Agency.objects.filter(pk__in=ids, code=agency).first()
    if found is None:
        raise Http404
    if not permissions.can_watch_board(request.user, found.pk):
        raise PermissionDenied
    periods = periods_of(found.pk)
    chosen = next((item for item in periods if item.code == period), None)
    if chosen is None:
        raise Http404
    form = BoardForm(request.GET)
    picked = form.picked
    view = board_of(person(request), chosen, periods, picked)
    instrument = stored_instrument(chosen.instrument).value
    predicates = list(instrument.predicates)
    context = {
        "board": view,
        "rows": rows_shown(view, instrument, _labels(instrument)),
        "form": form,
        "picked": picked,
        "sorts": _sorts(request, picked, view.sees_scores),
        "areas": [area.name for area in instrument.areas],
        "predicates": predicates,
    }
    return render(request, "assessments/board.html", context)


def _labels(instrument: scoring.Instrument) -> dict[str, str | Promise]:
    """Names of all gates by key."""
    keys = {gate.key for predicate in instrument.predicates.values() for gate in predicate.gates}
    return {key: gate_label(instrument, key) for key in keys}


def _sorts(request: HttpRequest, picked: Picked, sees_scores: bool) -> list[dict[str, object]]:
    """The heads of the columns: each sorts by itself, once more turns the order round."""
    found: list[dict[str, object]] = []
    for name in SORTS if sees_scores else SORTS[:3]:
        is_here = picked.sort == name
        query = request.GET.copy()
        query["urut"] = f"-{name}" if is_here and not picked.descending else name
        direction = ("descending" if picked.descending else "ascending") if is_here else ""
        found.append({"name": name, "label": COLUMNS[name], "url": f"?{query.urlencode()}", "direction": direction})
    return found
