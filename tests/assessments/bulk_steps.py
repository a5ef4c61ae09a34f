"""A worksheet on which TPI takes one step for many questions: how it gets there, what is heard of it, and its pages."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, BulkScore
from assessments.services.bulk import undo_bulk
from assessments.services.evaluation import Given, ScoreDraft, save_score
from assessments.services.notes import NoteDraft
from tests import factories
from tests.conftest import Cast
from units.models import AuditEvent, User

LogIn = Callable[[User], Client]
# The unit answered them with B.
ONE, TWO, THREE = "A.I.1.i.b", "A.I.1.ii.b", "A.I.1.ii.c"


def put_in(assessment: Assessment, state: str, **fields: Any) -> Assessment:
    for name, value in {"state": state, **fields}.items():
        setattr(assessment, name, value)
    assessment.save()
    return assessment


def answered_and_sent(assessment: Assessment, cast: Cast) -> Assessment:
    for code in (ONE, TWO, THREE):
        factories.answer(assessment, code, "B", by=cast.operator)
    return put_in(assessment, "submitted")


def scored_in_pairs(sent: Assessment, cast: Cast) -> Assessment:
    """Two members score blind, the member of the cast in slot 1."""
    second = factories.teammate(cast.unit_a.teams.get(kind="tpi"))
    for slot, user in ((1, cast.member), (2, second)):
        factories.scorer(sent, user, slot=slot)
    return put_in(sent, "review_member", scoring="paired")


def differ(assessment: Assessment, user: User, code: str, raw: Any = "C", note: NoteDraft | None = None) -> None:
    """Score one question otherwise than the unit did."""
    draft = ScoreDraft(Given(raw), note=note)
    save_score(assessment=assessment, code=code, actor=user, draft=draft, now=timezone.now())


def undo(assessment: Assessment, user: User, step: BulkScore) -> BulkScore:
    return undo_bulk(assessment=assessment, step_id=step.pk, actor=user, now=timezone.now())


def spoken() -> list[AuditEvent]:
    """What the audit log heard since the instrument was published."""
    return list(AuditEvent.objects.exclude(verb="instrument.publish").order_by("pk"))


def url(assessment: Assessment, name: str, *more: Any) -> str:
    return reverse(name, args=(assessment.unit.agency.code, assessment.unit.code, assessment.period.code, *more))
