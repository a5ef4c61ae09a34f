"""Deadlines of one worksheet: everybody in it reads them, the Inspector extends them or reopens a final one."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assessments import permissions
from assessments.forms.extensions import ExtendForm, ReopenForm
from assessments.models import Assessment
from assessments.queries.deadlines import deadline_changes
from assessments.services.extensions import (
    AlreadyOver,
    DeadlineMissing,
    NotLonger,
    ReviewEndsFirst,
    extend,
    reopen,
)
from assessments.services.texts import TextRefused
from assessments.views.evaluation import reach_evaluation
from assessments.views.opening import person
from units.forms.fields import PortalForm

ON_THE_DEADLINE = (AlreadyOver, DeadlineMissing, NotLonger, ReviewEndsFirst)


@require_http_methods(["GET", "HEAD", "POST"])
def deadlines(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The deadlines as they are and as they were, and the Inspector's form; TPI reads."""
    assessment = reach_evaluation(request, agency, unit, period)
    may_change = permissions.can_oversee(request.user, assessment)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    is_final = assessment.state == Assessment.State.FINAL
    form: PortalForm = (ReopenForm if is_final else ExtendForm)(posted, assessment=assessment)
    if posted is not None and form.is_valid() and _done(form, lambda: _change(request, assessment, form)):
        if is_final:
            messages.success(request, _("Penilaian sudah dibuka kembali."))
        else:
            messages.success(request, _("Batas waktu sudah diperpanjang."))
        return redirect("deadlines", agency, unit, period)
    now = timezone.now()
    context = {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "window": permissions.window_of(assessment),
        "changes": deadline_changes(assessment),
        "form": form if may_change else None,
        "is_final": is_final,
        "is_over": permissions.window_of(assessment).review_until <= now,
        "now": now,
    }
    return render(request, "assessments/deadlines.html", context, status=422 if form.errors else 200)


def _change(request: HttpRequest, assessment: Assessment, form: PortalForm) -> None:
    data, actor, now = form.cleaned_data, person(request), timezone.now()
    if isinstance(form, ReopenForm):
        reopen(assessment=assessment, until=data["until"], reason=data["reason"], actor=actor, now=now)
        return
    extend(
        assessment=assessment,
        phase=data["phase"],
        until=data["until"],
        reason=data["reason"],
        actor=actor,
        now=now,
    )


def _done(form: PortalForm, change: Callable[[], None]) -> bool:
    """Whether the change was made; a refusal stands at its field."""
    try:
        change()
    except ON_THE_DEADLINE as refusal:
        form.add_error("until", str(refusal.message))
    except TextRefused as refusal:
        form.add_error("reason", str(refusal.message))
    return not form.errors
