"""The unit's home: what to do next, how far it is, what happened; and the list of a person's assessments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assessments import permissions, scoring
from assessments.models import Assessment, Note, TransitionRecord
from assessments.queries.answers import tpi_sheet
from assessments.queries.gates import GateTable, gate_tables
from assessments.queries.progress import UnitWork, area_number, holds_wbk, target_of, unit_work
from assessments.queries.worksheet import Group, lock_reason, outline
from assessments.services.transitions import open_questions
from units import permissions as who
from units.models import User
from units.permissions import access_of


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next. `kind`: `fill`, `prove`, `repair`, `send`, `ask_head`, `wait`, `early`, `late`, `read`, `done`.

    `code` is the question that the step begins with, `count` says how many there are, `lock` why nothing is to be done.
    """

    kind: str
    count: int = 0
    code: str = ""
    lock: str = ""


@dataclass(frozen=True)
class Home:
    """Everything on the home of a unit in a period."""

    assessment: Assessment
    work: UnitWork
    result: scoring.Result
    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    gates: tuple[GateTable, ...]
    tpi_result: scoring.Result | None
    tpi_gates: tuple[GateTable, ...]
    target: str
    notes: tuple[Note, ...]
    history: tuple[TransitionRecord, ...]
    others: tuple[Assessment, ...]


def unit_home(assessment: Assessment, user: User, now: datetime) -> Home:
    """A fixed number of queries: at most nine."""
    work = unit_work(assessment)
    held = holds_wbk(assessment)
    instrument = work.sheet.instrument.value
    target = target_of(assessment)
    opened = open_questions(assessment)
    repairs = frozenset(work.sheet.instrument.codes[pk] for pk in opened or ())
    result = work.sheet.result(holds_wbk=held)
    tpi = tpi_sheet(assessment).result(holds_wbk=held) if assessment.state == Assessment.State.FINAL else None
    return Home(
        assessment=assessment,
        work=work,
        result=result,
        groups=outline(work, repairs=repairs),
        steps=tuple(next_steps(user, assessment, work, repairs, now)),
        gates=tuple(gate_tables(instrument, result, target)),
        tpi_result=tpi,
        tpi_gates=tuple(gate_tables(instrument, tpi, target)) if tpi else (),
        target=target,
        notes=tuple(released_notes(assessment)),
        history=tuple(TransitionRecord.objects.filter(assessment=assessment).select_related("actor")),
        others=tuple(
            Assessment.objects.filter(unit_id=assessment.unit_id)
            .select_related("period", "unit__agency")
            .order_by("-period__year", "-period__quarter")
        ),
    )


def next_steps(
    user: User, assessment: Assessment, work: UnitWork, repairs: frozenset[str], now: datetime
) -> list[Step]:
    """The first step is the one to take; those after it follow in time."""
    why = lock_reason(user, assessment, now, None)
    if why:
        return [Step({"role": "read", "final": "done", "review": "wait"}.get(why, why), lock=why)]
    mine = _in_my_areas(user, assessment, work)
    steps = []
    if repairs:
        waiting = [code for code in mine if code in repairs]
        steps.append(Step("repair", len(repairs), waiting[0] if waiting else ""))
    else:
        blank = [code for code in mine if code not in work.answered]
        if blank:
            steps.append(Step("fill", len(blank), blank[0]))
    bare = [code for code in mine if code in work.answered - work.proven and (not repairs or code in repairs)]
    if bare:
        steps.append(Step("prove", len(bare), bare[0]))
    is_head = permissions.can_submit(user, assessment)
    return [*steps, Step("send" if is_head else "ask_head", work.total.missing)]


def _in_my_areas(user: User, assessment: Assessment, work: UnitWork) -> list[str]:
    """Codes that this person fills, in the order of the worksheet."""
    instrument = work.sheet.instrument.value
    return [
        item.code
        for item in instrument.questions
        if permissions.can_fill(user, assessment, area_number(instrument, item.node))
    ]


def released_notes(assessment: Assessment) -> list[Note]:
    """TPI's notes of the last round that were released to the unit, in the order of the worksheet; one query."""
    rounds = (assessment.round, assessment.round - 1)
    notes = Note.objects.filter(assessment=assessment, released_at__isnull=False, round__in=rounds)
    return list(notes.exclude(stage=Note.Stage.ASSISTANCE).select_related("question").order_by("question__position"))


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
