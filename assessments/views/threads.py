"""Threads on notes as TPI sees them: what the desk shows of a question, the list of a unit, and what is written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.threads import MessageForm, ReplyForm, SettleForm
from assessments.models import Assessment, Note
from assessments.queries.threads import IN_DELIBERATION, Thread, all_threads, file_for
from assessments.services import threads as services
from assessments.services.notes import note_stage
from assessments.templatetags.worksheet import at
from assessments.views.evaluation import reach_evaluation
from assessments.views.opening import person, question_or_404
from units.files import CONTENT_TYPES, private_file_response
from zi_portal.errors import Refused, TooManyRequests
from zi_portal.logs import security_event
from zi_portal.views import safe_next

KINDS = {content_type: kind for kind, content_type in CONTENT_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was written and not stored, and why: `where` is the id of a note, or a question's code.

    `wait`: seconds until it may be sent again, 0 for at once.
    """

    where: int | str
    text: str
    errors: tuple[str | Promise, ...]
    is_internal: bool = False
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """What the fragment `_desk_threads.html` shows of a question, and what its reader may do there now.

    `holds` says that what is written for the unit waits for the release; in blind scoring there is no talk but
    clarifications.
    """

    code: str
    threads: tuple[Thread, ...]
    back: str
    may_discuss: bool
    may_ask: bool
    holds: bool
    is_blind: bool
    typed: Typed | None = None


def make_talk(
    request: HttpRequest, assessment: Assessment, code: str, now: datetime, threads: tuple[Thread, ...]
) -> Talk:
    """For the desk of a question, or with an empty `code` for the list of all; no query of its own."""
    user = person(request)
    is_open = permissions.window_of(assessment).reviewers_may_write(now)
    deliberates = assessment.state in IN_DELIBERATION
    may_discuss = bool(permissions.evaluator_roles(user, assessment)) and (is_open or not deliberates)
    asked = any(thread.is_clarification and not thread.is_closed for thread in threads)
    return Talk(
        code=code,
        threads=threads,
        back=_place(request, assessment, code),
        may_discuss=may_discuss,
        may_ask=is_open and not asked and note_stage(user, assessment) is not None,
        holds=deliberates,
        is_blind=permissions.is_blind(assessment),
    )


def _place(request: HttpRequest, assessment: Assessment, code: str) -> str:
    """Where a form leads back to: the desk, in the queue that its address names, or the list."""
    if not code:
        return at("threads", assessment)
    asked = request.GET.urlencode()
    return f"{at('desk_question', assessment, code)}{'?' if asked else ''}{asked}#desk-threads"


@require_safe
def threads(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Every thread of a unit's worksheet; those that the unit has answered come first."""
    return _page(request, reach_evaluation(request, agency, unit, period))


@require_POST
def thread_ask(request: HttpRequest, agency: str, unit: str, period: str, question: str) -> HttpResponse:
    """Put a question to the unit before scoring."""
    assessment = _reach(request, agency, unit, period)
    question_or_404(assessment, question)
    form = MessageForm(request.POST, request.FILES)

    def ask() -> str:
        services.clarify(
            assessment=assessment, code=question, words=form.words, actor=person(request), now=timezone.now()
        )
        return _("Permintaan klarifikasi untuk %(code)s sudah disampaikan kepada unit.") % {"code": question}

    return _carried_out(request, assessment, question, form, ask)


@require_POST
def thread_reply(request: HttpRequest, agency: str, unit: str, period: str, pk: int) -> HttpResponse:
    """Write on a thread."""
    assessment = _reach(request, agency, unit, period)
    note = note_or_404(assessment, pk)
    form = ReplyForm(request.POST, request.FILES)

    def say() -> str:
        row = services.reply(
            assessment=assessment,
            note=note,
            words=form.words,
            is_internal=form.is_internal,
            actor=person(request),
            now=timezone.now(),
        )
        if row.is_internal:
            return _("Pesan internal tersimpan. Hanya TPI yang membacanya.")
        if row.released_at is None:
            return _("Pesan tersimpan dan disampaikan bersama hasil evaluasi.")
        return _("Pesan sudah disampaikan kepada unit.")

    return _carried_out(request, assessment, pk, form, say)


@require_POST
def thread_settle(request: HttpRequest, agency: str, unit: str, period: str, pk: int) -> HttpResponse:
    """Close a thread (`aksi=selesai`) or open it again (`aksi=buka`)."""
    assessment = _reach(request, agency, unit, period)
    note = note_or_404(assessment, pk)
    form = SettleForm(request.POST)

    def settle() -> str:
        where: dict[str, Any] = {"assessment": assessment, "note": note}
        where |= {"actor": person(request), "now": timezone.now()}
        if form.closes:
            services.close(**where, seen=form.seen)
            return _("Pembahasan dinyatakan selesai.")
        services.reopen(**where)
        return _("Pembahasan dibuka lagi.")

    return _carried_out(request, assessment, pk, form, settle)


@require_safe
def note_file(request: HttpRequest, file: UUID) -> FileResponse:
    """A file of a note or a message, for those who may read these."""
    found = file_for(person(request), file)
    if found is None:
        raise Http404
    kind = KINDS.get(found.content_type, "")
    return private_file_response(request, str(found.file.name), found.original_name, kind, hold=found.hold)


def note_or_404(assessment: Assessment, pk: int) -> Note:
    """A note that is a thread: advice of an assistance team is none."""
    return get_object_or_404(Note.objects.exclude(stage=Note.Stage.ASSISTANCE), pk=pk, assessment=assessment)


def refusals_of(form: Any) -> tuple[str, ...]:
    return tuple(str(message) for errors in form.errors.values() for message in errors)


def wait_of(request: HttpRequest, refusal: Refused) -> int:
    """Seconds that somebody who says too much has to wait; 0 for any other refusal."""
    if not isinstance(refusal, TooManyRequests):
        return 0
    security_event("excess_rate_limit_exceeded", request, what="messages on threads")
    return refusal.retry_after


def _reach(request: HttpRequest, agency: str, unit: str, period: str) -> Assessment:
    """403 for those who read the evaluation and do not evaluate."""
    assessment = reach_evaluation(request, agency, unit, period)
    if not permissions.evaluator_roles(person(request), assessment):
        raise PermissionDenied
    return assessment


def _carried_out(
    request: HttpRequest, assessment: Assessment, where: int | str, form: Any, act: Callable[[], str]
) -> HttpResponse:
    """Back to where it was written; a refusal shows the list with the words still in their place."""
    status, errors, wait = 422, refusals_of(form), 0
    if form.is_valid():
        try:
            messages.success(request, act())
            return HttpResponseRedirect(safe_next(request) if request.POST.get("next") else at("threads", assessment))
        except Refused as refusal:
            status, errors, wait = refusal.status, (str(refusal.message),), wait_of(request, refusal)
    is_internal = request.POST.get("untuk") == ReplyForm.INTERNAL
    typed = Typed(where, request.POST.get("pesan", ""), errors, is_internal, wait)
    return _page(request, assessment, typed, status)


def late(response: HttpResponse, typed: Typed | None) -> HttpResponse:
    """The answer, with how long to wait before what was typed is sent again."""
    if typed is not None and typed.wait:
        response["Retry-After"] = str(typed.wait)
    return response


def _page(request: HttpRequest, assessment: Assessment, typed: Typed | None = None, status: int = 200) -> HttpResponse:
    found = all_threads(assessment, for_unit=False)
    order = {Note.Thread.ANSWERED: 0, Note.Thread.OPEN: 1, Note.Thread.CLOSED: 2}
    found.sort(key=lambda thread: order[Note.Thread(thread.state)])
    talk = make_talk(request, assessment, "", timezone.now(), tuple(found))
    context = {
        "assessment": assessment,
        "talk": talk,
        "typed": typed,
        "answered": sum(thread.is_answered for thread in found),
        "asks": typed is not None and isinstance(typed.where, str),
    }
    return late(render(request, "assessments/threads.html", context, status=status), typed)
