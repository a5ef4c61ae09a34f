"""A worksheet that unit A sent in, and what TPI posts about it."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, Assessment
from tests import factories
from tests.conftest import Cast
from units.models import User

LogIn = Callable[[User], Client]
CHOICE, YES_NO, RATIO, INDEX = "A.I.1.i.b", "A.I.1.i.a", "A.II.1.i.a", "B.I.a"
NODE = "A.I.1.i"
HTMX = {"HTTP_HX_REQUEST": "true"}


def put_in(assessment: Assessment, state: str, cast: Cast) -> None:
    assessment.state, assessment.finalised_at, assessment.finalised_by = state, timezone.now(), cast.controller
    assessment.save()


def address(name: str, assessment: Assessment, *more: str) -> str:
    unit = assessment.unit
    return reverse(name, args=[unit.agency.code, unit.code, assessment.period.code, *more])


def sent_in(assessment: Assessment, cast: Cast) -> Assessment:
    """With an answer of each kind; A.I.1.i.a was left blank."""
    factories.answer(assessment, CHOICE, "B", by=cast.operator)
    factories.answer(assessment, RATIO, {"agents": 4, "changes": 3}, by=cast.operator)
    factories.answer(assessment, INDEX, {"index": "3.60", "respondents": 45}, by=cast.operator)
    put_in(assessment, "submitted", cast)
    return assessment


def save(client: Client, assessment: Assessment, code: str = CHOICE, **fields: Any) -> Any:
    data = {"version": "0", "note_version": "0", "note": ""} | fields
    return client.post(address("score_save", assessment, code), data, **HTMX)


def score_of(assessment: Assessment, code: str = CHOICE) -> Any:
    return Answer.objects.get(assessment=assessment, question__code=code, stage="member").raw
