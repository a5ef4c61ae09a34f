"""The unit's home: what to do next, how far it is, what happened; and the list of a person's assessments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from assessments import permissions, scoring
from assessments.models import Assessment, EvidenceUse, Note, TransitionRecord
from assessments.queries.answers import tpi_sheet
from assessments.queries.asking import asked_again_at, asks, with_replies
from assessments.queries.copies import waiting_copies
from assessments.queries.duties import UnitTeam, codes_of_person, duties_of, unit_team
from assessments.queries.followups import Standing, open_standings
from assessments.queries.gates import GateTable, gate_tables
from assessments.queries.progress import UnitWork, area_number, holds_wbk, target_of, unit_work
from assessments.queries.tasks import Marks, TaskGroup, Todo, contradictions, task_groups, todo_of
from assessments.queries.worksheet import lock_reason
from units import permissions as who
from units.models import User
from units.permissions import access_of
from units.services.changes import day_of

State = Assessment.State


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next.

    `kind`: `fill`, `prove`, `repair`, `mend`, `review_copies`, `send`, `ask_head`, `wait`, `early`, `late`, `read`,
    `done`. `code` is the question that the step begins with, `count` says how many there are, `lock` why nothing is
    to be done.
    """

    kind: str
    count: int = 0
    code: str = ""
    lock: str = ""


@dataclass(frozen=True)
class Home:
    """Everything on the home of a unit in a period; `mine` is what is open of the person's own questions."""

    assessment: Assessment
    work: UnitWork
    result: scoring.Result
    groups: tuple[TaskGroup, ...]
    todo: Todo
    repairs: frozenset[str]
    mine: Todo
    my_codes: frozenset[str]
    steps: tuple[Step, ...]
    has_worked: bool
    gates: tuple[GateTable, ...]
    tpi_result: scoring.Result | None
    tpi_gates: tuple[GateTable, ...]
    target: str
    notes: tuple[Note, ...]
    followups: tuple[Standing, ...]
    history: tuple[TransitionRecord, ...]
    others: tuple[Assessment, ...]

    @property
    def clarifications(self) -> int:
        """How many questions of TPI wait for the unit's word."""
        waiting = (note.thread == Note.Thread.OPEN for note in self.notes if note.kind == Note.Kind.CLARIFICATION)
        return sum(waiting)


def unit_home(assessment: Assessment, user: User, now: datetime, *, only_mine: bool = False) -> Home:
    """A fixed number of queries: at most thirteen."""
    work, held = unit_work(assessment), holds_wbk(assessment)
    instrument, target = work.sheet.instrument.value, target_of(assessment)
    team, notes = unit_team(assessment.unit_id, day_of(now)), released_notes(assessment)
    marks = _marks(assessment, work, notes)
    my_codes = codes_of_person(user.pk, instrument, team, marks.duties)
    result = work.sheet.result(holds_wbk=held)
    tpi = tpi_sheet(assessment).result(holds_wbk=held) if assessment.state == State.FINAL else None
    return Home(
        assessment=assessment,
        work=work,
        result=result,
        groups=task_groups(work, marks, team, my_codes if only_mine else None),
        todo=todo_of(work, marks, [question.code for question in instrument.questions]),
        repairs=marks.repairs,
        mine=todo_of(work, marks, _ordered(instrument, my_codes)),
        my_codes=my_codes,
        steps=tuple(next_steps(user, assessment, work, marks, now, team=team)),
        has_worked=bool(_last_saved(work, user)),
        gates=tuple(gate_tables(instrument, result, target)),
        tpi_result=tpi,
        tpi_gates=tuple(gate_tables(instrument, tpi, target)) if tpi else (),
        target=target,
        notes=tuple(notes),
        followups=tuple(open_standings(assessment.unit_id, now.astimezone(assessment.unit.agency.tz).date())),
        history=tuple(TransitionRecord.objects.filter(assessment=assessment).select_related("actor")),
        others=tuple(
            Assessment.objects.filter(unit_id=assessment.unit_id)
            .select_related("period", "unit__agency")
            .order_by("-period__year", "-period__quarter")
        ),
    )


def _marks(assessment: Assessment, work: UnitWork, notes: Sequence[Note]) -> Marks:
    """Only an open worksheet has repairs: elsewhere nothing can be done about them."""
    is_returned, is_open = assessment.state == State.RETURNED, assessment.state in Assessment.EDITABLE
    asked = [note for note in notes if is_returned and asks(note, assessment.round - 1)]
    return Marks(
        opened=frozenset(note.question.code for note in asked) if is_returned else None,
        repairs=frozenset(note.question.code for note in asked if not _is_acted_on(note, work)),
        contradicted=contradictions(work) if is_open else frozenset(),
        copies=waiting_copies(assessment) if is_open else frozenset(),
        duties=duties_of(assessment.unit_id),
    )


def _is_acted_on(note: Note, work: UnitWork) -> bool:
    """Whether the answer was saved, or evidence attached, after TPI asked for it."""
    row, asked_at = work.sheet.rows.get(note.question.code), asked_again_at(note) or note.released_at
    is_saved = row is not None and asked_at is not None and row.updated_at > asked_at
    return is_saved or note.is_proven_since  # type: ignore[attr-defined]


def next_steps(
    user: User,
    assessment: Assessment,
    work: UnitWork,
    marks: Marks,
    now: datetime,
    *,
    team: UnitTeam | None = None,
) -> list[Step]:
    """The first step is the one to take; those after it follow in time."""
    why = lock_reason(user, assessment, now, None)
    if why:
        return [Step({"role": "read", "final": "done", "review": "wait"}.get(why, why), lock=why)]
    codes = _in_my_areas(user, assessment, work, marks)
    todo = todo_of(work, marks, codes)
    mended = [code for code in todo.repairs if code not in marks.repairs]
    asked = [code for code in todo.repairs if code in marks.repairs]
    steps = []
    if asked:
        steps.append(Step("repair", len(asked), asked[0]))
    if todo.copies:
        steps.append(Step("review_copies", len(todo.copies), todo.copies[0]))
    if todo.blank and marks.opened is None:
        own = codes_of_person(user.pk, work.sheet.instrument.value, team, marks.duties) if team else frozenset()
        steps.append(Step("fill", len(todo.blank), resume_code(user, work, todo.blank, own)))
    if todo.bare:
        steps.append(Step("prove", len(todo.bare), todo.bare[0]))
    if mended:
        steps.append(Step("mend", len(mended), mended[0]))
    is_head = permissions.can_submit(user, assessment)
    return [*steps, Step("send" if is_head else "ask_head", work.total.missing)]


def resume_code(user: User, work: UnitWork, blank: Sequence[str], own: frozenset[str]) -> str:
    """Where this person goes on: the next open question after their last save, of their own ones if any is left."""
    candidates = [code for code in blank if code in own] or list(blank)
    places = {code: place for place, code in enumerate(work.sheet.instrument.question_ids)}
    last = places.get(_last_saved(work, user), -1)
    return next((code for code in candidates if places[code] > last), candidates[0])


def _last_saved(work: UnitWork, user: User) -> str:
    """The question that this person saved last, of those that nobody has saved since; empty for none."""
    mine = [(row.updated_at, code) for code, row in work.sheet.rows.items() if row.updated_by_id == user.pk]
    return max(mine, default=(None, ""))[1]


def _in_my_areas(user: User, assessment: Assessment, work: UnitWork, marks: Marks) -> list[str]:
    """Codes that this person fills, in the order of the worksheet, without those given to a colleague by name."""
    instrument = work.sheet.instrument.value
    return [
        item.code
        for item in instrument.questions
        if permissions.can_fill(user, assessment, area_number(instrument, item.node))
        and (item.code not in marks.duties or marks.duties[item.code].pk == user.pk)
    ]


def _ordered(instrument: scoring.Instrument, codes: frozenset[str]) -> list[str]:
    return [question.code for question in instrument.questions if question.code in codes]


def released_notes(assessment: Assessment) -> list[Note]:
    """TPI's notes of the last round that were released to the unit, and older ones on which it asked again.

    In the order of the worksheet; one query. Each says whether evidence was attached to its question since
    (`is_proven_since`).
    """
    rounds = (assessment.round, assessment.round - 1)
    since = EvidenceUse.objects.filter(
        assessment=assessment,
        question=OuterRef("question"),
        attached_at__gt=OuterRef("asked_at"),
        evidence__withdrawn_at__isnull=True,
    )
    given = Note.objects.filter(assessment=assessment, released_at__isnull=False).exclude(stage=Note.Stage.ASSISTANCE)
    return list(
        with_replies(given, rounds)
        .filter(Q(round__in=rounds) | Q(asked_again_at__isnull=False))
        .annotate(asked_at=Coalesce("asked_again_at", "released_at"))
        .annotate(is_proven_since=Exists(since))
        .select_related("question")
        .order_by("question__position")
    )


def current_assessment(user: User, now: datetime) -> Assessment | None:
    """The assessment that a member of a unit works on: of the open period, else the latest; one query."""
    units = access_of(user).units_as(who.UNIT_MEMBER, who.UNIT_HEAD)
    rows = list(
        Assessment.objects.filter(unit__in=units)
        .select_related("unit__agency", "period")
        .order_by("-period__year", "-period__quarter", "unit__name")
    )
    opened = [row for row in rows if row.period.fill_from <= now and row.state != Assessment.State.FINAL]
    return next(iter(opened or rows), None)


def my_assessments(user: User) -> Sequence[Assessment]:
    """Assessments of the units that somebody belongs to, assists or evaluates, newest first; one query."""
    access = access_of(user)
    units = access.units_as(who.UNIT_MEMBER, who.UNIT_HEAD, who.ASSISTANT, *who.TPI_ROLES)
    return list(
        Assessment.objects.visible_to(user)
        .filter(unit__in=units)
        .select_related("unit__agency", "period")
        .order_by("-period__year", "-period__quarter", "unit__name")
    )
