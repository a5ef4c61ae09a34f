"""From the data of an instrument file to an Instrument; every mistake is named by its place."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from assessments.scoring.gate_parsing import parse_predicates, parse_prerequisites
from assessments.scoring.kinds import Half, Komponen
from assessments.scoring.place import InstrumentError, Place
from assessments.scoring.question_parsing import parse_question, parse_scales
from assessments.scoring.structure import Instrument, Node, Option, Question

__all__ = ["InstrumentError", "parse_instrument"]

_RULES = {"subarea": "mean", "result_item": "score_times_weight", "area_gate": "fulfilment_plus_reform"}
_REFERENCES = {
    "enablers": "A",
    "results": "B",
    "clean_accountable": "B.I",
    "anti_corruption_survey": "B.I.a",
    "performance": "B.I.b",
    "service_survey": "B.II.a",
}
_BELOW = ("subcomponents", "areas", "subareas", "questions")


def parse_instrument(data: Mapping[str, Any]) -> Instrument:
    """Check the data of an instrument file and build its values; raises InstrumentError."""
    root = Place(data)
    tree = _Tree(parse_scales(root.get("scales")))
    tree.read(root.get("components"))
    _check_rules(root.get("scoring"), tree)
    return Instrument(
        code=root.get("code").text(),
        title=root.get("title").text(),
        regulation=root.get("regulation").text(),
        citation=root.get("citation").text(),
        nodes=tuple(tree.nodes.values()),
        questions=tuple(tree.questions.values()),
        predicates=parse_predicates(root.get("predicates"), tree.nodes, tree.questions),
        prerequisites=parse_prerequisites(root.get("prerequisites")),
    )


class _Tree:
    """Nodes and questions in file order, each code once, weights adding up at every level."""

    def __init__(self, scales: Mapping[str, tuple[Option, ...]]) -> None:
        self.nodes: dict[str, Node] = {}
        self.questions: dict[str, Question] = {}
        self._scales = scales

    def read(self, components: Place) -> None:
        for place in components.items():
            self._read_node(place, None)
        if [node.code for node in self._children(None)] != list(Komponen):
            raise components.error("components must be A and B")
        if [node.code for node in self._children(Komponen.PENGUNGKIT)] != list(Half):
            raise components.error("the halves of A must be A.I and A.II")
        if self._area_numbers(Half.PEMENUHAN) != self._area_numbers(Half.REFORM):
            raise components.error("the areas of A.I and A.II differ")
        _check_sum(components, [node.weight for node in self._children(None)], Decimal(100))

    def _children(self, parent: str | None) -> list[Node]:
        return [node for node in self.nodes.values() if node.parent == parent]

    def _area_numbers(self, half: Half) -> list[tuple[str, str]]:
        return [(node.code.removeprefix(f"{half}."), node.key) for node in self._children(half)]

    def _read_node(self, place: Place, parent: str | None) -> None:
        place.only("code", "key", "name", "weight", *_BELOW)
        key = place.optional("key")
        code = self._new_code(place.get("code"), parent)
        weight = place.get("weight").number()
        if not weight:
            raise place.get("weight").error("weight must be more than 0")
        self.nodes[code] = Node(code, key.text() if key else "", place.get("name").text(), weight, parent)
        below = [name for name in _BELOW if place.optional(name)]
        if len(below) != 1:
            raise place.error(f"exactly one of {', '.join(_BELOW)} expected")
        inside = place.get(below[0])
        if below[0] == "questions":
            self._read_questions(inside, self.nodes[code])
            return
        for item in inside.items():
            self._read_node(item, code)
        _check_sum(inside, [node.weight for node in self._children(code)], weight)

    def _read_questions(self, place: Place, node: Node) -> None:
        found = []
        for item in place.items():
            code = self._new_code(item.get("code"), node.code)
            self.questions[code] = parse_question(item, code, node.code, self._scales)
            found.append(self.questions[code])
        weights = [question.weight for question in found if question.weight is not None]
        is_result = node.code.split(".")[0] == Komponen.HASIL
        if is_result or weights:
            if len(weights) != len(found):
                raise place.error("every question here needs a weight")
            _check_sum(place, weights, node.weight)
        if not is_result and len(set(weights)) > 1:
            raise place.error("weights inside a sub-area must be even: it scores the mean")

    def _new_code(self, place: Place, parent: str | None) -> str:
        code = place.text()
        if code in self.nodes or code in self.questions:
            raise place.error(f"code {code} is used twice")
        if parent is not None and code.rpartition(".")[0] != parent:
            raise place.error(f"code {code} does not continue {parent}")
        return code


def _check_sum(place: Place, weights: list[Decimal], expected: Decimal) -> None:
    found = sum(weights, Decimal(0))
    if found != expected:
        raise place.error(f"weights add up to {found}, not {expected}")


def _check_rules(place: Place, tree: _Tree) -> None:
    """Refuse a file whose rules are others than the engine's."""
    for key, rule in _RULES.items():
        place.get(key).one_of(rule)
    references = place.get("references")
    for key, code in _REFERENCES.items():
        references.get(key).one_of(code)
        if code not in tree.nodes and code not in tree.questions:
            raise references.get(key).error(f"{code} is not in the instrument")
