"""One submission sent many times at once, and autosaves that race with it (REL-05, REL-06)."""

import json
import random
import uuid
from functools import partial

from django.urls import reverse

from assessments.models import Answer, AnswerRevision, Assessment, Snapshot, TransitionRecord
from tests import factories
from tests.soak import size
from units.models import AuditEvent

DECLARED = {"pernyataan": "on", "kosong": "on"}
HTMX = {"HX-Request": "true"}
CODES = ("A.I.1.i.b", "A.I.1.ii.b", "A.I.1.iii.a", "A.I.1.iv.b")
ROUNDS, SAVES = size(20, 200), size(12, 50)


def url(assessment, name, *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


def test_ten_submissions_of_one_form_are_one(assessment, cast, browsers, at_once):
    data = DECLARED | {"kunci": str(uuid.uuid4())}
    heads = browsers(cast.head, 10)
    answers = at_once([partial(head.post, url(assessment, "submit"), data) for head in heads])
    receipt = url(assessment, "receipt") + "?putaran=1"
    assert [(answer.status_code, answer.get("Location")) for answer in answers] == [(302, receipt)] * 10
    assert (TransitionRecord.objects.count(), Snapshot.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(verb="assessment.submit").count() == 1
    pages = {heads[0].get(answer["Location"]).context["receipt"].snapshot.pk for answer in answers}
    assert pages == {Snapshot.objects.get().pk}


def test_ten_submissions_of_ten_forms_are_one(assessment, cast, browsers, at_once):
    heads = browsers(cast.head, 10)
    answers = at_once(
        [partial(head.post, url(assessment, "submit"), DECLARED | {"kunci": str(uuid.uuid4())}) for head in heads]
    )
    assert {(answer.status_code, answer.get("Location")) for answer in answers} == {
        (302, url(assessment, "receipt") + "?putaran=1")
    }
    assert (TransitionRecord.objects.count(), Snapshot.objects.count()) == (1, 1)


def test_autosave_that_races_a_submission_is_in_it_or_refused(assessment, cast, browsers, at_once):
    """Every acknowledged text is in the snapshot, every other is refused with 409; never half."""
    writers, (head,) = browsers(cast.operator, SAVES), browsers(cast.head, 1)
    chance = random.Random(8)  # noqa: S311 - an order for a test
    outcomes = set()
    for number in range(ROUNDS):
        unit = factories.UnitFactory(agency=cast.agency)
        for person, role in ((cast.operator, "unit_member"), (cast.head, "unit_head")):
            factories.MembershipFactory(user=person, role=role, agency=cast.agency, unit=unit)
        mine = factories.AssessmentFactory(unit=unit, period=assessment.period)
        texts = [(CODES[place % len(CODES)], f"putaran {number} simpanan {place}") for place in range(SAVES)]
        tasks = [partial(_save, client, mine, code, text) for client, (code, text) in zip(writers, texts, strict=True)]
        tasks.insert(chance.randrange(len(tasks)), partial(head.post, url(mine, "submit"), DECLARED))
        answers = at_once(tasks)
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) <= {200, 302, 409}
        outcomes |= set(statuses)
        acknowledged = {text for answer, text in _acknowledged(answers, tasks, texts)}
        _compare(mine, acknowledged)
    assert outcomes == {200, 302, 409}


def _save(client, assessment, code, text):
    data = {"jawaban": "B", "catatan": text, "versi": "0", "kunci": str(uuid.uuid4())}
    return client.post(url(assessment, "answer_save", code), data, headers=HTMX)


def _acknowledged(answers, tasks, texts):
    saves = [answer for answer, task in zip(answers, tasks, strict=True) if task.func is _save]
    return [(answer, text) for answer, (_code, text) in zip(saves, texts, strict=True) if answer.status_code == 200]


def _compare(assessment, acknowledged):
    """Snapshot, rows and history say the same, and nothing else."""
    content = json.loads(Snapshot.objects.get(assessment=assessment).content)
    sent = {entry["note"] for entry in content["answers"].values() if entry["note"]}
    rows = Answer.objects.filter(assessment=assessment)
    kept = AnswerRevision.objects.filter(answer__assessment=assessment)
    assert sent == acknowledged
    assert set(rows.values_list("note", flat=True)) == acknowledged
    assert sorted(kept.values_list("note", flat=True)) == sorted(acknowledged)
    saves = AuditEvent.objects.filter(verb="answer.save", unit=assessment.unit)
    assert (saves.count(), Assessment.objects.get(pk=assessment.pk).state) == (len(acknowledged), "submitted")
