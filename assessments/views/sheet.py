"""The worksheet's pages: a sub-area, one question alone, the whole sheet. What they save is saved by worksheet.py."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from assessments import permissions
from assessments.forms.answers import AnswerForm
from assessments.models import Assessment
from assessments.queries.cards import Card
from assessments.queries.worksheet import focus_page, whole_page, worksheet_page
from assessments.templatetags.worksheet import at, question_url
from assessments.views.opening import open_worksheet, person
from assessments.views.shown import Shown, problems, shown

# A form says with it which page it stands on, so that a save without JavaScript comes back there.
VIEW_FIELD = "tampilan"
FOCUS = "soal"
# Where the fragment of one question is asked for: its heading lies deeper in the whole sheet.
FROM_PARAMETER = "dari"
WHOLE = "lembar"
WHOLE_LEVEL = 4


@require_safe
def worksheet(request: HttpRequest, agency: str, unit: str, period: str, node: str) -> HttpResponse:
    """A sub-area, or a part of hasil, with all its questions."""
    return _subarea(request, open_worksheet(request, agency, unit, period), node)


@require_safe
def worksheet_focus(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """One question alone; for htmx only its card, as the whole sheet puts it in place of the one for reading."""
    return _focus(request, open_worksheet(request, agency, unit, period), code)


@require_safe
def worksheet_whole(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Every question, for reading and printing; the form of one is fetched into its place."""
    assessment = open_worksheet(request, agency, unit, period)
    now = timezone.now()
    whole = whole_page(assessment, person(request), now)
    parts = [
        (part, [(name, [(row, _shown(cards)) for row, cards in rows]) for name, rows in part.halves])
        for part in whole.parts
    ]
    context = {"assessment": assessment, "whole": whole, "parts": parts, "now": now, "level": WHOLE_LEVEL}
    return render(request, "assessments/worksheet_whole.html", context)


def question_page(request: HttpRequest, assessment: Assessment, refused: AnswerForm) -> HttpResponse:
    """The page that a refused form came from, 422, with everything typed still in it."""
    if request.POST.get(VIEW_FIELD) == FOCUS:
        return _focus(request, assessment, refused.question.code, refused)
    return _subarea(request, assessment, refused.question.node, refused)


def back_to_question(request: HttpRequest, assessment: Assessment, code: str) -> str:
    """The address of a question on the page that its form came from."""
    is_focus = request.POST.get(VIEW_FIELD) == FOCUS
    return at("worksheet_focus", assessment, code) if is_focus else question_url(assessment, code)


def _subarea(
    request: HttpRequest, assessment: Assessment, node: str, refused: AnswerForm | None = None
) -> HttpResponse:
    try:
        page = worksheet_page(assessment, node, person(request), timezone.now())
    except KeyError as error:
        raise Http404 from error
    context = _common(request, assessment, refused) | {"page": page, "questions": _shown(page.cards, refused)}
    return render(request, "assessments/worksheet.html", context, status=422 if refused else 200)


def _focus(request: HttpRequest, assessment: Assessment, code: str, refused: AnswerForm | None = None) -> HttpResponse:
    try:
        focus = focus_page(assessment, code, person(request), timezone.now())
    except KeyError as error:
        raise Http404 from error
    context = _common(request, assessment, refused) | {"focus": focus, "page": focus.page}
    context |= {"shown": shown(focus.card, refused)}
    if request.htmx:  # type: ignore[attr-defined]
        is_whole = request.GET.get(FROM_PARAMETER) == WHOLE
        return render(request, "assessments/_question.html", context | {"level": WHOLE_LEVEL if is_whole else 0})
    context |= {"view_field": VIEW_FIELD, "view": FOCUS}
    return render(request, "assessments/worksheet_focus.html", context, status=422 if refused else 200)


def _common(request: HttpRequest, assessment: Assessment, refused: AnswerForm | None) -> dict[str, Any]:
    user = person(request)
    assists = permissions.can_assist(user, assessment) and permissions.is_open_for_unit(assessment, timezone.now())
    return {"assessment": assessment, "problems": problems(refused), "may_assist": assists}


def _shown(cards: tuple[Card, ...], refused: AnswerForm | None = None) -> list[Shown]:
    return [shown(card, refused) for card in cards]
