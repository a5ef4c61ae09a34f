"""The main job from end to end, by seven people in real browsers, against `manage.py score`.

The operator fills a sub-area of each kind of question with evidence, the head submits, a TPI member scores with a note,
lead and controller pass it on, the controller finalises, the Inspector downloads the LHE and the quarterly report. The
numbers on the screens, in the PDF text and from `manage.py score` are the same.
"""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from pypdf import PdfReader, PdfWriter

from assessments.models import Answer, Assessment
from tests import factories

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "tests/golden/22_formula_all_second_option.json").read_text(encoding="utf-8"))["answers"]
TYPED = {  # filled in the browser, sub-area by sub-area; the rest stands in the database already
    "A.I.1.i": ("A.I.1.i.a", "A.I.1.i.b"),
    "A.I.1.iii": ("A.I.1.iii.a", "A.I.1.iii.b", "A.I.1.iii.c"),
    "A.I.2.i": ("A.I.2.i.a", "A.I.2.i.b", "A.I.2.i.c"),
    "A.II.1.i": ("A.II.1.i.a", "A.II.1.i.b"),
    "B.I": ("B.I.a", "B.I.b"),
    "B.II": ("B.II.a",),
}
SCORED = "A.I.1.i"
DIFFERENT = {"A.I.1.i.b": "C"}
HALVES = {"A.I", "A.II", *(f"A.{half}.{area}" for half in ("I", "II") for area in range(1, 7))}  # joined in reports
NOTE = "SK Tim Kerja belum memuat mekanisme pemilihan anggota."
SHEET = "/penilaian/kota-uji/dinas-uji/2024-2/"
DESK = "/evaluasi/kota-uji/dinas-uji/2024-2/"


@pytest.fixture
def starting_data() -> Callable[[], None]:
    def make() -> None:
        agency = factories.AgencyFactory(code="kota-uji", name="Pemerintah Kota Uji")
        unit = factories.UnitFactory(agency=agency, code="dinas-uji", name="Dinas Uji")
        tpi = factories.team_for(unit, name="TPI Kota Uji")
        member = factories.teammate(tpi, username="anggota", full_name="Anggota Uji")
        factories.teammate(tpi, "lead", username="ketua")
        factories.teammate(tpi, "controller", username="pengendali")
        factories.member_of(unit, username="operator", full_name="Operator Uji")
        factories.member_of(unit, "unit_head", username="kepala")
        factories.official_of(agency, "inspector", username="inspektur")
        factories.unit_year(unit)
        assessment = factories.AssessmentFactory(unit=unit)
        typed = {code for codes in TYPED.values() for code in codes}
        factories.answer_everything(assessment, {code: raw for code, raw in GOLDEN.items() if code not in typed})
        scored = {code: raw for code, raw in GOLDEN.items() if code not in TYPED[SCORED]}
        factories.answer_everything(assessment, scored, stage="member", by=member)

    return make


@pytest.fixture
def person(
    new_context: Callable[..., BrowserContext], log_in: Callable[[Page, str, str], None]
) -> Callable[[str], Page]:
    def open_as(username: str) -> Page:
        page = new_context().new_page()
        log_in(page, username, factories.PASSWORD)
        return page

    return open_as


def scored_by_command(answers: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What `manage.py score` says, in a process of its own, without a database."""
    file = folder / "lke.json"
    file.write_text(json.dumps({"instrument": "permenpanrb-90-2021", "answers": answers}), encoding="utf-8")
    command = [sys.executable, "manage.py", "score", str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def shown(number: str) -> str:
    """A number of the command as Indonesian pages and reports write it."""
    return str(Decimal(number).quantize(Decimal("0.01"), ROUND_HALF_UP)).replace(".", ",")


def small_pdf() -> bytes:
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.write(stream)
    return stream.getvalue()


def card(page: Page, code: str) -> Any:
    return page.locator("article").filter(has_text=re.compile(rf"(?<![\w.]){re.escape(code)}(?![\w.])")).first


def fill(page: Page, code: str) -> None:
    """Type one answer as a person does, and wait until the page says that it is saved."""
    raw, question = GOLDEN[code], card(page, code)
    if isinstance(raw, dict):
        for key, count in raw.items():
            question.locator(f"input[type=text][id^='{key}-'], input[type=text][id*='{key}-']").first.fill(str(count))
    elif code in ("B.I.a", "B.II.a"):
        question.locator("input[inputmode=decimal]").fill(raw.replace(".", ","))
        question.locator("input[inputmode=numeric]").fill("45")
    else:
        question.locator(f"input[type=radio][value='{raw}']").check()
    expect(question).to_have_attribute("data-save", "saved")


def fill_the_worksheet(page: Page) -> None:
    for node, codes in TYPED.items():
        page.goto(f"{SHEET}lke/{node}/")
        for code in codes:
            fill(page, code)
    page.goto(f"{SHEET}lke/A.I.1.i/")
    question = card(page, "A.I.1.i.a")
    question.get_by_text("Tambah bukti").click()
    file = {"name": "SK Tim ZI.pdf", "mimeType": "application/pdf", "buffer": small_pdf()}
    question.locator("input[type=file]").first.set_input_files(file)
    question.get_by_role("button", name="Tambahkan").click()
    expect(question.locator(".evidence").get_by_role("link", name="SK Tim ZI").first).to_be_visible()


def step(page: Page, name: str) -> None:
    page.goto(DESK)
    page.get_by_role("button", name=name).click()
    page.wait_for_load_state("load")


def score_with_a_note(page: Page) -> None:
    page.goto(f"{DESK}lke/{SCORED}/")
    page.keyboard.press("s")  # agrees, and shows the next question
    expect(page).to_have_url(re.compile(r"/meja/A\.I\.1\.i\.b/$"))
    expect(page.locator("#desk-tally")).to_contain_text("112/113")
    page.locator("[data-note]").fill(NOTE)
    page.get_by_label("Sampaikan kepada unit").check()
    page.locator(f"input[type=radio][value='{DIFFERENT['A.I.1.i.b']}']").check()
    expect(page.locator(".desk-status").get_by_text("Tersimpan")).to_be_visible()
    expect(page.locator("#desk-tally")).to_contain_text("113/113")


def downloaded(page: Page, click: Callable[[], None]) -> bytes:
    with page.expect_response(
        lambda response: "/laporan/" in response.url and "pdf" in response.headers.get("content-type", "")
    ) as caught:
        click()
    return page.request.get(caught.value.url).body()


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_main_job_from_the_operator_to_the_inspector(
    person: Callable[[str], Page], tmp_path: Path, screenshot: Callable[..., None]
) -> None:
    own = scored_by_command(GOLDEN, tmp_path)
    tpi = scored_by_command(GOLDEN | DIFFERENT, tmp_path)

    operator = person("operator")
    fill_the_worksheet(operator)
    operator.goto(f"{SHEET}lke/A.I.1.i/")
    screenshot(operator, "lembar-kerja")
    operator.goto(SHEET)
    expect(operator.get_by_text(shown(own["total"])).first).to_be_visible()

    head = person("kepala")
    head.goto(f"{SHEET}periksa/")
    for tick in head.locator("form input[type=checkbox]").all():
        tick.check()
    head.get_by_role("button", name="Kirim LKE").click()
    head.wait_for_url(f"**{SHEET}tanda-terima/**")

    # The scores of the other questions were given in advance; a score of an answer that changed since would not do.
    Answer.objects.filter(stage="member").update(updated_at=timezone.now())
    member = person("anggota")
    score_with_a_note(member)
    operator.goto(f"{SHEET}lke/{SCORED}/")
    expect(operator.get_by_text(NOTE)).to_have_count(0)  # not before release
    step(member, "Teruskan ke ketua tim")
    step(person("ketua"), "Teruskan ke pengendali teknis")
    step(person("pengendali"), "Tetapkan final")
    assert Assessment.objects.get().state == "final"
    operator.goto(f"{SHEET}lke/{SCORED}/")
    expect(operator.get_by_text(NOTE)).to_be_visible()

    inspector = person("inspektur")
    inspector.goto("/papan/kota-uji/2024-2/")
    row = inspector.get_by_role("row").filter(has_text="Dinas Uji")
    expect(row).to_contain_text(shown(own["total"]))
    expect(row).to_contain_text(shown(tpi["total"]))
    for number in range(1, 7):
        expect(row).to_contain_text(shown(tpi["nodes"][f"area:{number}"]["score"]))
    screenshot(inspector, "papan")
    inspector.goto("/laporan/kota-uji/dinas-uji/2024-2/lhe/")
    inspector.get_by_role("button", name="Terbitkan LHE").click()
    inspector.wait_for_load_state("load")
    check_reports(inspector, own, tpi)


def check_reports(inspector: Page, own: dict[str, Any], tpi: dict[str, Any]) -> None:
    inspector.goto("/laporan/?instansi=kota-uji&periode=2024-2")
    address = inspector.locator("a[href^='/laporan/']", has_text="LHE").first.get_attribute("href") or ""
    first, again = (inspector.request.get(address).body() for _ in range(2))
    assert first == again
    lhe = text_of(first)
    for code, node in tpi["nodes"].items():
        if code not in HALVES:
            assert shown(node["score"]) in lhe, code
    assert shown(own["total"]) in lhe
    assert shown(tpi["total"]) in lhe
    assert NOTE in lhe
    verdict = "memenuhi" if tpi["gates"]["WBK"]["passed"] else "belum memenuhi kriteria"
    assert verdict in lhe.lower()
    token = inspector.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    made = inspector.request.post(
        "/laporan/kota-uji/2024-2/triwulan/",
        form={"csrfmiddlewaretoken": token, "number": ""},
        headers={"Referer": inspector.url},
    )
    quarterly = text_of(made.body())
    assert "Dinas Uji" in quarterly
    for number in (tpi["total"], *(tpi["nodes"][f"area:{area}"]["score"] for area in range(1, 7))):
        assert shown(number) in quarterly
