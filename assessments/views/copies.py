"""Carrying over from an earlier quarter: what may be copied, and settling one copy beside its question."""

import contextlib
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from assessments import permissions
from assessments.forms.answers import VERSION_FIELD, read_version
from assessments.models import Assessment
from assessments.queries.copies import RESULTS, copy_offer, waiting_copies
from assessments.queries.progress import area_number, unit_work
from assessments.queries.worksheet import lock_reason, one_card
from assessments.scoring import Question
from assessments.services import copies as services
from assessments.templatetags.worksheet import anchor, at
from assessments.views.opening import instrument_of, open_worksheet, person, question_or_404
from assessments.views.sheet import back_to_question
from assessments.views.shown import figures, shown
from zi_portal.errors import Refused

AREAS = frozenset({*"123456", RESULTS})
CONFIRM, DISCARD = "pakai", "buang"


class UnknownChoice(Refused):
    status = 422


@require_http_methods(["GET", "HEAD", "POST"])
def copy_answers(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """GET: what could be copied, area by area. POST: copy one area (`area`), or all that one fills."""
    assessment = open_worksheet(request, agency, unit, period)
    user, now = person(request), timezone.now()
    if not permissions.can_fill(user, assessment):
        raise PermissionDenied
    if request.method == "POST":
        return _copy(request, assessment)
    mine = services.fillable_areas(user, assessment)
    why = lock_reason(user, assessment, now, None)
    context = {
        "assessment": assessment,
        "offer": copy_offer(assessment, mine),
        "waiting": _first_waiting(assessment),
        "lock": why,
    }
    return render(request, "assessments/copies.html", context)


def _first_waiting(assessment: Assessment) -> list[str]:
    """Codes with a copy, in the order of the worksheet."""
    waiting = waiting_copies(assessment)
    return [question.code for question in instrument_of(assessment).questions if question.code in waiting]


def _copy(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    area = request.POST.get("area", "")
    if area and area not in AREAS:
        raise UnknownChoice(_("Area ini tidak dikenal."))
    offer = services.copy_answers(
        assessment=assessment, areas=[area] if area else None, actor=person(request), now=timezone.now()
    )
    count = len(offer.offered)
    said = ngettext(
        "%(count)s jawaban disalin dari %(period)s. Periksa satu per satu: salinan belum dihitung.",
        "%(count)s jawaban disalin dari %(period)s. Periksa satu per satu: salinan belum dihitung.",
        count,
    )
    messages.success(request, said % {"count": count, "period": offer.source.period.label})
    return HttpResponseRedirect(at("copy_answers", assessment))


@require_POST
def copy_settle(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Confirm (`aksi=pakai`, `bukti`: uuids of the records to attach) or throw away (`aksi=buang`) one copy."""
    assessment = open_worksheet(request, agency, unit, period)
    question = question_or_404(assessment, code)
    if not permissions.can_fill(request.user, assessment, area_number(instrument_of(assessment), question.node)):
        raise PermissionDenied
    try:
        said = _settle(request, assessment, code)
    except Refused as error:
        if not request.htmx:  # type: ignore[attr-defined]
            raise
        return _refused(request, code, error)
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, said)
        return HttpResponseRedirect(back_to_question(request, assessment, code))
    return _card(request, assessment, question, said)


def _settle(request: HttpRequest, assessment: Assessment, code: str) -> str:
    actor, now, wanted = person(request), timezone.now(), request.POST.get("aksi", "")
    if wanted == DISCARD:
        services.discard_copy(assessment=assessment, code=code, actor=actor, now=now)
        return _("Salinan untuk %(code)s dibuang.") % {"code": code}
    if wanted != CONFIRM:
        raise UnknownChoice(_("Pilih memakai atau membuang salinan."))
    services.confirm_copy(
        assessment=assessment,
        code=code,
        evidence=_uuids(request.POST.getlist("bukti")),
        version=read_version(request.POST.get(VERSION_FIELD)),
        actor=actor,
        now=now,
    )
    return _("Salinan untuk %(code)s dipakai dan tersimpan.") % {"code": code}


def _uuids(texts: list[str]) -> set[UUID]:
    """What is no uuid is no record: the service refuses the choice as a whole."""
    found = set()
    for text in texts:
        with contextlib.suppress(ValueError):
            found.add(UUID(text))
    if len(found) != len(set(texts)):
        raise services.EvidenceGone
    return found


def _refused(request: HttpRequest, code: str, error: Refused) -> HttpResponse:
    """Beside the buttons; the card with what stands in it stays."""
    response = render(request, "assessments/_copy_refused.html", {"message": error.message}, status=error.status)
    response["HX-Retarget"] = f"#tolak-salinan-{anchor(code)}"
    response["HX-Reswap"] = "innerHTML"
    return response


def _card(request: HttpRequest, assessment: Assessment, question: Question, said: str) -> HttpResponse:
    """The whole card anew, and out of band what it adds to."""
    work = unit_work(assessment)
    card = one_card(assessment, question.code, work, person(request), timezone.now())
    context = figures(assessment, question.code, work) | {"shown": shown(card), "said": said}
    response = render(request, "assessments/_copy_settled.html", context)
    response["HX-Retarget"] = f"#{anchor(question.code)}"
    response["HX-Reswap"] = "outerHTML"
    return response
