"""Random work of several people at once against a reference model (REL-04).

Each thread is a person who saves, repeats, settles conflicts and restores at random, and remembers what was
acknowledged. The acknowledged saves alone must then tell the whole story: every version once, each made from the one
before, the last one standing, one audit record each, and the total that a fresh reckoning of them gives.
"""

import random
import uuid
from dataclasses import dataclass, field
from functools import partial

from django.db import OperationalError
from django.utils import timezone

from assessments import scoring
from assessments.models import Answer, AnswerRevision
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import unit_work
from assessments.services.answers import StaleVersion, save_answer
from assessments.services.restoring import restore_answer
from tests import factories
from tests.soak import size
from units.models import AuditEvent
from zi_portal.retries import is_passing

CODES = ("A.I.1.i.b", "A.I.3.i.b", "A.I.5.i.b")
RATIO = "A.II.1.i.a"
PEOPLE, OPERATIONS = size(8, 20), size(40, 2000)


@dataclass(frozen=True)
class Acknowledged:
    """A save that changed something: made from version `made_from` it became `version`."""

    code: str
    version: int
    made_from: int
    raw: object
    note: str
    by: int


@dataclass
class Person:
    """Somebody at work: what they saw last of each question, and what they may send once more."""

    user: object
    assessment: object
    chance: random.Random
    seen: dict[str, int] = field(default_factory=dict)
    sent: list[dict] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    conflicts: int = 0
    repeats: int = 0

    def work(self):
        for _ in range(OPERATIONS):
            act = self.chance.choices((self.save, self.repeat, self.restore), (7, 2, 1))[0]
            act()
        return self

    def save(self):
        code = self.chance.choice((*CODES, RATIO))
        raw = {"agents": 4, "changes": self.chance.randrange(9)} if code == RATIO else self.chance.choice("ABC")
        draft = {
            "code": code,
            "given": raw,
            "note": f"{self.user.pk}.{len(self.sent)}.{self.conflicts}",
            "key": uuid.uuid4(),
        }
        self.send(draft | {"version": self.seen.get(code, 0)})

    def send(self, draft):
        """Save; on a conflict mostly insist, from the version that stands now, as long as it takes."""
        try:
            saved = self.call(save_answer, draft)
        except StaleVersion as conflict:
            self.conflicts += 1
            self.seen[draft["code"]] = conflict.theirs.version
            if self.chance.random() < 0.8:
                self.send(draft | {"version": conflict.theirs.version, "key": uuid.uuid4()})
            return
        self.sent.append(draft)
        self.seen[draft["code"]] = saved.version
        assert saved.changed
        row = saved.answer
        self.keep(draft["code"], draft["version"], row)

    def repeat(self):
        """The answer to an earlier save was lost on the way: the very same is sent again."""
        if not self.sent:
            return
        draft = self.chance.choice(self.sent)
        again = self.call(save_answer, draft)
        self.repeats += 1
        assert (again.changed, again.version) == (False, draft["version"] + 1)

    def restore(self):
        code = self.chance.choice((*CODES, RATIO))
        version = self.seen.get(code, 0)
        if version < 2:
            return
        wanted = {"code": code, "revision": self.chance.randrange(1, version), "version": version}
        try:
            saved = self.call(restore_answer, wanted)
        except StaleVersion as conflict:
            self.conflicts += 1
            self.seen[code] = conflict.theirs.version
            return
        self.seen[code] = saved.version
        if saved.changed:
            self.keep(code, version, saved.answer)

    def call(self, service, arguments):
        """As a browser does it: where the database is too busy for an answer, the same is sent again."""
        while True:
            try:
                return service(assessment=self.assessment, actor=self.user, now=timezone.now(), **arguments)
            except OperationalError as error:
                if not is_passing(error):
                    raise

    def keep(self, code, made_from, row):
        self.acknowledged.append(Acknowledged(code, row.version, made_from, row.raw, row.note, self.user.pk))


def test_random_work_of_several_people_loses_nothing(assessment, cast, at_once):
    people = [
        Person(factories.member_of(cast.unit_a), assessment, random.Random(number))  # noqa: S311 - reproducible
        for number in range(PEOPLE)
    ]
    people = at_once([partial(person.work) for person in people])
    story = sorted((item for person in people for item in person.acknowledged), key=lambda item: item.version)
    codes = stored_instrument(assessment.period.instrument).codes

    # No version was made twice, none is missing, each was made from the one before it.
    for code in (*CODES, RATIO):
        mine = [item for item in story if item.code == code]
        assert [item.version for item in mine] == list(range(1, len(mine) + 1))
        assert [item.made_from for item in mine] == list(range(len(mine)))
    # The history and the audit log hold exactly what was acknowledged.
    kept = [
        Acknowledged(codes[row.answer.question_id], row.version, row.version - 1, row.raw, row.note, row.by_id)
        for row in AnswerRevision.objects.select_related("answer")
    ]
    assert sorted(kept, key=repr) == sorted(story, key=repr)
    assert AuditEvent.objects.filter(verb="answer.save").count() == len(story)
    # What stands is the last of it, and the total is that of the model.
    model = {item.code: item.raw for item in story}
    assert {codes[row.question_id]: row.raw for row in Answer.objects.all()} == model
    instrument = stored_instrument(assessment.period.instrument).value
    answers = {code: scoring.read_answer(instrument.question(code), raw) for code, raw in model.items()}
    assert unit_work(assessment).result.total == scoring.score(instrument, answers).total
    # The run was worth its name.
    assert min(sum(person.conflicts for person in people), sum(person.repeats for person in people)) > PEOPLE
