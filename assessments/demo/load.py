"""Loads the demo: one government, one transaction; what is there already stays as it is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import groupby

from django.apps import apps
from django.db import connection, transaction
from django.db.models import F, Q

from assessments.demo.deeds import Course, Deed
from assessments.demo.extensions import extensions_in
from assessments.demo.history import Act, Standing, acts_of, standing_of
from assessments.demo.library import Library
from assessments.demo.note_templates import keep_templates
from assessments.demo.people import Crew, Roster, populate
from assessments.demo.places import AgencyPlan, UnitPlan
from assessments.demo.profiles import story_names
from assessments.demo.quarters import LIVE, QUARTERS, YEAR, Span, span_of
from assessments.demo.reports import issue_reports
from assessments.demo.scorers import PairedWork, give_out, is_paired, score_in_pairs
from assessments.demo.second_looks import looks_in
from assessments.demo.sheets import Pair, sheets_of_year
from assessments.demo.shelf import Shelf, shelf
from assessments.demo.standing import make_agency, make_standing
from assessments.demo.talks import talks_in
from assessments.demo.teamwork import AGENCY as TEAMWORK
from assessments.demo.teamwork import share_work
from assessments.demo.worksheets import Pile, repair, score_again
from assessments.models import Assessment, Evidence, Instrument, Period
from assessments.queries.instruments import instrument_value, stored_instrument
from assessments.services.overseeing import tell_overseers
from assessments.services.transitions import Action, carry_out
from units import audit
from units.models import Agency, Notice, Unit, User

DAYS_BEFORE_SENDING = 2
DAYS_BEFORE_NOW = 4
SCORING_BEGINS = timedelta(hours=2)
HOURS_OF_WORK = timedelta(hours=5)
START_OF_WORK = time(8, 0)
UNREAD_SINCE = timedelta(days=10)


class DemoRefused(Exception):  # noqa: N818 - an answer, as zi_portal.errors.Refused
    """The database holds something else under a code of the demo; `code` of the agency, `found` units there."""

    def __init__(self, code: str, found: int, wanted: int, *, is_demo: bool) -> None:
        self.code, self.found, self.wanted, self.is_demo = code, found, wanted, is_demo
        super().__init__(code)


@dataclass(frozen=True)
class Loaded:
    """What the demo holds for one government; `is_new` when this run made it."""

    agency: Agency
    units: int
    building: int
    is_new: bool


@dataclass
class Scene:
    """A government while it is being loaded."""

    plan: AgencyPlan
    agency: Agency
    units: dict[str, Unit]
    crews: dict[str, Crew]
    inspector: User
    pile: Pile
    library: Library
    now: datetime
    acts: list[Act] = field(default_factory=list)
    documents: dict[str, dict[str, Evidence]] = field(default_factory=dict)
    paired: list[PairedWork] = field(default_factory=list)

    def store(self) -> None:
        self.pile.store()
        self.library.store()


def load_government(
    *, plan: AgencyPlan, instrument: Instrument, password: str, now: datetime, same_size: bool = False
) -> Loaded:
    """Make the government of the plan, or leave it alone when it is there.

    `password` is a hash, the same for all of the demo's people. Raises DemoRefused where something else stands, or,
    with `same_size`, a demo of another scale.
    """
    there = Agency.objects.filter(code=plan.code).first()
    if there is None:
        sheets = _sheets(plan, instrument)
        with shelf() as files, transaction.atomic():
            there = _make(plan, instrument, sheets, password, now, files)
            refresh_statistics()
        return Loaded(there, len(plan.units), len(plan.building), is_new=True)
    count = there.units.count()
    if not there.is_demo or (same_size and count != len(plan.units)):
        raise DemoRefused(plan.code, count, len(plan.units), is_demo=there.is_demo)
    building = Assessment.objects.filter(unit__agency=there).values("unit").distinct().count()
    return Loaded(there, count, building, is_new=False)


def refresh_statistics() -> None:
    """Let PostgreSQL see what this transaction wrote before it checks the foreign keys of all of it.

    It would otherwise walk through whole tables for every row, as it planned to while they were almost empty.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(_tables())}")


def _tables() -> list[str]:
    """The portal's own tables; those of the whole server are locked by others at times."""
    models = (model for app in ("units", "assessments") for model in apps.get_app_config(app).get_models())
    return [connection.ops.quote_name(model._meta.db_table) for model in models]


def _sheets(plan: AgencyPlan, instrument: Instrument) -> dict[str, dict[int, Pair]]:
    """Unit code -> quarter -> what the unit and TPI say."""
    value, stories = instrument_value(instrument), story_names(plan)
    return {item.code: sheets_of_year(value, plan.code, item.code, stories[item.code]) for item in plan.building}


def _make(
    plan: AgencyPlan,
    instrument: Instrument,
    sheets: dict[str, dict[int, Pair]],
    password: str,
    now: datetime,
    files: Shelf,
) -> Agency:
    agency, units = make_agency(plan)
    decrees = make_standing(agency, plan, units, files)
    roster = Roster(agency, password, now)
    crews = populate(roster, [units[item.code] for item in plan.building], decrees)
    scene = Scene(
        plan=plan,
        agency=agency,
        units=units,
        crews=crews,
        inspector=roster.officials["inspector"],
        pile=Pile(stored_instrument(instrument)),
        library=Library(files),
        now=now,
    )
    for quarter in QUARTERS[plan.first_quarter - 1 :]:
        _prepare_quarter(scene, instrument, quarter, {code: pairs[quarter] for code, pairs in sheets.items()})
    scene.store()
    _carry_out(scene)
    score_in_pairs(scene.paired, scene.pile.instrument)
    give_out(plan.code, crews, now)
    if plan.code == TEAMWORK:
        share_work(scene.crews, files, now)
    keep_templates(agency, roster.officials["admin"], now)
    issue_reports(agency, scene.inspector, files)
    tell_overseers(now=now)
    _read_old_news(scene)
    _record(scene)
    return agency


def _prepare_quarter(scene: Scene, instrument: Instrument, quarter: int, pairs: dict[str, Pair]) -> None:
    """The period, its assessments, and the rows of their worksheets."""
    span = span_of(quarter, scene.agency.tz, scene.now)
    period = Period.objects.create(
        agency=scene.agency,
        year=YEAR,
        quarter=quarter,
        instrument=instrument,
        fill_from=span.fill_from,
        fill_until=span.fill_until,
        review_until=span.review_until,
    )
    assessments = Assessment.objects.bulk_create(
        Assessment(unit=scene.units[item.code], period=period) for item in scene.plan.building
    )
    for position, (item, assessment) in enumerate(zip(scene.plan.building, assessments, strict=True)):
        if scene.pile.is_high:
            scene.store()
        standing = standing_of(scene.plan.code, quarter, position, declared=item.declared is not None)
        _prepare(scene, item, assessment, standing, span, pairs[item.code])


def _prepare(scene: Scene, item: UnitPlan, assessment: Assessment, standing: Standing, span: Span, pair: Pair) -> None:
    crew, pile = scene.crews[item.code], scene.pile
    acts = acts_of(assessment, standing, span, crew, scene.inspector, scene.now)
    in_pairs = is_paired(scene.plan.code, item.code, assessment.period.quarter)
    scene.acts += acts[:1] if in_pairs else acts
    if in_pairs:
        scene.paired.append(PairedWork(assessment, pair, crew, tuple(acts)))
    filled_at = _filling_begins(acts, span, scene.now)
    given = pile.fill(assessment, pair, standing, crew, filled_at)
    ids = pile.instrument.question_ids
    scene.library.use(
        assessment, _documents(scene, item, crew, span), {code: ids[code] for code in given}, crew, filled_at
    )
    started = next((act.at for act in acts if act.action is Action.START), None)
    if started and not in_pairs:
        pile.score(assessment, pair, standing, crew, started + SCORING_BEGINS)
    reviewed = next((act.at for act in acts if act.action is Action.TO_CONTROLLER), None)
    if reviewed:
        pile.review(assessment, pair, crew, reviewed)
    if crew.assistants and assessment.period.quarter >= LIVE - 1:
        pile.advise(assessment, list(given), crew, filled_at + timedelta(hours=7))


def _filling_begins(acts: list[Act], span: Span, now: datetime) -> datetime:
    """Some days before the worksheet is sent; of a draft, some days after the opening or before now."""
    zone = span.fill_from.tzinfo
    if acts:
        day = acts[0].at.date() - timedelta(days=DAYS_BEFORE_SENDING)
    elif span.review_until < now:
        day = span.fill_from.date() + timedelta(days=DAYS_BEFORE_NOW)
    else:
        day = now.astimezone(zone).date() - timedelta(days=DAYS_BEFORE_NOW)
    return datetime.combine(day, START_OF_WORK, zone)


def _documents(scene: Scene, item: UnitPlan, crew: Crew, span: Span) -> dict[str, Evidence]:
    """The unit's evidence of the year, made when its first quarter opens."""
    if item.code not in scene.documents:
        unit, owner = scene.units[item.code], crew.operators[0]
        scene.documents[item.code] = scene.library.of_unit(scene.plan, item, unit, owner, span.fill_from)
    return scene.documents[item.code]


def _carry_out(scene: Scene) -> None:
    """All acts of the government, and what is said and scored between them, in the order of time."""
    steps: list[Act | Deed] = [*scene.acts, *_deeds(scene)]
    for step in sorted(steps, key=lambda step: step.at):
        if isinstance(step, Deed):
            step.do(step.at)
        else:
            _act(scene, step)


def _act(scene: Scene, act: Act) -> None:
    if act.in_second_round and act.action is Action.SUBMIT:
        repair(act.assessment, scene.crews[act.assessment.unit.code], act.at - HOURS_OF_WORK)
    elif act.in_second_round and act.action is Action.TO_LEAD:
        score_again(act.assessment, act.at - HOURS_OF_WORK)
    carry_out(assessment=act.assessment, action=act.action, actor=act.actor, now=act.at, reason=act.reason)


def _deeds(scene: Scene) -> Iterator[Deed]:
    """Of one government; in the others nobody says anything between the steps."""
    if scene.plan.code != TEAMWORK:
        return
    for sheet, acts in groupby(scene.acts, key=lambda act: act.assessment):
        course = Course(sheet, tuple(acts), scene.crews[sheet.unit.code], scene.inspector, scene.now)
        yield from (*talks_in(course), *looks_in(course), *extensions_in(course))


def _read_old_news(scene: Scene) -> None:
    """People have opened their inbox since; only the latest is unread."""
    here = Q(unit__agency=scene.agency) | Q(agency=scene.agency)
    old = Notice.objects.filter(here, created_at__lt=scene.now - UNREAD_SINCE)
    old.update(read_at=F("created_at"))


def _record(scene: Scene) -> None:
    counts = {
        "units": len(scene.plan.units),
        "building": len(scene.plan.building),
        "evidence": scene.library.stored,
        **scene.pile.stored,
    }
    audit.record(verb="demo.load", target=scene.agency, actor=None, now=scene.now, agency=scene.agency, after=counts)


def states_of(agencies: Iterable[Agency]) -> dict[tuple[int, int], Counter[str]]:
    """(Agency id, quarter) -> how many assessments are in each state; one query."""
    found: dict[tuple[int, int], Counter[str]] = {}
    rows = Assessment.objects.filter(period__agency__in=agencies, period__year=YEAR)
    for agency_id, quarter, state in rows.values_list("period__agency_id", "period__quarter", "state").order_by():
        found.setdefault((agency_id, quarter), Counter())[state] += 1
    return found
