"""`manage.py import_lke`: preview, apply, exit codes 0, 1 and 2."""

import json

import pytest
from django.core.management import CommandError, call_command

from assessments.exporters.worksheet import export_workbook
from assessments.importers.instrument_file import read_instrument_file
from assessments.models import Answer, Assessment, WorkbookImport
from tests import factories
from tests.assessments.importers.sheets import filled
from tests.scoring.conftest import FILE, ROOT
from units.models import AuditEvent

YES, ABC = "A.I.1.i.a", "A.I.1.i.b"
SHARED = ROOT.parent / "shared" / "workbooks" / "lke-worksheet-filled.xlsx"


@pytest.fixture(scope="module")
def lke():
    return read_instrument_file(FILE)


@pytest.fixture
def run(capsys, assessment):
    """Run the command: exit code, stdout, and what a refusal says."""

    def command(path, *more):
        agency, unit = assessment.unit.agency.code, assessment.unit.code
        keys = ["--unit", f"{agency}:{unit}", "--period", f"{agency}:2024-2"]
        code, said = 0, ""
        try:
            call_command("import_lke", str(path), *keys, *more)
        except CommandError as error:
            code, said = error.returncode, str(error)
        except SystemExit as stop:
            code = stop.code
        return code, capsys.readouterr().out, said

    return command


@pytest.fixture
def file(tmp_path, lke):
    def write(raw, **cells):
        book = filled(lke, raw)
        for place, value in cells.items():
            book.sheet[place] = value
        path = tmp_path / "lke.xlsx"
        path.write_bytes(book.bytes())
        return path

    return write


def stored():
    return {row.question.code: row.raw for row in Answer.objects.filter(stage="unit").select_related("question")}


def test_preview_writes_nothing(run, file):
    code, out, err = run(file({YES: "Ya", ABC: "B"}))
    assert (code, err, stored(), WorkbookImport.objects.count()) == (0, "", {}, 0)
    assert "Belum disimpan / not stored: 2 (fill)" in out


def test_apply_acts_for_the_head_and_says_so(run, file, cast):
    path = file({YES: "Ya", ABC: "B"})
    code, out, _err = run(path, "--apply")
    assert (code, stored()) == (0, {YES: "Ya", ABC: "B"})
    assert "Tersimpan / stored: 2 (fill)" in out
    found = WorkbookImport.objects.get()
    assert (found.applied_by, found.uploaded_by) == (cast.head, cast.head)
    assert set(AuditEvent.objects.filter(verb__startswith="import.").values_list("verb", "actor", "reason")) == {
        ("import.upload", cast.head.pk, "manage.py import_lke"),
        ("import.apply", cast.head.pk, "manage.py import_lke"),
    }
    again, out, _err = run(path, "--apply", "--mode", "overwrite")
    assert (again, "not stored: 0" in out, WorkbookImport.objects.count()) == (0, True, 1)


def test_mode_decides_about_what_stands(run, file, assessment, cast):
    factories.answer(assessment, YES, "Tidak")
    path = file({YES: "Ya", ABC: "B"})
    assert (run(path, "--apply", "--as", cast.operator.username)[0], stored()) == (0, {YES: "Tidak", ABC: "B"})
    assert (run(path, "--apply", "--mode", "overwrite")[0], stored()) == (0, {YES: "Ya", ABC: "B"})


def test_unreadable_cell_is_told_and_the_rest_applied(run, file, lke):
    path = file({YES: "Ya"}, **{filled(lke, {}).answer(ABC): "tidak tahu"})
    code, out, _err = run(path, "--apply", "--json")
    facts = json.loads(out)
    assert (code, facts["applied"], facts["written"], stored()) == (1, True, [YES], {YES: "Ya"})
    assert [(item["question"], item["value"]) for item in facts["problems"]] == [(ABC, "tidak tahu")]
    assert sum(facts["counts"].values()) == 113


def test_refusals_exit_1(run, file, tmp_path, assessment, assessment_b, cast):
    path = file({YES: "Ya"})
    foreign, broken = tmp_path / "lain.xlsx", tmp_path / "rusak.xlsx"
    foreign.write_bytes(export_workbook(assessment_b, None, assessment.period.fill_from))
    broken.write_bytes(b"PK\x03\x04")
    assert run(foreign)[0] == 1
    assert run(broken)[0] == 1
    assert run(path, "--apply", "--as", cast.inspector.username)[0] == 1
    Assessment.objects.update(state="submitted")
    code, _out, err = run(path, "--apply")
    assert (code, "berpindah tahap" in err, stored()) == (1, True, {})


def test_wrong_use_exits_2(run, file, tmp_path):
    path = file({YES: "Ya"})
    assert run(tmp_path / "tidak-ada.xlsx")[0] == 2
    assert run(tmp_path / "lke.csv")[0] == 2
    assert run(path, "--as", "siapa")[0] == 2


if SHARED.exists():

    def test_official_worksheet_is_applied_whole(run, golden):
        code, out, _err = run(SHARED, "--apply", "--json")
        facts = json.loads(out)
        assert (code, len(facts["written"]), facts["problems"], facts["missing"]) == (0, 113, [], [])
        usual = {
            question: {"index": raw} if question in ("B.I.a", "B.II.a") else raw
            for question, raw in golden("22")["answers"].items()
        }
        assert stored() == usual
