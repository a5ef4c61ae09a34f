"""`manage.py score`: JSON on stdout, mistakes with their path on stderr, exit 0, 1 or 2."""

import json
import subprocess
import sys

import pytest
from django.core.management import ManagementUtility

from assessments.importers.answers_json import MAX_BYTES
from assessments.importers.instrument_file import read_instrument_file
from assessments.scoring.answers import read_answer
from tests.assessments.importers.worksheet_book import build
from tests.scoring.conftest import FILE, ROOT

CODE = "permenpanrb-90-2021"
SHARED = ROOT.parent / "shared" / "workbooks" / "lke-worksheet-filled.xlsx"


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command as the shell does: exit code, stdout, stderr."""

    def score(*arguments):
        utility = ManagementUtility(["manage.py", "score", *map(str, arguments)])
        code = 0
        try:
            utility.execute()
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    monkeypatch.setenv("COLUMNS", "400")
    return score


@pytest.fixture
def write(tmp_path):
    """A worksheet file with this content."""

    def file(content, name="lembar.json"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return file


def sheet(answers=None, **more):
    return {"instrument": CODE, "answers": answers or {}} | more


def golden(number):
    (path,) = (ROOT / "tests" / "golden").glob(f"{number}_*.json")
    return path


def test_worked_worksheet_is_scored(run):
    code, out, err = run(golden("22"))
    printed = json.loads(out)
    assert (code, err) == (0, "")
    assert list(printed) == ["instrument", "total", "nodes", "unanswered", "problems", "gates"]
    assert printed["total"] == "72.564809371184"
    assert list(printed["gates"]) == ["WBK", "WBBM"]
    assert (printed["unanswered"], printed["problems"]) == ([], [])


@pytest.mark.parametrize("target", ["WBK", "WBBM"])
def test_target_prints_its_gates_only(run, target):
    code, out, _err = run(golden("35"), "--target", target)
    assert (code, list(json.loads(out)["gates"])) == (0, [target])


@pytest.mark.parametrize("holds", [True, False])
def test_holds_wbk_comes_from_the_file(run, write, holds):
    answers = json.loads(golden("20").read_text())["answers"]
    code, out, _err = run(write(sheet(answers, holds_wbk=holds)))
    assert (code, json.loads(out)["gates"]["WBBM"]["passed"]) == (0, holds)


def test_empty_worksheet_lists_every_question(run, write):
    code, out, _err = run(write(sheet()))
    printed = json.loads(out)
    assert (code, printed["total"], len(printed["unanswered"])) == (0, "0.000000000000", 113)


def test_missing_counts_leave_the_question_unanswered(run, write):
    answers = {"A.II.1.i.a": {"agents": 4}, "A.II.5.ii.a": {"complaints_due": 4, "complaints_resolved": 3}}
    printed = json.loads(run(write(sheet(answers)))[1])
    assert "A.II.1.i.a" in printed["unanswered"]
    assert "A.II.5.ii.a" not in printed["unanswered"]
    assert printed["total"] == "2.250000000000"


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({"A.I.1.i.z": "A"}, "answers.A.I.1.i.z"),
        ({"A.I.1.i": "A"}, "answers.A.I.1.i"),
        ({"A.I.1.i.b": "D"}, "answers.A.I.1.i.b"),
        ({"A.I.1.i.b": {"agents": 1}}, "answers.A.I.1.i.b"),
        ({"A.II.1.i.a": {"agents": -1}}, "answers.A.II.1.i.a.agents"),
        ({"A.II.1.i.a": {"agents": 1.5}}, "answers.A.II.1.i.a.agents"),
        ({"A.II.1.i.a": {"agent": 1}}, "answers.A.II.1.i.a.agent"),
        ({"B.I.a": "4.01"}, "answers.B.I.a"),
        ({"B.I.a": 3.6}, "answers.B.I.a"),
        ({"B.I.a": {"index": "x" * 99}}, "answers.B.I.a.index"),
    ],
)
def test_wrong_answer_is_refused_with_its_path(run, write, answers, path):
    code, out, err = run(write(sheet(answers)))
    assert (code, out) == (1, "")
    assert f"CommandError: {path}: " in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bukan JSON yang sah"),
        (b"[1]", "harus berupa objek JSON"),
        (b'{"a": NaN}', "NaN bukan bilangan"),
        (b'{"instrument": 1, "instrument": 2}', "instrument: Kunci ini ditulis lebih dari sekali"),
        (b"\xff\xfe{}", "bukan teks UTF-8"),
        (b"[" * 200_000, "bukan JSON yang sah"),
        (b" " * (MAX_BYTES + 1), "terlalu besar"),
        (b"1" * 5000, "bukan JSON yang sah"),
        ({"answers": {}}, "instrument: Instrumen tidak dikenal"),
        ({"instrument": "../settings", "answers": {}}, "instrument: Instrumen tidak dikenal"),
        ({"instrument": "lke-2030", "answers": {}}, "instrument: Instrumen tidak dikenal"),
        ({"instrument": CODE}, "answers: Isi harus berupa objek"),
        (sheet(holds_wbk="ya"), "holds_wbk: Isi harus true atau false"),
    ],
)
def test_file_of_another_form_is_refused(run, write, content, message):
    code, out, err = run(write(content))
    assert (code, out) == (1, "")
    assert message in err


def test_byte_order_mark_is_no_mistake(run, write):
    assert run(write(b"\xef\xbb\xbf" + json.dumps(sheet()).encode()))[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [[], ["lembar.csv"], ["tidak-ada.json"], [ROOT / "tests"], [golden("20"), "--target", "WBX"], ["a", "b"]],
)
def test_wrong_use_exits_with_two(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err


def test_folder_named_like_a_worksheet_is_wrong_use(run, tmp_path):
    (tmp_path / "lembar.json").mkdir()
    assert run(tmp_path / "lembar.json")[0] == 2


def test_help_speaks_both_languages(run):
    code, out, _err = run("--help")
    assert code == 0
    assert "Menghitung nilai satu lembar kerja" in out
    assert "Scores one worksheet" in out


@pytest.fixture
def worksheet():
    lke = read_instrument_file(FILE)
    raw = json.loads(golden("22").read_text())["answers"]
    return build(lke, {code: read_answer(lke.question(code), value) for code, value in raw.items()})


def test_workbook_prints_what_the_json_prints(run, write, worksheet):
    code, out, err = run(write(worksheet.bytes(), "lembar.XLSX"))
    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads(run(golden("22"))[1])


def test_workbook_with_unreadable_cells_prints_them_and_exits_with_one(run, write, worksheet):
    worksheet.put("A.I.1.i.b", "baik")
    code, out, _err = run(write(worksheet.bytes(), "lembar.xlsx"), "--target", "WBK")
    printed = json.loads(out)
    assert code == 1
    assert printed["problems"] == [
        {
            "cell": worksheet.answer("A.I.1.i.b"),
            "value": "baik",
            "reason": "Jawaban bukan salah satu pilihan.",
        }
    ]
    assert printed["unanswered"] == ["A.I.1.i.b"]
    assert list(printed["gates"]) == ["WBK"]


def test_workbook_without_worksheet_is_refused(run, write):
    code, out, err = run(write(b"PK\x03\x04", "lembar.xlsx"))
    assert (code, out) == (1, "")
    assert "bukan buku kerja Excel" in err


@pytest.mark.parametrize("text", ["code: [", "code: x"])
def test_broken_instrument_file_is_named(run, write, settings, tmp_path, text):
    settings.BASE_DIR = tmp_path
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / f"{CODE}.yaml").write_text(text)
    code, _out, err = run(write(sheet()))
    assert code == 1
    assert f"{CODE}.yaml" in err


def test_workbook_needs_the_instrument_file(run, write, settings, tmp_path, worksheet):
    settings.BASE_DIR = tmp_path
    code, _out, err = run(write(worksheet.bytes(), "lembar.xlsx"))
    assert (code, "Berkas instrumen tidak ditemukan" in err) == (1, True)


def test_command_runs_from_the_shell():
    done = subprocess.run(
        [sys.executable, "manage.py", "score", golden("35"), "--target", "WBK"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)["gates"]["WBK"]
    margins = {item["key"]: item["margin"] for item in report["results"]}
    assert (report["passed"], margins["total"], margins["B.I"]) == (True, "0.000000000000", "0.000000000000")


if SHARED.exists():

    def test_official_worksheet_prints_what_the_json_prints(run):
        code, out, _err = run(SHARED)
        assert (code, json.loads(out)) == (0, json.loads(run(golden("22"))[1]))
