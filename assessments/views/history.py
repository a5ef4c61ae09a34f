"""The history of an answer: who said what and when, and bringing an earlier text back."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.answers import KEY_FIELD, VERSION_FIELD, form_of, read_key, read_version
from assessments.models import Assessment
from assessments.queries.history import history_page, revision_of
from assessments.queries.progress import area_number
from assessments.queries.worksheet import lock_reason
from assessments.services.answers import StaleVersion
from assessments.services.restoring import restore_answer
from assessments.services.transitions import open_questions
from assessments.templatetags.worksheet import question_url
from assessments.views.opening import instrument_of, open_worksheet, person, question_or_404, stored_id
from assessments.views.worksheet import conflict_page

REVISION_FIELD = "revisi"


@require_safe
def answer_history(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Every save of the unit's answer to one question, newest first; never TPI's scores."""
    assessment = open_worksheet(request, agency, unit, period)
    question = question_or_404(assessment, code)
    context = {
        "assessment": assessment,
        "question": question,
        "history": history_page(assessment, code, read_version(request.GET.get("halaman")) or 1),
        "lock": _lock(request, assessment, code),
        "key": uuid.uuid4(),
    }
    return render(request, "assessments/answer_history.html", context)


def _lock(request: HttpRequest, assessment: Assessment, code: str) -> str:
    """Why nothing can be restored here; empty where it can."""
    why = lock_reason(person(request), assessment, timezone.now(), area_number(instrument_of(assessment), code))
    opened = None if why else open_questions(assessment)
    return "not_noted" if opened is not None and stored_id(assessment, code) not in opened else why


@require_POST
def answer_restore(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Save an earlier text again; the one that stands stays in the history."""
    assessment = open_worksheet(request, agency, unit, period)
    question = question_or_404(assessment, code)
    if not permissions.can_fill(request.user, assessment, area_number(instrument_of(assessment), code)):
        raise PermissionDenied
    wanted = read_version(request.POST.get(REVISION_FIELD)) or 0
    version = read_version(request.POST.get(VERSION_FIELD))
    try:
        restore_answer(
            assessment=assessment,
            code=code,
            revision=wanted,
            version=version,
            actor=person(request),
            now=timezone.now(),
            key=read_key(request.POST.get(KEY_FIELD)),
        )
    except LookupError as error:
        raise Http404 from error
    except StaleVersion as conflict:
        found = revision_of(assessment, code, wanted)
        if found is None:
            raise Http404 from conflict
        return conflict_page(request, assessment, form_of(question, found.raw, found.note, version), conflict.theirs)
    messages.success(request, _("Isian lama %(code)s berlaku lagi.") % {"code": code})
    return HttpResponseRedirect(question_url(assessment, code))
