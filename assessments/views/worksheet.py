"""The worksheet: a page for each sub-area, and the saves of its questions."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.answers import NOTE_FIELD, VERSION_FIELD, AnswerForm, read_answer_form, read_version
from assessments.models import Answer, Assessment
from assessments.queries.progress import area_number, unit_work
from assessments.queries.worksheet import cards, lock_reason, worksheet_page
from assessments.scoring import Question
from assessments.services.answers import InvalidAnswer, StaleVersion, save_answer
from assessments.services.assist import save_note
from assessments.services.texts import TextRefused
from assessments.services.transitions import open_questions
from assessments.templatetags.worksheet import anchor, clock, question_url
from assessments.views.opening import instrument_of, open_worksheet, person, question_or_404
from assessments.views.shown import figures, problems, shown


@require_safe
def worksheet(request: HttpRequest, agency: str, unit: str, period: str, node: str) -> HttpResponse:
    """A sub-area, or a part of hasil, with all its questions."""
    return _page(request, open_worksheet(request, agency, unit, period), node)


def _page(request: HttpRequest, assessment: Assessment, node: str, refused: AnswerForm | None = None) -> HttpResponse:
    now, user = timezone.now(), person(request)
    try:
        page = worksheet_page(assessment, node, user, now)
    except KeyError as error:
        raise Http404 from error
    assists = permissions.can_assist(user, assessment) and permissions.is_open_for_unit(assessment, now)
    context = {
        "assessment": assessment,
        "page": page,
        "questions": [shown(card, refused) for card in page.cards],
        "problems": problems(refused),
        "may_assist": assists,
    }
    return render(request, "assessments/worksheet.html", context, status=422 if refused else 200)


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
        return _conflict(request, assessment, form, conflict.theirs)
    except (TextRefused, InvalidAnswer) as error:
        return _refused(request, assessment, form.with_error(NOTE_FIELD, error.message))
    if not request.htmx:  # type: ignore[attr-defined]
        when = clock(saved.at or now, assessment.unit.agency)
        messages.success(request, _("%(code)s tersimpan %(time)s.") % {"code": code, "time": when})
        return HttpResponseRedirect(question_url(assessment, code))
    context = figures(assessment, code, saved.work) | {"version": saved.version, "now": saved.at or now}
    return render(request, "assessments/_saved.html", context)


def _refused(request: HttpRequest, assessment: Assessment, form: AnswerForm) -> HttpResponse:
    """422: beside the question for htmx, else the whole page with everything typed still in it."""
    if not request.htmx:  # type: ignore[attr-defined]
        return _page(request, assessment, form.question.node, form)
    return render(request, "assessments/_refused.html", {"problems": problems(form)}, status=422)


def _conflict(request: HttpRequest, assessment: Assessment, form: AnswerForm, theirs: Answer | None) -> HttpResponse:
    """409 with both texts: inside the card for htmx, else a page of its own."""
    context = {
        "assessment": assessment,
        "question": form.question,
        "form": form,
        "theirs": theirs,
        "version": theirs.version if theirs else 0,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "assessments/_conflict.html", context, status=409)
    (card,) = _one_card(request, assessment, form.question)
    context |= {"shown": shown(card, form)}
    return render(request, "assessments/conflict.html", context, status=409)


def _stored(request: HttpRequest, assessment: Assessment, question: Question) -> HttpResponse:
    """After a conflict: the card again as it is stored, in place of the one with the other text."""
    if not request.htmx:  # type: ignore[attr-defined]
        return HttpResponseRedirect(question_url(assessment, question.code))
    (card,) = _one_card(request, assessment, question)
    response = render(request, "assessments/_question.html", {"assessment": assessment, "shown": shown(card)})
    response["HX-Retarget"] = f"#{anchor(question.code)}"
    response["HX-Reswap"] = "outerHTML"
    return response


def _one_card(request: HttpRequest, assessment: Assessment, question: Question) -> list:
    work = unit_work(assessment)
    area = area_number(instrument_of(assessment), question.node)
    why = lock_reason(person(request), assessment, timezone.now(), area)
    return cards(assessment, [question], work, why, open_questions(assessment))


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
    return HttpResponseRedirect(question_url(assessment, code))
