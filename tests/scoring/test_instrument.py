"""The instrument file: what it says arrives, and each mistake is named by its place."""

import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from assessments.scoring.instrument import AreaRef, InstrumentError, dump_instrument, parse_instrument
from tests.scoring.conftest import FILE, ROOT

SHARED = ROOT.parent / "shared" / "lke"


def children(node):
    return next((node[key] for key in ("subcomponents", "areas", "subareas") if key in node), [])


def nodes_of(items, parent=None):
    for item in items:
        yield {"code": item["code"], "name": item["name"], "weight": item["weight"], "parent": parent}
        yield from nodes_of(children(item), item["code"])


def questions_of(items):
    for item in items:
        yield from item.get("questions", [])
        yield from questions_of(children(item))


def dumped_question(question, scales):
    options = scales.get(question["scale"], [])
    criteria = [*question["criteria"], *[""] * len(options)]
    return {
        "code": question["code"],
        "text": question["text"],
        "scale": question["scale"],
        "weight": question.get("weight"),
        "options": [item | {"criterion": line} for item, line in zip(options, criteria, strict=False)],
        "inputs": [{"used": True} | item for item in question.get("inputs", [])],
        "formula": question.get("formula"),
        "cap": question.get("cap"),
        "min": question.get("min"),
        "max": question.get("max"),
        "zero_denominator": question.get("zero_denominator"),
        "derived": question.get("derived", []),
        "evidence": question["evidence"],
        "help": question.get("help"),
    }


def dumped_gates(predicate):
    results = predicate["results"]
    gates = {"total": predicate["total_min"], "pengungkit": predicate["enablers_min"]}
    gates |= {f"area:{number}": predicate["area_share_min"] for number in range(1, 7)}
    gates |= {
        "B.I": results["clean_accountable_min"],
        "B.I.a": results["anti_corruption_survey_min"]["points"],
        "B.I.b": results["performance_min"],
        "B.II": results["service_survey_min"]["points"],
    }
    if predicate["requires_predicate"]:
        gates["holds_wbk"] = "1"
    return [{"key": key, "required": required} for key, required in gates.items()]


def test_dump_says_what_the_file_says(lke, file_data):
    assert dump_instrument(lke) == {
        "code": file_data["code"],
        "title": file_data["title"],
        "nodes": list(nodes_of(file_data["components"])),
        "questions": [dumped_question(item, file_data["scales"]) for item in questions_of(file_data["components"])],
        "gates": {code: dumped_gates(item) for code, item in file_data["predicates"].items()},
    }


def test_instrument_has_all_nodes_and_questions(lke):
    assert (len(lke.nodes), len(lke.questions), len(lke.subareas)) == (60, 113, 44)


def test_instrument_looks_up(lke):
    assert lke.node("A.I.1").name == "Manajemen Perubahan"
    assert lke.question("B.I.a").maximum == Decimal(4)
    assert lke.has_question("B.I.a")
    assert not lke.has_question("A.I.1")
    assert [node.code for node in lke.children("A")] == ["A.I", "A.II"]
    assert lke.children("A.I.1.i") == ()
    assert [question.code for question in lke.questions_of("B.I")] == ["B.I.a", "B.I.b"]
    assert lke.questions_of("A") == ()


def test_six_areas_join_pemenuhan_and_reform(lke):
    assert lke.areas[4] == AreaRef(5, "Penguatan Pengawasan", Decimal(15), "A.I.5", "A.II.5")
    assert [area.weight for area in lke.areas] == [8, 7, 10, 10, 15, 10]


def test_prerequisites_arrive(lke):
    assert len(lke.prerequisites.items) == 11
    assert len(lke.prerequisites.affirmative_kinds) == 6
    assert lke.prerequisites.rating_orders["opinion"][-1] == "WTP"
    assert lke.prerequisites.proposal_deadline == "05-31"


def test_instrument_survives_pickling(lke):
    assert pickle.loads(pickle.dumps(lke)) == lke  # noqa: S301  # our own bytes


def at(data, path):
    """Mapping or list at a path like `components.0.weight`, without its last step, and that step."""
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        data = data[step]
    return data, last


FIRST = "components.0.subcomponents.0.areas.0.subareas.0"
RATIO = "components.0.subcomponents.1.areas.0.subareas.0.questions.0"
DISCIPLINE = "components.0.subcomponents.1.areas.2.subareas.2.questions.0"
LHKPN = "components.0.subcomponents.1.areas.4.subareas.2.questions.0"
INDEX = "components.1.subcomponents.0.questions.0"
MISTAKES = [
    ("code", None, "", "code is missing"),
    ("title", " ", "title", "must be text"),
    ("components", "A", "components", "must be a list"),
    ("components", [], "components", "must be a list"),
    ("components.0", "A", "components[0]", "must be a mapping"),
    ("scales.abc.1.score", "1", "scales.abc", "scores must go down"),
    ("scales.abc.1.score", "1.5", "scales.abc[1].score", "more than 1"),
    ("scales.abc.1.label", "a", "scales.abc", "label is used twice"),
    ("scales.abcf", [], "scales", "unknown key abcf"),
    ("components.0.code", "C", "components[0].subcomponents[0].code", "does not continue C"),
    ("components.1.weight", "30.00", "components[1].subcomponents", "weights add up to 40.00, not 30.00"),
    (f"{FIRST}.weight", 0.5, f"{FIRST}.weight", "must be a quoted number"),
    (f"{FIRST}.weight", "0,50", f"{FIRST}.weight", "is no number"),
    (f"{FIRST}.weight", "0.00", f"{FIRST}.weight", "must be more than 0"),
    (f"{FIRST}.weight", "0.75", "components.0.subcomponents.0.areas.0.subareas", "weights add up to 4.25, not 4.00"),
    (f"{FIRST}.nama", "x", FIRST, "unknown key nama"),
    (f"{FIRST}.areas", [], FIRST, "exactly one of"),
    (f"{FIRST}.code", "A.I.1.ii", "components.0.subcomponents.0.areas.0.subareas.0.questions.0.code", "not continue"),
    (f"{FIRST}.questions.1.code", "A.I.1.i.a", f"{FIRST}.questions.1.code", "used twice"),
    (f"{FIRST}.questions.1.scale", "abcdef", f"{FIRST}.questions.1.scale", "is not one of yes_no"),
    (f"{FIRST}.questions.1.scale", "abcd", f"{FIRST}.questions.1.criteria", "3 criteria for scale abcd, not 4"),
    (f"{FIRST}.questions.0.formula", "a / b", f"{FIRST}.questions.0", "unknown key formula"),
    (f"{FIRST}.questions.0.weight", "0.25", f"{FIRST}.questions", "every question here needs a weight"),
    (f"{RATIO}.criteria", ["a.", "b."], f"{RATIO}.criteria", "one criterion expected"),
    (f"{RATIO}.formula", "changes / agent", f"{RATIO}.formula", "agent is no input"),
    (f"{RATIO}.formula", "changes % agents", f"{RATIO}.formula", "unexpected '%'"),
    (f"{RATIO}.inputs.0.used", False, f"{RATIO}.inputs.0", "does not match the formula"),
    (f"{RATIO}.inputs.0.used", "no", f"{RATIO}.inputs.0.used", "must be true or false"),
    (f"{RATIO}.inputs.1.key", "agents", f"{RATIO}.inputs.1.key", "used twice"),
    (f"{RATIO}.inputs.1.key", "Agents", f"{RATIO}.inputs.1.key", "no key"),
    (f"{RATIO}.zero_denominator", None, RATIO, "zero_denominator is missing"),
    (f"{RATIO}.zero_denominator.local_rule", "yes", f"{RATIO}.zero_denominator.local_rule", "true or false"),
    (f"{RATIO}.cap", "1.5", f"{RATIO}.cap", "more than 1"),
    (f"{RATIO}.min", "0", RATIO, "unknown key min"),
    (f"{DISCIPLINE}.zero_denominator.score_if_zero.key", "x", f"{DISCIPLINE}.zero_denominator.score_if_zero.key", "x"),
    (f"{LHKPN}.derived.0.key", "lhkpn_others", f"{LHKPN}.derived.0.key", "used twice"),
    (f"{LHKPN}.derived.0.formula", "x + y", f"{LHKPN}.derived.0.formula", "x is no input"),
    (f"{LHKPN}.weight", "1.50", "components.0.subcomponents.1.areas.4.subareas.2.questions", "add up to 2.50"),
    (f"{INDEX}.max", "0", f"{INDEX}.max", "max must be more than min"),
    (f"{INDEX}.formula", "4 / 4", f"{INDEX}.inputs.0", "does not match the formula"),
    (f"{INDEX}.inputs.0.key", "indeks", f"{INDEX}.formula", "index is no input"),
    (f"{INDEX}.respondents_min", "30", f"{INDEX}.respondents_min", "must be a whole number"),
    (f"{INDEX}.respondents_min", True, f"{INDEX}.respondents_min", "must be a whole number"),
    (f"{INDEX}.weight", None, "components.1.subcomponents.0.questions", "every question here needs a weight"),
    ("scoring.subarea", "sum", "scoring.subarea", "'sum' is not one of mean"),
    ("scoring.references.enablers", "A.I", "scoring.references.enablers", "is not one of A"),
    ("predicates.WBK.total_min", "101", "predicates.WBK.total_min", "more than the weight"),
    ("predicates.WBK.total_min", 75, "predicates.WBK.total_min", "must be a quoted number"),
    (
        "predicates.WBK.results.service_survey_min.index",
        "3.60",
        "predicates.WBK.results.service_survey_min",
        "index 3.60 does not give 14.00 points",
    ),
    ("predicates.WBBM.requires_predicate", "WBBM", "predicates.WBBM.requires_predicate", "is not one of WBK"),
    ("predicates.WBX", {}, "predicates", "unknown key WBX"),
    ("prerequisites.items.0.minimum.WBK", "WTPP", "prerequisites.items.0.minimum.WBK", "is not one of TMP"),
    ("prerequisites.items.4.minimum.WBK", "tiga", "prerequisites.items.4.minimum.WBK", "is no number"),
    ("prerequisites.items.0.unit", "huruf", "prerequisites.items.0.unit", "is not one of opinion"),
    ("prerequisites.items.0.level", "desa", "prerequisites.items.0.level", "is not one of instance"),
    ("prerequisites.proposal_deadline", "31-05", "prerequisites.proposal_deadline", "must be MM-DD"),
]


def as_written(path):
    """`components.0.weight` as error messages write it: components[0].weight."""
    return "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in path.split(".")).lstrip(".")


@pytest.mark.parametrize(("path", "value", "where", "reason"), MISTAKES, ids=lambda item: str(item)[-40:])
def test_mistake_in_the_file_is_named_by_its_place(data, path, value, where, reason):
    parent, last = at(data, path)
    parent[last] = value
    with pytest.raises(InstrumentError) as caught:
        parse_instrument(data)
    assert caught.value.path in (where, as_written(where))
    assert reason in caught.value.reason


def test_components_must_be_two(data):
    del data["components"][1]
    with pytest.raises(InstrumentError, match="components must be A and B"):
        parse_instrument(data)


def test_halves_must_be_two(data):
    pengungkit = data["components"][0]
    del pengungkit["subcomponents"][1]
    pengungkit["weight"] = "30.00"
    with pytest.raises(InstrumentError, match=r"halves of A must be A\.I and A\.II"):
        parse_instrument(data)


def test_halves_must_have_the_same_areas(data):
    data["components"][0]["subcomponents"][1]["areas"][0]["key"] = "other"
    with pytest.raises(InstrumentError, match=r"areas of A\.I and A\.II differ"):
        parse_instrument(data)


def test_components_must_add_up_to_a_hundred(data):
    part = data["components"][1]["subcomponents"][1]
    data["components"][1]["weight"], part["weight"], part["questions"][0]["weight"] = "39.50", "17.00", "17.00"
    with pytest.raises(InstrumentError, match=r"weights add up to 99\.50, not 100"):
        parse_instrument(data)


def test_weights_inside_a_subarea_must_be_even(data):
    parent, last = at(data, LHKPN)
    parent[last]["weight"], parent[1]["weight"] = "1.50", "0.50"
    with pytest.raises(InstrumentError, match="must be even"):
        parse_instrument(data)


def test_an_index_reads_the_index_only(data):
    parent, last = at(data, INDEX)
    parent[last]["formula"] = "index / respondents"
    parent[last]["inputs"][1]["used"] = True
    with pytest.raises(InstrumentError, match="an index reads index only"):
        parse_instrument(data)


def test_a_reference_must_exist(data):
    del data["components"][1]["subcomponents"][1]
    data["components"][1]["weight"] = "22.50"
    data["components"][0]["weight"] = "77.50"
    for half in data["components"][0]["subcomponents"]:
        half["weight"] = "38.75"
        half["areas"][0]["weight"] = "12.75"
        half["areas"][0]["subareas"][0]["weight"] = str(
            Decimal(half["areas"][0]["subareas"][0]["weight"]) + Decimal("8.75")
        )
    with pytest.raises(InstrumentError, match=r"B\.II\.a is not in the instrument"):
        parse_instrument(data)


def test_keys_must_be_text(data):
    data["scales"] = {1: []}
    with pytest.raises(InstrumentError, match="text keys"):
        parse_instrument(data)


if SHARED.exists():

    def test_file_is_the_one_that_the_domain_gives():
        assert FILE.read_bytes() == (SHARED / FILE.name).read_bytes()

    def test_file_passes_the_shared_check():
        checker = Path(SHARED / "check_instrument.py")
        done = subprocess.run([sys.executable, checker, FILE], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("OK permenpanrb-90-2021: 110 lever questions")
