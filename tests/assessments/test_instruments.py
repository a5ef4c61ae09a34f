"""The stored instrument against its file, and the freeze of what is published."""

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from assessments import scoring
from assessments.importers.instrument_file import read_instrument_file
from assessments.models import Instrument, Node, Option
from assessments.queries.instruments import instrument_value
from assessments.services.instruments import clone, first_difference, load_instrument, publish
from tests.conftest import Cast
from units.models import AuditEvent

FILE = Path(__file__).parents[2] / "fixtures" / "permenpanrb-90-2021.yaml"
TABLES = ("node", "question", "option", "input", "gate")


@pytest.fixture(scope="module")
def source() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.fixture
def dumped(instrument: Instrument) -> dict[str, Any]:
    out = StringIO()
    call_command("dump_instrument", "permenpanrb-90-2021", stdout=out)
    return json.loads(out.getvalue())


def walk(source: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Nodes (with parent) and questions of the file, read without our own reader."""
    nodes: list[dict[str, Any]] = []
    questions: list[dict[str, Any]] = []

    def visit(node: dict[str, Any], parent: str | None) -> None:
        weight = {"weight": node["weight"], "parent": parent}
        nodes.append({"code": node["code"], "name": node["name"], **weight})
        questions.extend(node.get("questions", []))
        for key in ("subcomponents", "areas", "subareas"):
            for child in node.get(key, []):
                visit(child, node["code"])

    for component in source["components"]:
        visit(component, None)
    return nodes, questions


def test_dumped_nodes_equal_the_file(dumped: dict[str, Any], source: dict[str, Any]) -> None:
    nodes, _ = walk(source)
    assert dumped["nodes"] == nodes
    assert len(nodes) == 60


def test_dumped_questions_equal_the_file(dumped: dict[str, Any], source: dict[str, Any]) -> None:
    _, questions = walk(source)
    assert len(dumped["questions"]) == len(questions) == 113
    for got, given in zip(dumped["questions"], questions, strict=True):
        assert {key: got[key] for key in ("code", "text", "scale", "evidence")} == {
            key: given[key] for key in ("code", "text", "scale", "evidence")
        }
        for key in ("weight", "formula", "cap", "min", "max", "help"):
            assert got[key] == given.get(key), (given["code"], key)
        assert got["inputs"] == [{"used": True} | item for item in given.get("inputs", [])]
        assert got["derived"] == given.get("derived", [])
        assert got["zero_denominator"] == given.get("zero_denominator")
        options = source["scales"].get(given["scale"], [])
        assert [(item["label"], item["score"]) for item in got["options"]] == [
            (item["label"], item["score"]) for item in options
        ]
        if options:
            assert [item["criterion"] for item in got["options"] if item["criterion"]] == given["criteria"]


def test_dumped_gates_equal_the_file(dumped: dict[str, Any], source: dict[str, Any]) -> None:
    for code, predicate in source["predicates"].items():
        results = predicate["results"]
        expected = {"total": predicate["total_min"], "pengungkit": predicate["enablers_min"]}
        expected |= {f"area:{number}": predicate["area_share_min"] for number in range(1, 7)}
        expected |= {
            "B.I": results["clean_accountable_min"],
            "B.I.a": results["anti_corruption_survey_min"]["points"],
            "B.I.b": results["performance_min"],
            "B.II": results["service_survey_min"]["points"],
        }
        if predicate["requires_predicate"]:
            expected["holds_wbk"] = "1"
        assert {gate["key"]: gate["required"] for gate in dumped["gates"][code]} == expected


def test_stored_instrument_equals_the_file_value(instrument: Instrument) -> None:
    assert instrument_value(instrument) == read_instrument_file(FILE)


def test_loading_again_verifies_and_changes_nothing(instrument: Instrument) -> None:
    before = (Instrument.objects.count(), AuditEvent.objects.count())
    row, is_new = load_instrument(value=read_instrument_file(FILE), sha256="0" * 64, actor=None, now=timezone.now())
    assert (row, is_new) == (instrument, False)
    assert (Instrument.objects.count(), AuditEvent.objects.count()) == before


def test_loading_a_different_file_is_refused_with_the_place(instrument: Instrument, tmp_path: Path) -> None:
    changed = tmp_path / "lain.yaml"
    changed.write_text(FILE.read_text(encoding="utf-8").replace("Penyusunan Tim Kerja", "Tim Lain"), encoding="utf-8")
    with pytest.raises(CommandError, match=r"nodes\[3\]\.name"):
        call_command("load_instrument", str(changed))
    assert instrument_value(instrument).node("A.I.1.i").name == "Penyusunan Tim Kerja"


def test_load_of_a_missing_file_is_wrong_use() -> None:
    with pytest.raises(CommandError) as caught:
        call_command("load_instrument", "tidak-ada.yaml")
    assert caught.value.returncode == 2


def test_dump_of_an_unknown_code_is_refused(instrument: Instrument) -> None:
    with pytest.raises(CommandError):
        call_command("dump_instrument", "tidak-ada")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("event", ["INSERT", "UPDATE", "DELETE"])
def test_database_refuses_changes_of_a_published_instrument(table: str, event: str, instrument: Instrument) -> None:
    name = f"assessments_{table}"
    model = {part._meta.db_table: part for part in Instrument._meta.apps.get_models()}[name]
    path = "instrument" if table in ("node", "question", "gate") else "question__instrument"
    row = model.objects.filter(**{path: instrument}).first()
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        attempt(event, name, row)


def attempt(event: str, table: str, row: models.Model) -> None:
    if event == "INSERT":
        row.pk = None
        row.save(force_insert=True)
        return
    verb = f"UPDATE {table} SET id = id" if event == "UPDATE" else f"DELETE FROM {table}"
    with connection.cursor() as cursor:
        cursor.execute(f"{verb} WHERE id = %s", [row.pk])


def test_database_refuses_to_change_or_delete_the_published_row(instrument: Instrument) -> None:
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Instrument.objects.filter(pk=instrument.pk).update(title="Lain")
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Instrument.objects.filter(pk=instrument.pk)._raw_delete("default")


def test_clone_is_a_draft_that_can_be_changed_until_it_is_published(instrument: Instrument, cast: Cast) -> None:
    copy = clone(instrument=instrument, actor=cast.admin, now=timezone.now())
    assert (copy.version, copy.status) == (2, "draft")
    assert first_difference(instrument_value(instrument), instrument_value(copy)) == ""
    Node.objects.filter(instrument=copy, code="A.I.1.i").update(name="Nama Baru")
    assert first_difference(instrument_value(instrument), instrument_value(copy)) == "nodes[3].name"
    publish(instrument=copy, actor=cast.admin, now=timezone.now())
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Option.objects.filter(question__instrument=copy).update(score="1")
    verbs = AuditEvent.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["instrument.clone", "instrument.publish"]


def test_stored_scores_are_exact(instrument: Instrument, golden: Any) -> None:
    value = instrument_value(instrument)
    sheet = golden("22")
    answers = {code: scoring.read_answer(value.question(code), raw) for code, raw in sheet["answers"].items()}
    result = scoring.score(value, answers)
    assert abs(float(result.total) - sheet["expected"]["TOTAL"]) < 1e-11
    assert value.question("A.II.5.iii.b").weight == Decimal("1.00")
