"""A worksheet that two members of unit A's team score blind: `first` and `second` hold the slots, `third` none."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, Assessment, BlindScore, Scorer
from assessments.queries.instruments import stored_instrument
from tests import factories
from tests.conftest import Cast
from units.models import Team, User

CHOICE, RATIO, INDEX = "A.I.1.i.b", "A.II.1.i.a", "B.I.a"


@dataclass
class World:
    assessment: Assessment
    cast: Cast
    first: User
    second: User
    third: User
    answers: dict[str, Any]

    def url(self, name: str, *more: str) -> str:
        unit = self.assessment.unit
        return reverse(name, args=[unit.agency.code, unit.code, self.assessment.period.code, *more])

    def scorer(self, slot: int) -> Scorer:
        return Scorer.objects.get(assessment=self.assessment, slot=slot, ended_at__isnull=True)

    def give(self, slot: int, *, but: dict[str, tuple[Any, str]] | None = None, only: Any = None) -> None:
        """Everything as the unit answered, `but` other scores with their notes; past all services."""
        ids = stored_instrument(self.assessment.period.instrument).question_ids
        holder = self.first if slot == 1 else self.second
        given = {code: (self.answers.get(code), "") for code in (only or ids)} | (but or {})
        now = timezone.now()
        BlindScore.objects.filter(assessment=self.assessment, slot=slot, question__code__in=given).delete()
        BlindScore.objects.bulk_create(
            BlindScore(
                assessment=self.assessment,
                question_id=ids[code],
                slot=slot,
                choice=raw if isinstance(raw, str) else "",
                inputs=None if isinstance(raw, str) else raw,
                note=note,
                note_by=holder if note else None,
                note_version=int(bool(note)),
                round=self.assessment.round,
                updated_by=holder,
                updated_at=now,
            )
            for code, (raw, note) in given.items()
        )


def paired_world(assessment: Assessment, cast: Cast, answers: dict[str, Any]) -> World:
    """Sent, claimed and assigned; the unit answered everything."""
    team = Team.objects.get(kind="tpi", units=cast.unit_a)
    team.scoring = "paired"
    team.save()
    second, third = factories.teammate(team), factories.teammate(team)
    factories.answer_everything(assessment, answers, by=cast.operator)
    Answer.objects.filter(assessment=assessment).update(updated_at=timezone.now() - timedelta(days=1))
    assessment.state, assessment.scoring = "review_member", "paired"
    assessment.submitted_by, assessment.submitted_at = cast.head, timezone.now()
    assessment.save()
    for slot, user in ((1, cast.member), (2, second)):
        Scorer.objects.create(
            assessment=assessment, user=user, slot=slot, assigned_by=cast.lead, assigned_at=timezone.now()
        )
    raw = {code: _raw(code, value) for code, value in answers.items()}
    return World(assessment, cast, cast.member, second, third, raw)


def _raw(code: str, value: Any) -> Any:
    return {"index": value} if code in ("B.I.a", "B.II.a") and isinstance(value, str) else value
