"""The notes that a unit was given, each with its thread, and the unit's answers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.threads import MessageForm
from assessments.models import Assessment, Note
from assessments.queries.progress import area_number
from assessments.queries.threads import Thread, all_threads
from assessments.services.threads import answer
from assessments.templatetags.worksheet import at
from assessments.views.opening import instrument_of, open_worksheet, person
from assessments.views.sheet import back_to_question
from assessments.views.threads import Typed, late, refusals_of, wait_of
from zi_portal.errors import Refused

# The value of `dari` on forms of the list, which lead back to it.
FROM_LIST = "catatan"


@require_safe
def notes(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Everything that TPI released or asked; what waits for the unit first. Everybody reads it as the unit does."""
    return _page(request, open_worksheet(request, agency, unit, period))


@require_POST
def note_answer(request: HttpRequest, agency: str, unit: str, period: str, pk: int) -> HttpResponse:
    """The unit's word on a note; a refusal shows the list with the words still in their place."""
    assessment = open_worksheet(request, agency, unit, period)
    if not permissions.can_fill(request.user, assessment):
        raise PermissionDenied
    released = Note.objects.filter(released_at__isnull=False).exclude(stage=Note.Stage.ASSISTANCE)
    note = get_object_or_404(released.select_related("question"), pk=pk, assessment=assessment)
    if not _fills(request, assessment, note.question.code):
        raise PermissionDenied
    form = MessageForm(request.POST, request.FILES)
    status, errors, wait = 422, refusals_of(form), 0
    if form.is_valid():
        try:
            answer(assessment=assessment, note=note, words=form.words, actor=person(request), now=timezone.now())
        except Refused as refusal:
            status, errors, wait = refusal.status, (str(refusal.message),), wait_of(request, refusal)
        else:
            messages.success(
                request, _("Jawaban untuk %(code)s sudah terkirim kepada TPI.") % {"code": note.question.code}
            )
            return HttpResponseRedirect(_back(request, assessment, note))
    return _page(request, assessment, Typed(pk, request.POST.get("pesan", ""), errors, wait=wait), status)


def _fills(request: HttpRequest, assessment: Assessment, code: str) -> bool:
    return permissions.can_fill(request.user, assessment, area_number(instrument_of(assessment), code))


def _back(request: HttpRequest, assessment: Assessment, note: Note) -> str:
    if request.POST.get("dari") == FROM_LIST:
        return f"{at('notes', assessment)}#catatan-{note.pk}"
    return back_to_question(request, assessment, note.question.code)


def _page(request: HttpRequest, assessment: Assessment, typed: Typed | None = None, status: int = 200) -> HttpResponse:
    found = all_threads(assessment, for_unit=True)
    fills = {code for code in {thread.note.question.code for thread in found} if _fills(request, assessment, code)}
    context = {
        "assessment": assessment,
        "groups": _groups(found),
        "fills": fills,
        "waiting": sum(thread.waits_for_unit for thread in found),
        "typed": typed,
        "from_list": FROM_LIST,
    }
    return late(render(request, "assessments/notes.html", context, status=status), typed)


def _groups(found: list[Thread]) -> list[tuple[str, str, list[Thread]]]:
    """Clarifications before notes in what waits: TPI waits for them with the score."""
    waiting = sorted((item for item in found if item.waits_for_unit), key=lambda item: not item.is_clarification)
    named = [
        ("menunggu", _("Menunggu jawaban unit"), waiting),
        ("dijawab", _("Sudah dijawab, menunggu TPI"), [item for item in found if item.is_answered]),
        ("selesai", _("Selesai"), [item for item in found if item.is_closed]),
    ]
    return [group for group in named if group[2]]
