"""The page that says where a number comes from."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from assessments import permissions
from assessments.models import Assessment, Snapshot
from assessments.queries.explanations import Side, explain_live, explain_snapshot
from assessments.views.evaluation import reach, refuse_own_unit
from assessments.views.opening import person


@require_GET
def explain(request: HttpRequest, agency: str, unit: str, period: str, key: str) -> HttpResponse:
    """One number; `sisi` says whose, `rekaman` from which snapshot (the answers as they are now otherwise)."""
    assessment = reach(request, agency, unit, period)
    side = _side(request, assessment)
    snapshot = _snapshot(request, assessment, side)
    try:
        found = (
            explain_snapshot(snapshot, key, side) if snapshot else explain_live(assessment, key, side, person(request))
        )
    except KeyError as error:
        raise Http404 from error
    context = {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "found": found,
        "side": side.value,
        "snapshot": snapshot,
        "sides": _sides(request, assessment, snapshot),
    }
    return render(request, "assessments/explain.html", context)


def _may_see(request: HttpRequest, assessment: Assessment, side: Side) -> bool:
    """The unit's own numbers go to whoever may read its answers, TPI's to whoever may read results (SEC-05).

    Released results hold both, so a reader of a final assessment may follow either.
    """
    user = request.user
    if side is Side.TPI:
        return permissions.can_see_results(user, assessment)
    return permissions.can_see_answers(user, assessment) or permissions.can_see_results(user, assessment)


def _side(request: HttpRequest, assessment: Assessment) -> Side:
    try:
        side = Side(request.GET.get("sisi", Side.UNIT))
    except ValueError as error:
        raise Http404 from error
    if not _may_see(request, assessment, side):
        refuse_own_unit(request.user, assessment)
        raise PermissionDenied
    return side


def _sides(request: HttpRequest, assessment: Assessment, snapshot: Snapshot | None) -> list[str]:
    """Whose numbers the reader may switch between on this page."""
    has_tpi = snapshot is None or snapshot.kind == Snapshot.Kind.FINAL
    return [side.value for side in Side if _may_see(request, assessment, side) and (side is Side.UNIT or has_tpi)]


def _snapshot(request: HttpRequest, assessment: Assessment, side: Side) -> Snapshot | None:
    text = request.GET.get("rekaman", "")
    if not text:
        return None
    try:
        uuid = UUID(text)
    except ValueError as error:
        raise Http404 from error
    rows = Snapshot.objects.filter(assessment=assessment)
    if side is Side.TPI:
        rows = rows.filter(kind=Snapshot.Kind.FINAL)
    return get_object_or_404(rows, uuid=uuid)
