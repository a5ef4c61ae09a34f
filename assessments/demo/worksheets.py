"""The rows of the worksheets: the unit's answers, TPI's, and the notes; stored at once for a government."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.db.models import F

from assessments import scoring
from assessments.demo import remarks
from assessments.demo.dice import dice
from assessments.demo.history import Standing
from assessments.demo.people import Crew
from assessments.demo.sheets import Pair, Raw
from assessments.models import Answer, Assessment, Note
from assessments.queries.instruments import StoredInstrument
from assessments.scoring.values import question_value
from assessments.services.revisions import keep_all
from units.models import User

Stage = Answer.Stage
REMARK_RATE = 0.15
RELEASE_RATE = 0.75
AGREED_RATE = 0.5
INTERNAL_NOTES = 2
LEAD_NOTES = 2
ADVICE_NOTES = 3
BATCH = 2000
PILE_MAX = 10_000


@dataclass
class Pile:
    """Rows of many worksheets, waiting to be stored; `stored` counts what has been."""

    instrument: StoredInstrument
    answers: list[Answer] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    stored: Counter[str] = field(default_factory=Counter)

    @property
    def is_high(self) -> bool:
        """Time to store: a transaction that stays idle for long is ended by the database."""
        return len(self.answers) > PILE_MAX

    def store(self) -> None:
        Answer.objects.bulk_create(self.answers, batch_size=BATCH)
        keep_all(self.answers)
        Note.objects.bulk_create(self.notes, batch_size=BATCH)
        self.stored.update(answers=len(self.answers), notes=len(self.notes))
        self.answers.clear()
        self.notes.clear()

    def fill(self, assessment: Assessment, pair: Pair, standing: Standing, crew: Crew, at: datetime) -> dict[str, Raw]:
        """The unit's answers; returns those given: whole sub-areas first, as people work."""
        chance = dice(assessment.unit.agency.code, assessment.unit.code, assessment.period.quarter, "fill")
        given = _share(self.instrument.value, pair.own, standing.filled, chance)
        for number, (code, raw) in enumerate(given.items()):
            remark = chance.choice(remarks.REMARKS) if chance.random() < REMARK_RATE else ""
            writer, when = crew.operator_for(area_of(code)), at + timedelta(minutes=3 * number)
            self._answer(assessment, code, raw, Stage.UNIT, writer, when, remark)
        return given

    def score(self, assessment: Assessment, pair: Pair, standing: Standing, crew: Crew, at: datetime) -> None:
        """TPI's scores, a note wherever they differ, and a few notes that the unit never sees."""
        chance = dice(assessment.unit.agency.code, assessment.unit.code, assessment.period.quarter, "score")
        given = _share(self.instrument.value, pair.tpi, standing.scored, chance)
        agreed: list[str] = []
        for number, (code, raw) in enumerate(given.items()):
            member = crew.members[area_of(code) % len(crew.members)]
            when = at + timedelta(minutes=2 * number)
            self._answer(assessment, code, raw, Stage.MEMBER, member, when)
            if raw == pair.own.get(code):
                agreed.append(code)
            else:
                is_first = number == len(agreed)
                self._difference(assessment, code, pair, member, when, chance, release=is_first)
        if given:
            for code in chance.sample(agreed, min(INTERNAL_NOTES, len(agreed))):
                member = crew.members[area_of(code) % len(crew.members)]
                self._note(assessment, code, Note.Stage.MEMBER, member, at, chance.choice(remarks.INTERNAL))

    def review(self, assessment: Assessment, pair: Pair, crew: Crew, at: datetime) -> None:
        """What the lead remarks on some of the differences, for colleagues only."""
        chance = dice(assessment.unit.agency.code, assessment.unit.code, assessment.period.quarter, "review")
        differing = [code for code, raw in pair.tpi.items() if raw != pair.own.get(code)]
        for code in chance.sample(differing, min(LEAD_NOTES, len(differing))):
            self._note(assessment, code, Note.Stage.LEAD, crew.lead, at, chance.choice(remarks.LEAD))

    def advise(self, assessment: Assessment, given: Sequence[str], crew: Crew, at: datetime) -> None:
        """Notes of the assistance team, for the unit from the start."""
        chance = dice(assessment.unit.agency.code, assessment.unit.code, assessment.period.quarter, "advice")
        for code in chance.sample(list(given), min(ADVICE_NOTES, len(given))):
            adviser = chance.choice(crew.assistants)
            self._note(
                assessment, code, Note.Stage.ASSISTANCE, adviser, at, chance.choice(remarks.ADVICE), for_release=True
            )

    def _difference(
        self,
        assessment: Assessment,
        code: str,
        pair: Pair,
        member: User,
        at: datetime,
        chance: Random,
        *,
        release: bool,
    ) -> None:
        question = self.instrument.value.question(code)
        own = pair.own.get(code)
        lower = own is not None and _value(question, pair.tpi[code]) < _value(question, own)
        text = remarks.difference(question, chance, answered=own is not None, lower=lower)
        wanted = release or chance.random() < RELEASE_RATE
        self._note(assessment, code, Note.Stage.MEMBER, member, at, text, for_release=wanted)

    def _answer(
        self, assessment: Assessment, code: str, raw: Raw, stage: str, by: User, at: datetime, note: str = ""
    ) -> None:
        self.answers.append(
            Answer(
                assessment=assessment,
                question_id=self.instrument.question_ids[code],
                stage=stage,
                choice=raw if isinstance(raw, str) else "",
                inputs=None if isinstance(raw, str) else raw,
                note=note,
                updated_by=by,
                updated_at=at,
            )
        )

    def _note(
        self,
        assessment: Assessment,
        code: str,
        stage: str,
        author: User,
        at: datetime,
        text: str,
        *,
        for_release: bool = False,
    ) -> None:
        self.notes.append(
            Note(
                assessment=assessment,
                question_id=self.instrument.question_ids[code],
                stage=stage,
                text=text,
                for_release=for_release,
                released_at=at if for_release and stage == Note.Stage.ASSISTANCE else None,
                author=author,
                updated_at=at,
            )
        )


def area_of(code: str) -> int:
    """1-6; 0 for the results."""
    return int(code.split(".")[2]) if code.startswith("A.") else 0


def _share(instrument: scoring.Instrument, answers: dict[str, Raw], share: float, chance: Random) -> dict[str, Raw]:
    """So many of all answers, sub-area by sub-area in the order in which somebody happened to take them."""
    nodes = list(dict.fromkeys(question.node for question in instrument.questions))
    taken = {node: position for position, node in enumerate(chance.sample(nodes, len(nodes)))}
    codes = sorted(
        (question.code for question in instrument.questions), key=lambda code: taken[code.rpartition(".")[0]]
    )
    begun = set(codes[: round(share * len(codes))])
    return {code: raw for code, raw in answers.items() if code in begun}


def _value(question: scoring.Question, raw: Raw) -> float:
    """How good an answer is, for comparing two answers to the same question."""
    if isinstance(raw, str):
        return next(float(option.score) for option in question.options if option.label == raw)
    value = question_value(question, scoring.read_answer(question, raw))
    return float(value.number) if value else 0.0


def repair(assessment: Assessment, crew: Crew, at: datetime) -> None:
    """The unit's work in a returned round: it takes over some of TPI's answers, and explains itself on the others."""
    chance = dice(assessment.unit.agency.code, assessment.unit.code, assessment.period.quarter, "repair")
    noted = _noted(assessment)
    rows = {
        (row.question_id, row.stage): row
        for row in Answer.objects.filter(assessment=assessment, question_id__in=noted).order_by("question_id")
    }
    changed: list[Answer] = []
    added: list[Answer] = []
    for (question_id, stage), theirs in rows.items():
        if stage != Stage.MEMBER:
            continue
        row = rows.get((question_id, Stage.UNIT))
        is_blank = row is None
        if row is None:
            row = Answer(assessment=assessment, question_id=question_id, version=0, updated_by=crew.operators[0])
        if is_blank or chance.random() < AGREED_RATE:
            row.choice, row.inputs = theirs.choice, theirs.inputs
        row.note, row.round, row.version = chance.choice(remarks.REPAIRED), assessment.round, row.version + 1
        row.updated_at = at
        (added if is_blank else changed).append(row)
    Answer.objects.bulk_update(changed, ["choice", "inputs", "note", "round", "version", "updated_at"])
    Answer.objects.bulk_create(added)
    keep_all([*changed, *added])


def score_again(assessment: Assessment, at: datetime) -> None:
    """TPI's second look at what it had noted: the scores stand, dated in the new round."""
    rows = Answer.objects.filter(assessment=assessment, stage=Stage.MEMBER, question_id__in=_noted(assessment))
    rows.update(round=assessment.round, version=F("version") + 1, updated_at=at)
    keep_all(rows.all())


def _noted(assessment: Assessment) -> set[int]:
    released = Note.objects.filter(assessment=assessment, released_at__isnull=False)
    return set(released.exclude(stage=Note.Stage.ASSISTANCE).values_list("question_id", flat=True))
