"""The first lines of every page about one assessment: is it known to this person, and may they read it."""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from assessments import permissions
from assessments.models import Assessment
from assessments.queries.instruments import stored_instrument
from assessments.scoring import Instrument, Question
from units.models import User


def person(request: HttpRequest) -> User:
    """The logged-in user; the log-in middleware lets nobody else come here."""
    if isinstance(request.user, AnonymousUser):
        raise PermissionDenied
    return request.user


def open_worksheet(request: HttpRequest, agency: str, unit: str, period: str) -> Assessment:
    """404 for those who may not know of it, 403 for those who may not read its answers."""
    visible = Assessment.objects.visible_to(request.user).for_path(agency, unit, period)
    assessment = get_object_or_404(visible)
    if not permissions.can_see_answers(request.user, assessment):
        raise PermissionDenied
    return assessment


def question_or_404(assessment: Assessment, code: str) -> Question:
    instrument = stored_instrument(assessment.period.instrument).value
    if not instrument.has_question(code):
        raise Http404
    return instrument.question(code)


def stored_id(assessment: Assessment, code: str) -> int:
    """The id of a question's row."""
    return stored_instrument(assessment.period.instrument).question_ids[code]


def instrument_of(assessment: Assessment) -> Instrument:
    return stored_instrument(assessment.period.instrument).value
