"""The queue of one evaluation: filters against a plain reading of the rows, counts, order, address, cost."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments import scoring
from assessments.models import Answer, Assessment, BlindScore, Scorer, TransitionRecord
from assessments.queries.answers import stage_sheets
from assessments.queries.desk_queue import Filter, Sort, address_of, desk_queue, read_filters, read_sort, stakes
from assessments.queries.instruments import stored_instrument
from assessments.services.review_checks import Work
from tests import factories
from tests.conftest import Cast
from units.models import User

LogIn = Callable[[User], Client]
START = timezone.now() - timedelta(days=5)
ROUND_TWO = START + timedelta(days=2)
CODE, OTHER, INDEX = "A.I.1.i.b", "A.I.1.ii.b", "B.I.a"


def put_in(assessment: Assessment, state: str, cast: Cast, **fields: Any) -> None:
    assessment.state, assessment.finalised_at, assessment.finalised_by = state, timezone.now(), cast.controller
    for name, value in fields.items():
        setattr(assessment, name, value)
    assessment.save()


def second_round(assessment: Assessment, cast: Cast) -> None:
    assessment.round = 2
    assessment.save()
    TransitionRecord.objects.create(
        assessment=assessment,
        action="return",
        from_state="review_controller",
        to_state="returned",
        round=1,
        actor=cast.controller,
        at=ROUND_TWO,
    )


def row(assessment: Assessment, code: str, raw: Any, stage: str, when: datetime, round_: int = 1) -> Answer:
    found = factories.answer(assessment, code, raw, stage=stage)
    Answer.objects.filter(pk=found.pk).update(updated_at=when, round=round_)
    return found


def codes(assessment: Assessment, user: User, *filters: Filter) -> set[str]:
    return set(desk_queue(assessment, user, filters).codes)


# ---- the truth, read plainly ----


@dataclass
class World:
    """Random rows of a worksheet in its second round, as plain values by code."""

    answers: dict[str, dict[str, tuple[str, datetime, int]]]
    evidence: dict[str, list[tuple[datetime, bool]]]
    notes: dict[str, list[tuple[int, str, bool, str]]]


def a_moment(chance: random.Random) -> datetime:
    return START + timedelta(minutes=chance.randrange(6000))


def build(assessment: Assessment, cast: Cast, seed: int) -> World:
    chance = random.Random(seed)  # noqa: S311 - data of a test
    stored = stored_instrument(assessment.period.instrument)
    world = World({}, {}, {})
    for question in stored.value.questions:
        code = question.code
        world.answers[code], world.evidence[code], world.notes[code] = {}, [], []
        _random_answers(world, assessment, question, chance)
        _random_evidence(world, assessment, code, chance, cast)
        _random_notes(world, assessment, code, chance, cast)
    return world


def _random_answers(world: World, assessment: Assessment, question: scoring.Question, chance: random.Random) -> None:
    if not question.options:
        return
    for stage, likely in (("unit", 0.8), ("member", 0.7), ("lead", 0.4), ("controller", 0.2)):
        if chance.random() > likely:
            continue
        label = chance.choice(["", *(item.label for item in question.options[:2])])
        when, round_ = a_moment(chance), chance.choice((1, 2))
        row(assessment, question.code, label, stage, when, round_)
        world.answers[question.code][stage] = (label, when, round_)


def _random_evidence(world: World, assessment: Assessment, code: str, chance: random.Random, cast: Cast) -> None:
    for _ in range(chance.choice((0, 0, 1, 2))):
        when, withdrawn = a_moment(chance), chance.random() < 0.3
        record = factories.evidence_for(assessment, code, cast.operator, when=when)
        if withdrawn:
            record.withdrawn_at, record.withdrawn_by, record.withdrawn_reason = when, cast.operator, "keliru"
            record.save()
        world.evidence[code].append((when, withdrawn))


def _random_notes(world: World, assessment: Assessment, code: str, chance: random.Random, cast: Cast) -> None:
    for round_ in (1, 2):
        stage = chance.choice(("member", "assistance"))
        if chance.random() < 0.6:
            continue
        thread, released = chance.choice(("open", "answered", "closed")), chance.random() < 0.5
        factories.note(
            assessment,
            code,
            cast.member,
            stage=stage,
            round=round_,
            thread=thread,
            for_release=released,
            released_at=ROUND_TWO if released else None,
            closed_at=ROUND_TWO if thread == "closed" else None,
            closed_by=cast.member if thread == "closed" else None,
        )
        world.notes[code].append((round_, thread, released, stage))


def in_force(answers: dict[str, tuple[str, datetime, int]], stages: tuple[str, ...]) -> Any:
    order = ("member", "lead", "controller")
    rows = [(answers[stage][2], order.index(stage), answers[stage]) for stage in stages if stage in answers]
    return max(rows)[2] if rows else None


def truth(world: World, code: str, stage: str | None, *, empty: bool) -> dict[Filter, bool]:
    """All filters of a question but the weight, for a reader of this stage in round 2."""
    answers = world.answers[code]
    unit, score = answers.get("unit"), in_force(answers, ("member", "lead", "controller"))
    stands = [when for when, withdrawn in world.evidence[code] if not withdrawn]
    seen = score[1] if score else None
    scored, judged = score is not None, None
    if stage == "member":
        scored, seen = "member" in answers, (answers.get("member") or score or (None, None))[1]
    if stage in ("lead", "controller"):
        upto = ("member", "lead", "controller")[: 2 if stage == "lead" else 3]
        scored = stage in answers if empty else in_force(answers, upto) is not None
        if score:
            own = answers.get(stage)
            done = (own if empty else in_force(answers, upto)) or score
            seen = own[1] if own and own[2] == 2 else min(done[1], ROUND_TWO)
            judged = in_force(answers, upto[:-1]) if own else None
    given = unit[0] if unit else ""
    others = [
        *(when for when, withdrawn in world.evidence[code] if withdrawn),
        *(item[1] for item in (unit, judged) if item),
    ]
    by_tpi = [note for note in world.notes[code] if note[3] != "assistance"]
    return {
        Filter.UNSCORED: not scored,
        Filter.DIFFERENT: score is not None and score[0] != given,
        Filter.SCORERS: len({answers[name][0] for name in answers if name != "unit"}) > 1,
        Filter.UNPROVEN: given != "" and not stands,
        Filter.NEW_EVIDENCE: seen is not None and any(when > seen for when in stands),
        Filter.CHANGED: seen is not None and any(when > seen for when in others),
        Filter.BLANK: given == "",
        Filter.OPEN_NOTE: any(thread != "closed" for _, thread, _, _ in by_tpi),
        Filter.RETURNED: any(round_ == 1 and released for round_, _, released, _ in by_tpi),
    }


@pytest.mark.parametrize(
    ("seed", "reader", "state", "later"),
    [
        (1, "member", "review_member", "agree"),
        (2, "lead", "review_lead", "agree"),
        (3, "lead", "review_lead", "empty"),
        (4, "controller", "review_controller", "empty"),
        (5, "inspector", "review_controller", "empty"),
        (6, "member", "review_lead", "agree"),
    ],
)
def test_filters_and_counts_agree_with_the_rows(
    seed: int, reader: str, state: str, later: str, assessment: Assessment, cast: Cast
) -> None:
    second_round(assessment, cast)
    put_in(assessment, state, cast, later_stages=later)
    world = build(assessment, cast, seed)
    stage = reader if state == f"review_{reader}" else None
    expected = {code: truth(world, code, stage, empty=later == "empty") for code in world.answers}
    share = stakes(stored_instrument(assessment.period.instrument).value)
    chance = random.Random(seed)  # noqa: S311 - choices of a test
    for chosen in [(), *((name,) for name in Filter), *(tuple(chance.sample(list(Filter), 2)) for _ in range(8))]:
        found = desk_queue(assessment, getattr(cast, reader), chosen)
        facts = {code: flags | {Filter.HEAVY: share[code] >= 1} for code, flags in expected.items()}
        listed = [code for code, flags in facts.items() if all(flags[name] for name in chosen)]
        assert list(found.codes) == listed
        assert found.counts == {name: sum(facts[code][name] for code in listed) for name in Filter}
    if stage:
        outdated = Work(assessment, Answer.Stage(stage), stage_sheets(assessment)).outdated()
        marked = [code for code in expected if expected[code][Filter.CHANGED] or expected[code][Filter.NEW_EVIDENCE]]
        assert set(outdated) <= set(marked)


def test_random_worlds_reach_every_filter(assessment: Assessment, cast: Cast) -> None:
    second_round(assessment, cast)
    put_in(assessment, "review_lead", cast)
    build(assessment, cast, 2)
    counts = desk_queue(assessment, cast.lead).counts
    assert [name for name in Filter if not 0 < counts[name] < 113] == []


# ---- single rules ----


def test_stake_is_the_even_share_of_the_subarea(assessment: Assessment) -> None:
    instrument = stored_instrument(assessment.period.instrument).value
    found = stakes(instrument)
    assert sum(found.values()) == 100
    assert found[INDEX] == Fraction(35, 2)
    siblings = instrument.questions_of("A.I.1.i")
    assert found[CODE] == Fraction(instrument.node("A.I.1.i").weight) / len(siblings)


def test_order_by_stake_puts_the_surveys_first_and_keeps_the_sheet_within(assessment: Assessment, cast: Cast) -> None:
    found = desk_queue(assessment, cast.member, sort=Sort.STAKE)
    assert found.codes[:2] == ("B.I.a", "B.II.a")
    pairs = [(item.stake, -item.number) for item in found.items]
    assert pairs == sorted(pairs, reverse=True)
    assert desk_queue(assessment, cast.member).codes == tuple(
        item.code for item in stored_instrument(assessment.period.instrument).value.questions
    )


def test_listed_questions_are_grouped_by_area_in_the_order_of_the_sheet(assessment: Assessment, cast: Cast) -> None:
    whole = desk_queue(assessment, cast.member)
    assert [item.code for group in whole.groups for item in group.items] == list(whole.codes)
    assert [group.path[-1].code for group in whole.groups] == [
        *(f"A.{half}.{area}" for half in ("I", "II") for area in range(1, 7)), "B",
    ]  # fmt: skip
    assert [node.name for node in whole.groups[0].path] == ["Pengungkit", "Pemenuhan", "Manajemen Perubahan"]
    heavy = desk_queue(assessment, cast.member, [Filter.HEAVY])
    assert sum(len(group.items) for group in heavy.groups) == len(heavy.items) < whole.total
    assert [group.items[0].code for group in heavy.groups][-1] == "B.I.a"
    by_stake = desk_queue(assessment, cast.member, (), Sort.STAKE)
    assert [(group.path, group.items) for group in by_stake.groups] == [((), by_stake.items)]


def test_words_of_the_address_are_read_once_in_one_order() -> None:
    assert read_filters(["berat", "xyz", "belum", "berat"]) == (Filter.UNSCORED, Filter.HEAVY)
    assert (read_sort("dampak"), read_sort("lke"), read_sort("x")) == (Sort.STAKE, Sort.SHEET, Sort.SHEET)
    assert address_of((Filter.HEAVY, Filter.UNSCORED), Sort.STAKE) == "saring=belum&saring=berat&urut=dampak"
    assert address_of((), Sort.SHEET) == ""


def test_next_question_is_found_from_one_that_left_the_list(assessment: Assessment, cast: Cast) -> None:
    put_in(assessment, "review_member", cast)
    order = desk_queue(assessment, cast.member).codes
    factories.answer(assessment, order[3], "", stage="member")
    found = desk_queue(assessment, cast.member, [Filter.UNSCORED])
    after, before = found.after(order[3]), found.before(order[3])
    assert (order[3] in found.codes, after and after.code, before and before.code) == (False, order[4], order[2])
    assert (found.before(order[0]), found.after(order[-1])) == (None, None)


def test_changed_in_round_stays_marked_for_the_stages_above(assessment: Assessment, cast: Cast) -> None:
    second_round(assessment, cast)
    row(assessment, CODE, "B", "unit", ROUND_TWO + timedelta(hours=1), 2)
    row(assessment, CODE, "B", "member", ROUND_TWO + timedelta(hours=2), 2)
    row(assessment, OTHER, "B", "unit", START, 1)
    row(assessment, OTHER, "B", "member", START + timedelta(hours=1), 1)
    factories.evidence_for(assessment, OTHER, cast.operator, when=ROUND_TWO + timedelta(hours=1))
    for state, reader in (("review_member", cast.member), ("review_lead", cast.lead)):
        put_in(assessment, state, cast)
        found = desk_queue(assessment, reader)
        assert (found.item(CODE).answer_in_round, found.item(CODE).evidence_in_round) == (True, False)
        assert (found.item(OTHER).answer_in_round, found.item(OTHER).evidence_in_round) == (False, True)
    assert codes(assessment, cast.lead, Filter.CHANGED) == {CODE}
    row(assessment, CODE, "B", "lead", ROUND_TWO + timedelta(hours=3), 2)
    assert codes(assessment, cast.lead, Filter.CHANGED) == set()


# ---- blind scoring ----


def blind(assessment: Assessment, code: str, slot: int, choice: str, by: User) -> None:
    BlindScore.objects.create(
        assessment=assessment,
        question_id=factories.question_id(assessment, code),
        slot=slot,
        choice=choice,
        updated_by=by,
        updated_at=timezone.now(),
    )


@pytest.fixture
def paired(assessment: Assessment, cast: Cast) -> Assessment:
    second = factories.teammate(cast.unit_a.teams.get(kind="tpi"))
    put_in(assessment, "review_member", cast, scoring="paired")
    for slot, user in ((1, cast.member), (2, second)):
        Scorer.objects.create(
            assessment=assessment, user=user, slot=slot, assigned_by=cast.lead, assigned_at=timezone.now()
        )
    factories.answer(assessment, CODE, "B")
    blind(assessment, CODE, 1, "B", cast.member)
    blind(assessment, CODE, 2, "C", second)
    blind(assessment, OTHER, 2, "A", second)
    return assessment


def test_blind_scorer_finds_only_own_scores_in_the_queue(paired: Assessment, cast: Cast) -> None:
    found = desk_queue(paired, cast.member)
    assert found.counts[Filter.UNSCORED] == 112
    assert (found.counts[Filter.DIFFERENT], found.counts[Filter.SCORERS]) == (0, 0)
    assert found.item(OTHER).theirs is None
    for onlooker in (cast.lead, cast.inspector):
        seen = desk_queue(paired, onlooker)
        assert (seen.counts[Filter.UNSCORED], seen.counts[Filter.SCORERS]) == (113, 0)


def test_lead_filters_where_two_scorers_differ_once_both_are_in(paired: Assessment, cast: Cast) -> None:
    put_in(paired, "review_lead", cast)
    assert codes(paired, cast.lead, Filter.SCORERS) == {CODE}


# ---- the page ----


def page(assessment: Assessment) -> str:
    return reverse("desk_queue", args=(assessment.unit.agency.code, assessment.unit.code, assessment.period.code))


def test_address_says_everything_that_the_page_shows(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    put_in(assessment, "review_member", cast)
    factories.answer(assessment, INDEX, {"index": "3.60"}, stage="member")
    query = {"saring": ["berat", "belum"], "urut": "dampak"}
    shown = as_user(cast.member).get(page(assessment), query).context["queue"]
    same = as_user(cast.lead).get(page(assessment) + "?" + shown.address).context["queue"]
    assert (shown.codes, shown.chosen, shown.sort) == (same.codes, same.chosen, same.sort)
    assert (shown.codes[0], len(shown.codes)) == ("B.II.a", 19)


def test_chip_turns_a_filter_on_and_off_and_keeps_the_selection(
    assessment: Assessment, cast: Cast, as_user: LogIn
) -> None:
    client, path = as_user(cast.member), page(assessment)
    on = client.get(path, {"saring": "berat", "urut": "dampak", "pilih": [CODE], "ubah": "belum"})
    assert on["Location"] == f"{path}?saring=belum&saring=berat&urut=dampak&pilih={CODE}#saringan"
    off = client.get(path, {"saring": "berat", "ubah": "berat"})
    assert off["Location"] == f"{path}#saringan"
    order = client.get(path, {"saring": "berat", "urut": "dampak", "urutkan": "lke"})
    assert order["Location"] == f"{path}?saring=berat#saringan"


def test_selection_reaches_across_filters(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    put_in(assessment, "review_member", cast)
    factories.answer(assessment, CODE, "B")
    query = {"saring": "kosong", "pilih": [CODE, OTHER, "Z.1"], "pilihan": "semua"}
    found = as_user(cast.member).get(page(assessment), query).context
    assert (len(found["picked"]), found["unseen"], found["may_bulk"]) == (113, [CODE], True)
    assert as_user(cast.member).get(page(assessment), query | {"pilihan": "kosong"}).context["picked"] == set()


@pytest.mark.parametrize(
    ("name", "may"), [("member", True), ("lead", False), ("inspector", False), ("controller", False)]
)
def test_selection_is_offered_to_whose_turn_it_is(
    name: str, may: bool, assessment: Assessment, cast: Cast, as_user: LogIn
) -> None:
    put_in(assessment, "review_member", cast)
    assert as_user(getattr(cast, name)).get(page(assessment)).context["may_bulk"] is may


def test_selection_is_not_offered_to_a_member_without_the_worksheet(
    assessment: Assessment, cast: Cast, as_user: LogIn
) -> None:
    colleague = factories.teammate(cast.unit_a.teams.get(kind="tpi"))
    put_in(assessment, "review_member", cast)
    Scorer.objects.create(assessment=assessment, user=colleague, assigned_by=cast.lead, assigned_at=timezone.now())
    offered = [as_user(user).get(page(assessment)).context["may_bulk"] for user in (colleague, cast.member)]
    assert offered == [True, False]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("state", "reader", "budget"), [("review_member", "member", 11), ("review_lead", "lead", 10)])
def test_page_costs_the_same_for_one_and_for_three(
    count: int, state: str, reader: str, budget: int, assessment: Assessment, cast: Cast, as_user: LogIn
) -> None:
    second_round(assessment, cast)
    put_in(assessment, state, cast)
    for code in (CODE, OTHER, "A.I.1.i.a")[:count]:
        factories.answer(assessment, code, "", stage="member")
        factories.note(assessment, code, cast.member)
        factories.evidence_for(assessment, code, cast.operator)
    client = as_user(getattr(cast, reader))
    client.get(page(assessment))
    with CaptureQueriesContext(connection) as queries:
        client.get(page(assessment))
    assert len(queries) == budget


def test_page_is_at_most_twelve_queries_when_two_score_blind(paired: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    client.get(page(paired))
    with CaptureQueriesContext(connection) as queries:
        client.get(page(paired))
    assert len(queries) == 12


def test_page_is_unknown_to_strangers_and_closed_to_the_unit(
    assessment: Assessment, cast: Cast, as_user: LogIn
) -> None:
    names = ("stranger", "other_member", "operator", "head", "assistant", "admin")
    assert [as_user(getattr(cast, name)).get(page(assessment)).status_code for name in names] == [
        404,
        404,
        403,
        403,
        403,
        403,
    ]
