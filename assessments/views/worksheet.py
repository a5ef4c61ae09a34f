"""The saves of the worksheet's questions; its pages are in sheet.py."""

import uuid
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments import permissions
from assessments.forms.answers import NOTE_FIELD, VERSION_FIELD, AnswerForm, merged_note, read_answer_form, read_version
from assessments.models import Answer, Assessment
from assessments.queries.cards import Card
from assessments.queries.progress import area_number, unit_work
from assessments.queries.worksheet import one_card
from assessments.scoring import Question
from assessments.services.answers import InvalidAnswer, Saved, StaleVersion, save_answer
from assessments.services.assist import save_note
from assessments.services.texts import TextRefused
from assessments.templatetags.worksheet import anchor, clock
from assessments.views.opening import instrument_of, open_worksheet, person, question_or_404
from assessments.views.sheet import back_to_question, question_page
from assessments.views.shown import figures, problems, shown


@require_POST
def answer_save(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Save one question: a fragment for htmx, a redirect to the question without it."""
    assessment = open_worksheet(request, agency, unit, period)
    question = question_or_404(assessment, code)
    if not permissions.can_fill(request.user, assessment, area_number(instrument_of(assessment), code)):
        raise PermissionDenied
    form = read_answer_form(question, request.POST)
    if form.takes_theirs:
        return _stored(request, assessment, question)
    if not form.is_valid:
        return _refused(request, assessment, form)
    now = timezone.now()
    try:
        saved = save_answer(
            assessment=assessment,
            code=code,
            given=form.given,
            note=form.note,
            version=form.version,
            actor=person(request),
            now=now,
            key=form.key,
        )
    except StaleVersion as conflict:
        return conflict_page(request, assessment, form, conflict.theirs)
    except (TextRefused, InvalidAnswer) as error:
        return _refused(request, assessment, form.with_error(NOTE_FIELD, error.message))
    return _saved(request, assessment, form, saved, saved.at or now)


def _saved(request: HttpRequest, assessment: Assessment, form: AnswerForm, saved: Saved, at: datetime) -> HttpResponse:
    """A fragment with what the save changed; the whole card where the text was not written in its controls."""
    code = form.question.code
    if not request.htmx:  # type: ignore[attr-defined]
        when = clock(at, assessment.unit.agency)
        messages.success(request, _("%(code)s tersimpan %(time)s.") % {"code": code, "time": when})
        return HttpResponseRedirect(back_to_question(request, assessment, code))
    if form.merges:
        return _stored(request, assessment, form.question)
    context = figures(assessment, code, saved.work) | {"version": saved.version, "now": at}
    return render(request, "assessments/_saved.html", context)


def _refused(request: HttpRequest, assessment: Assessment, form: AnswerForm) -> HttpResponse:
    """422: beside the question for htmx, else the whole page with everything typed still in it."""
    if form.merges:
        return conflict_page(request, assessment, form, unit_work(assessment).sheet.rows.get(form.question.code))
    if not request.htmx:  # type: ignore[attr-defined]
        return question_page(request, assessment, form)
    return render(request, "assessments/_refused.html", {"problems": problems(form)}, status=422)


def conflict_page(
    request: HttpRequest, assessment: Assessment, form: AnswerForm, theirs: Answer | None
) -> HttpResponse:
    """409 with both texts and one made of both: inside the card for htmx, else a page of its own.

    422 with the same where the text made of both cannot be stored.
    """
    refused = problems(form)
    context = {
        "assessment": assessment,
        "question": form.question,
        "form": form,
        "theirs": theirs,
        "version": theirs.version if theirs else 0,
        "merged": form.merged
        if refused
        else merged_note(theirs.note if theirs else "", form.merged or form.typed.note),
        "problems": refused,
        "key": uuid.uuid4(),
    }
    status = 422 if refused else 409
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "assessments/_conflict.html", context, status=status)
    card = _one_card(request, assessment, form.question)
    context |= {"shown": shown(card, form)}
    return render(request, "assessments/conflict.html", context, status=status)


def _stored(request: HttpRequest, assessment: Assessment, question: Question) -> HttpResponse:
    """After a conflict: the card again as it is stored, in place of the one with another text."""
    if not request.htmx:  # type: ignore[attr-defined]
        return HttpResponseRedirect(back_to_question(request, assessment, question.code))
    card = _one_card(request, assessment, question)
    response = render(request, "assessments/_question.html", {"assessment": assessment, "shown": shown(card)})
    response["HX-Retarget"] = f"#{anchor(question.code)}"
    response["HX-Reswap"] = "outerHTML"
    return response


def _one_card(request: HttpRequest, assessment: Assessment, question: Question) -> Card:
    return one_card(assessment, question.code, unit_work(assessment), person(request), timezone.now())


@require_POST
def assist_note(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """The assistance team's advice on a question."""
    assessment = open_worksheet(request, agency, unit, period)
    question_or_404(assessment, code)
    save_note(
        assessment=assessment,
        code=code,
        text=request.POST.get(NOTE_FIELD, ""),
        version=read_version(request.POST.get(VERSION_FIELD)),
        actor=person(request),
        now=timezone.now(),
    )
    messages.success(request, _("Catatan untuk %(code)s tersimpan.") % {"code": code})
    return HttpResponseRedirect(back_to_question(request, assessment, code))
