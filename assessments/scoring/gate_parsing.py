"""Predicates with their gates, and the prerequisites, of an instrument file."""

import re
from collections.abc import Mapping
from decimal import Decimal

from assessments.scoring.kinds import HOLDS_WBK, TOTAL, Half, Predikat, area_key
from assessments.scoring.place import Place
from assessments.scoring.structure import Gate, Node, Predicate, Prerequisite, Prerequisites, Question

_ORDERED_UNITS = ("opinion", "rating")
_UNITS = (*_ORDERED_UNITS, "level", "boolean", "percent", "year")
_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", re.ASCII)


def parse_predicates(
    place: Place, nodes: Mapping[str, Node], questions: Mapping[str, Question]
) -> dict[str, Predicate]:
    """Read WBK and WBBM, gates in the order in which they are shown."""
    place.only(*Predikat)
    return {code.value: _predicate(place.get(code), code, nodes, questions) for code in Predikat}


def _predicate(place: Place, code: Predikat, nodes: Mapping[str, Node], questions: Mapping[str, Question]) -> Predicate:
    results = place.get("results")
    survey, service = results.get("anti_corruption_survey_min"), results.get("service_survey_min")
    share = place.get("area_share_min").share()
    areas = sum(node.parent == Half.PEMENUHAN for node in nodes.values())
    needs = place.optional("requires_predicate")
    gates = [
        Gate(TOTAL, _points(place.get("total_min"), Decimal(100))),
        Gate("pengungkit", _points(place.get("enablers_min"), nodes["A"].weight)),
        *(Gate(area_key(number), share) for number in range(1, areas + 1)),
        Gate("B.I", _points(results.get("clean_accountable_min"), nodes["B.I"].weight)),
        Gate("B.I.a", _survey_points(survey, questions["B.I.a"])),
        Gate("B.I.b", _points(results.get("performance_min"), questions["B.I.b"].weight or Decimal(0))),
        Gate("B.II", _survey_points(service, questions["B.II.a"])),
    ]
    if needs is not None:
        needs.one_of(Predikat.WBK)
        gates.append(Gate(HOLDS_WBK, Decimal(1)))
    return Predicate(code.value, place.get("name").text(), tuple(gates), needs.text() if needs else None)


def _points(place: Place, weight: Decimal) -> Decimal:
    points = place.number()
    if points > weight:
        raise place.error(f"{points} is more than the weight {weight}")
    return points


def _survey_points(place: Place, question: Question) -> Decimal:
    """Points of a survey's minimum; the index printed beside them must give the same."""
    weight, top = question.weight or Decimal(0), question.maximum or Decimal(1)
    points = _points(place.get("points"), weight)
    index = place.get("index").number()
    if index * weight != points * top:
        raise place.error(f"index {index} does not give {points} points")
    return points


def parse_prerequisites(place: Place) -> Prerequisites:
    """Read what is asked for before a proposal."""
    orders = place.get("rating_orders")
    ranks = {unit: tuple(item.text() for item in orders.get(unit).items()) for unit in _ORDERED_UNITS}
    services = place.get("affirmative_services")
    deadline = place.get("proposal_deadline")
    if _DAY.fullmatch(deadline.text()) is None:
        raise deadline.error("must be MM-DD")
    return Prerequisites(
        citation=place.get("citation").text(),
        items=tuple(_prerequisite(item, ranks) for item in place.get("items").items()),
        rating_orders=ranks,
        affirmative_kinds=tuple(
            (item.get("key").text(), item.get("name").text()) for item in services.get("kinds").items()
        ),
        affirmative_note=services.get("note").text(),
        proposal_deadline=deadline.text(),
    )


def _prerequisite(place: Place, ranks: Mapping[str, tuple[str, ...]]) -> Prerequisite:
    place.only("key", "level", "name", "minimum", "unit", "applies_to")
    unit = place.get("unit").one_of(*_UNITS)
    minimum = {}
    for code in Predikat:
        value = place.get("minimum").get(code)
        if unit in ranks:
            value.one_of(*ranks[unit])
        else:
            value.number()
        minimum[code.value] = value.text()
    only_for = place.optional("applies_to")
    return Prerequisite(
        key=place.get("key").text(),
        level=place.get("level").one_of("instance", "unit"),
        name=place.get("name").text(),
        minimum=minimum,
        unit=unit,
        applies_to=only_for.text() if only_for else None,
    )
