"""Where people arrive: the front page by role, the unit's home, the list of one's assessments."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from assessments import permissions
from assessments.queries import home as queries
from assessments.queries.deadlines import why_this_deadline
from assessments.templatetags.worksheet import at
from assessments.views.opening import open_worksheet, person
from units.permissions import access_of


@dataclass(frozen=True, slots=True)
class Door:
    """A way on from the front page."""

    url: str
    icon: str
    title: str | Promise
    text: str | Promise


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One role goes straight to its work; several get a choice; none gets an explanation."""
    doors = _doors(request)
    if len(doors) == 1:
        return HttpResponseRedirect(doors[0].url)
    return render(request, "assessments/home.html", {"doors": doors})


def _doors(request: HttpRequest) -> list[Door]:
    user = person(request)
    access = access_of(user)
    found = []
    if access.is_unit_member:
        current = queries.current_assessment(user, timezone.now())
        url = at("unit_home", current) if current else reverse("assessment_list")
        found.append(Door(url, "pencil", _("LKE unit saya"), _("Mengisi jawaban dan bukti, memeriksa, dan mengirim.")))
    if access.is_assistant:
        text = _("Membaca LKE unit yang didampingi dan memberi catatan.")
        found.append(Door(reverse("assessment_list"), "note", _("Pendampingan"), text))
    if access.is_evaluator:
        text = _("Menilai LKE unit yang ditugaskan kepada tim Anda.")
        found.append(Door(reverse("evaluation_queue"), "queue", _("Evaluasi TPI"), text))
    if access.is_inspector or access.is_reader:
        found.append(Door(reverse("board"), "board", _("Papan pantau"), _("Melihat semua unit, nilai, dan laporan.")))
    if access.is_admin:
        text = _("Mengatur orang, unit, tim, dan periode.")
        found.append(Door(reverse("manage_home"), "manage", _("Kelola"), text))
    return found


@require_safe
def assessment_list(request: HttpRequest) -> HttpResponse:
    """Every quarter of the units that somebody belongs to, assists or evaluates."""
    context = {"assessments": queries.my_assessments(person(request)), "now": timezone.now()}
    return render(request, "assessments/assessment_list.html", context)


@require_safe
def unit_home(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """What to do next, how far the worksheet is, gates so far, notes, history; `?tampil=saya`: one's own tasks."""
    assessment = open_worksheet(request, agency, unit, period)
    now, user = timezone.now(), person(request)
    window = permissions.window_of(assessment)
    only_mine = request.GET.get("tampil") == "saya" and permissions.can_fill(user, assessment)
    is_open = permissions.is_open_for_unit(assessment, now)
    found = queries.unit_home(assessment, user, now, only_mine=only_mine)
    context = {
        "assessment": assessment,
        "home": found,
        "now": now,
        "deadline": window.deadline(assessment.state),
        "deadline_changes": why_this_deadline(assessment, found.history) if is_open else [],
        "is_open": is_open,
        "may_fill": permissions.can_fill(user, assessment),
        "only_mine": only_mine,
    }
    return render(request, "assessments/unit_home.html", context)
