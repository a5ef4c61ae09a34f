"""A step of the review that breaks off at any of its statements leaves the database as it was (SEC-84)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection
from django.utils import timezone

from assessments.models import Assessment
from assessments.services.evaluation import Given, ScoreDraft, save_score
from assessments.services.notes import NoteDraft
from assessments.services.transitions import Action, carry_out
from tests import factories
from tests.conftest import Cast
from units.models import User

CODE = "A.I.1.i.b"
Act = Callable[[Assessment, Cast], None]


def _step(action: Action, who: str) -> Act:
    def act(assessment: Assessment, cast: Cast) -> None:
        actor: User = getattr(cast, who)
        carry_out(assessment=assessment, action=action, actor=actor, now=timezone.now(), reason="Alasan uji")

    return act


def _score(assessment: Assessment, cast: Cast) -> None:
    draft = ScoreDraft(Given("C"), 1, NoteDraft("Rapat belum tercatat"))
    save_score(assessment=assessment, code=CODE, actor=cast.member, draft=draft, now=timezone.now())


@pytest.fixture
def ready(assessment: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> Assessment:
    answers = golden("22")["answers"]
    factories.answer_everything(assessment, answers)
    factories.answer_everything(assessment, answers, stage="member", by=cast.member)
    factories.note(assessment, "A.I.2.i.a", cast.member, for_release=True)
    factories.scorer(assessment, cast.member)
    return assessment


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the portal's own tables."""
    models = [model for label in ("units", "assessments") for model in apps.get_app_config(label).get_models()]
    return {
        model._meta.db_table: sorted(model._base_manager.values_list(*_columns(model)), key=repr) for model in models
    }


def _columns(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@contextmanager
def breaking_at(number: int) -> Iterator[None]:
    """Lets the statement `number` of those that write fail."""
    tried = count(1)

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and next(tried) == number:
            raise OperationalError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


@pytest.mark.parametrize(
    ("state", "act", "least"),
    [
        # The worksheet, its step, two audit records; the score and its revision; the note.
        ("submitted", _score, 7),
        ("review_member", _step(Action.TO_LEAD, "member"), 3),
        ("review_lead", _step(Action.BACK_TO_MEMBER, "lead"), 4),
        ("review_controller", _step(Action.RETURN, "controller"), 5),
        ("review_controller", _step(Action.FINALISE, "controller"), 5),
    ],
    ids=["first score", "to lead", "back to member", "return", "finalise"],
)
def test_step_that_breaks_off_changes_nothing(state: str, act: Act, least: int, ready: Assessment, cast: Cast) -> None:
    ready.state = state
    ready.save()
    before = everything()
    for number in count(1):
        fresh = Assessment.objects.select_related("unit__agency", "period__instrument").get(pk=ready.pk)
        try:
            with breaking_at(number):
                act(fresh, cast)
        except OperationalError:
            assert (number, everything()) == (number, before)
            assert (fresh.state, fresh.round, fresh.version) == (state, 1, 1)
        else:
            break
    assert number > least
    assert everything() != before
