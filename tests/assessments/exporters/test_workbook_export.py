"""Who gets which workbook, from the portal and from the command line."""

import itertools
import json
import zipfile
from datetime import timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest
from defusedxml import ElementTree
from django.core.management import CommandError, ManagementUtility, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.exporters.cells import MAX_CELL
from assessments.exporters.worksheet import export_workbook
from assessments.importers.worksheet import read_workbook
from assessments.models import Answer, Assessment, EvidenceFile
from assessments.queries.answers import unit_sheet
from tests import factories

CANARY = "kanari-tpi-4e1b"
HIDDEN = "kanari-internal-8c2d"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def path_of(assessment):
    return reverse("workbook_export", args=(assessment.unit.agency.code, assessment.unit.code, "2024-2"))


def texts(raw):
    """Every text cell of a workbook."""
    with zipfile.ZipFile(BytesIO(raw)) as package:
        shared = ElementTree.fromstring(package.read("xl/sharedStrings.xml"))
    return [element.text for element in shared.iter() if element.tag.endswith("}t")]


def everything(raw):
    """All parts of a workbook as one text: no hidden corner is left out."""
    with zipfile.ZipFile(BytesIO(raw)) as package:
        return "".join(package.read(name).decode() for name in package.namelist())


def put_in(assessment, state, cast):
    final = {"finalised_at": timezone.now(), "finalised_by": cast.controller} if state == "final" else {}
    Assessment.objects.filter(pk=assessment.pk).update(state=state, **final)


@pytest.fixture
def judged(assessment, cast):
    """An answer of the unit, another of TPI with a note for the unit and an internal one."""
    factories.answer(assessment, "A.I.1.i.a", "Ya", by=cast.operator, note="Catatan unit")
    factories.answer(assessment, "A.I.1.i.a", "Tidak", by=cast.member, stage="member")
    factories.note(assessment, "A.I.1.i.a", cast.member, CANARY, for_release=True)
    factories.note(assessment, "A.I.1.i.a", cast.lead, HIDDEN, stage="lead")
    return assessment


def test_download_is_private_and_named(assessment, cast, as_user):
    response = as_user(cast.operator).get(path_of(assessment))
    name = f"LKE_{assessment.unit.code}_TW2_2024.xlsx"
    assert response.status_code == 200
    assert {key: response[key] for key in ("Content-Type", "Content-Disposition", "Cache-Control")} == {
        "Content-Type": XLSX,
        "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}",
        "Cache-Control": "private, no-store",
    }
    assert (response["X-Content-Type-Options"], response["Cross-Origin-Resource-Policy"]) == ("nosniff", "same-origin")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_download_is_refused_to_other_sites_and_other_methods(assessment, cast, as_user):
    client = as_user(cast.operator)
    assert client.get(path_of(assessment), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(path_of(assessment)).status_code == 405


def test_unit_gets_nothing_of_tpi_before_release(judged, cast, as_user):
    clients = itertools.cycle((as_user(cast.operator), as_user(cast.assistant), as_user(cast.head)))
    for state in ("draft", "submitted", "review_member", "review_lead", "review_controller", "returned", "reopened"):
        put_in(judged, state, cast)
        found = everything(next(clients).get(path_of(judged)).content)
        assert "Catatan unit" in found
        assert [word for word in ("TPI", CANARY, HIDDEN) if word in found] == []


def test_returned_unit_gets_the_released_notes_and_no_scores(judged, cast, as_user):
    put_in(judged, "returned", cast)
    judged.notes.filter(for_release=True).update(released_at=timezone.now())
    found = texts(as_user(cast.operator).get(path_of(judged)).content)
    assert [text for text in found if "TPI" in text or CANARY in text or HIDDEN in text] == ["Catatan TPI", CANARY]


def test_final_workbook_is_the_same_for_everybody(judged, cast, as_user):
    put_in(judged, "final", cast)
    judged.notes.filter(for_release=True).update(released_at=timezone.now())
    for person in (cast.operator, cast.assistant, cast.member, cast.inspector):
        response = as_user(person).get(path_of(judged))
        found = texts(response.content)
        assert {"Jawaban TPI", "Nilai TPI", "Tidak", CANARY} <= set(found)
        assert HIDDEN not in everything(response.content)
        assert "rahasia" not in response["Content-Disposition"]


def test_tpi_gets_its_own_side_marked_as_confidential(judged, cast, as_user):
    put_in(judged, "review_lead", cast)
    for person in (cast.member, cast.controller, cast.inspector):
        response = as_user(person).get(path_of(judged))
        found = texts(response.content)
        assert f"Putaran 1: {CANARY}\nPutaran 1: (internal) {HIDDEN}" in found
        assert any(text.startswith("RAHASIA TPI") for text in found)
        assert f"LKE_{judged.unit.code}_TW2_2024_TPI-rahasia.xlsx" in response["Content-Disposition"]


def test_advice_of_the_assistance_team_is_no_note_of_tpi(assessment, cast, as_user):
    put_in(assessment, "final", cast)
    factories.note(assessment, "A.I.1.i.a", cast.assistant, "Saran", stage="assistance")
    assert "Saran" not in texts(as_user(cast.operator).get(path_of(assessment)).content)


def evidence(assessment, cast, code, title):
    record = factories.evidence_for(assessment, code, cast.operator, title=title)
    record.kind, record.url = "file", ""
    record.save()
    for revision in (1, 2):
        EvidenceFile.objects.create(
            evidence=record, revision=revision, file=f"evidence/{title}", original_name="a.pdf", kind="pdf", size=1,
            sha256=f"{title}{revision}", uploaded_by=cast.operator, uploaded_at=timezone.now(),
        )  # fmt: skip
    return record


def test_evidence_in_force_stands_beside_its_question_with_its_address(assessment, cast, as_user):
    record, gone = (evidence(assessment, cast, "A.I.1.i.a", title) for title in ("SK Tim", "Lama"))
    gone.withdrawn_at, gone.withdrawn_by, gone.withdrawn_reason = timezone.now(), cast.head, "Salah"
    gone.save()
    found = texts(as_user(cast.operator).get(path_of(assessment)).content)
    newest = record.files.get(revision=2)
    assert "SK Tim" in found
    assert f"http://testserver/berkas/{newest.uuid}/lihat/" in found
    assert not any("Lama" in text for text in found)


def test_one_address_can_be_clicked_and_several_stand_in_a_cell(assessment, cast):
    first, *_more = (evidence(assessment, cast, code, code) for code in ("A.I.1.i.a", "A.I.1.i.b"))
    evidence(assessment, cast, "A.I.1.i.b", "lagi")
    sheet = openpyxl.load_workbook(BytesIO(export_workbook(assessment, None, timezone.now(), "https://zi.go.id")))[
        "LKE ZI"
    ]
    address = f"https://zi.go.id/berkas/{first.files.get(revision=2).uuid}/lihat/"
    assert (sheet["Q8"].hyperlink.target, sheet["Q8"].value, sheet["Q9"].hyperlink) == (address, address, None)
    assert sheet["Q9"].value.count("https://zi.go.id/berkas/") == 2


@pytest.mark.parametrize("questions", [("A.I.1.i.a",), ("A.I.1.i.a", "A.I.1.i.b", "A.I.1.ii.b")])
def test_download_takes_nine_queries_whatever_it_holds(assessment, cast, as_user, questions):
    for code in questions:
        factories.answer(assessment, code, "Ya" if code == "A.I.1.i.a" else "B", by=cast.operator)
        factories.answer(assessment, code, "Tidak" if code == "A.I.1.i.a" else "A", by=cast.member, stage="member")
        factories.note(assessment, code, cast.member)
        evidence(assessment, cast, code, f"Bukti {code}")
    unit_sheet(assessment)
    client = as_user(cast.member)
    with CaptureQueriesContext(connection) as queries:
        client.get(path_of(assessment))
    assert len(queries) == 9


def test_legacy_note_too_long_for_a_cell_is_an_explicit_refusal(assessment, cast, as_user):
    factories.answer(assessment, "A.I.1.i.a", "Ya", note="x" * (MAX_CELL + 1))
    response = as_user(cast.operator).get(path_of(assessment))
    assert response.status_code == 422
    assert "O8" in response.content.decode()


def test_workbook_reads_back_into_the_same_answers(assessment, golden):
    factories.answer_everything(assessment, golden("24")["answers"])
    sheet = unit_sheet(assessment)
    reading = read_workbook(export_workbook(assessment, None, timezone.now()), sheet.instrument.value)
    assert (reading.answers, reading.problems, reading.missing) == (sheet.values, (), ())


def export(*arguments):
    """What the command says."""
    said = StringIO()
    call_command("export_lke", *map(str, arguments), stdout=said)
    return said.getvalue()


def refused(*arguments):
    """The exit code and the message of a refusal."""
    with pytest.raises(CommandError) as caught:
        export(*arguments)
    return caught.value.returncode, str(caught.value)


def as_shell(capsys, *arguments):
    """The command line itself, without a database: exit code and stdout."""
    with pytest.raises(SystemExit) as stop:
        ManagementUtility(["manage.py", "export_lke", *map(str, arguments)]).execute()
    return stop.value.code, capsys.readouterr().out


def keys(assessment):
    agency = assessment.unit.agency.code
    return "--unit", f"{agency}:{assessment.unit.code}", "--period", f"{agency}:2024-2"


def test_command_writes_what_score_reads(assessment, golden, tmp_path):
    factories.answer_everything(assessment, golden("35")["answers"])
    out = tmp_path / "lke.xlsx"
    said = export(*keys(assessment), "--out", out)
    assert said == f"{out}: {out.stat().st_size} byte\n"
    printed = StringIO()
    call_command("score", str(out), stdout=printed)
    found = json.loads(printed.getvalue())
    assert (found["total"], found["problems"], found["unanswered"]) == ("75.000000000000", [], [])
    assert found["gates"]["WBK"]["passed"]


@pytest.mark.parametrize(
    ("hosts", "more", "site"),
    [
        (["*", ".zi.go.id"], (), "https://zi.go.id"),
        (["zi.go.id"], ("--site", "https://portal.go.id/"), "https://portal.go.id"),
        (["*"], (), "https://localhost"),
    ],
)
def test_command_writes_whole_addresses(assessment, cast, tmp_path, settings, hosts, more, site):
    settings.ALLOWED_HOSTS, settings.DEBUG = hosts, False
    newest = evidence(assessment, cast, "A.I.1.i.a", "SK Tim").files.get(revision=2)
    out = tmp_path / "lke.xlsx"
    export(*keys(assessment), "--out", out, *more)
    assert openpyxl.load_workbook(out)["LKE ZI"]["Q8"].value == f"{site}/berkas/{newest.uuid}/lihat/"


def test_command_shows_what_the_unit_may_see(judged, cast, tmp_path):
    out = tmp_path / "lke.xlsx"
    export(*keys(judged), "--out", out)
    assert "TPI" not in everything(out.read_bytes())
    put_in(judged, "final", cast)
    export(*keys(judged), "--out", out)
    assert "Nilai TPI" in texts(out.read_bytes())


def test_command_refuses_unknown_keys_with_1(assessment, tmp_path):
    out = tmp_path / "lke.xlsx"
    agency, unit = assessment.unit.agency.code, assessment.unit.code
    for wrong in (
        (f"{agency}:lain", f"{agency}:2024-2"),
        (f"{agency}:{unit}", f"{agency}:2023-1"),
        (f"{agency}:{unit}", "lain:2024-2"),
    ):
        assert refused("--unit", wrong[0], "--period", wrong[1], "--out", out)[0] == 1
    assert not out.exists()


def test_command_refuses_a_note_too_long_with_1(assessment, tmp_path):
    factories.answer(assessment, "A.I.1.i.a", "Ya", note="x" * (MAX_CELL + 1))
    code, message = refused(*keys(assessment), "--out", tmp_path / "lke.xlsx")
    assert code == 1
    assert "O8" in message


def test_command_that_cannot_write_ends_with_2(assessment, tmp_path):
    assert refused(*keys(assessment), "--out", tmp_path / "tidak" / "ada.xlsx")[0] == 2


def test_command_used_wrongly_ends_with_2(capsys):
    unit, period = ("--unit", "kota:unit"), ("--period", "kota:2024-2")
    assert as_shell(capsys, *unit, *period)[0] == 2
    assert as_shell(capsys, "--unit", "x", *period, "--out", "a.xlsx")[0] == 2
    assert as_shell(capsys, *unit, "--period", "kota:2024-5", "--out", "a.xlsx")[0] == 2


def test_command_explains_itself_in_both_languages(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    code, said = as_shell(capsys, "--help")
    assert code == 0
    assert "Kode keluar: 0 selesai" in said
    assert "Exit codes: 0 done" in said


def test_pages_lead_to_the_download(assessment, cast, as_user):
    address = path_of(assessment)
    where = (assessment.unit.agency.code, assessment.unit.code, "2024-2")
    unit_pages = [as_user(cast.operator).get(reverse(name, args=where)) for name in ("unit_home", "check")]
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted", submitted_at=timezone.now() - timedelta(1))
    tpi_page = as_user(cast.member).get(reverse("evaluation", args=where))
    assert [f'href="{address}"' in page.content.decode() for page in (*unit_pages, tpi_page)] == [True] * 3
    assert Answer.objects.count() == 0
