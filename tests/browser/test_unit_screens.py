"""Every screen of a unit, as demo data fills it: nothing for axe to find, no sideways scrolling at 360 px; pictures.

SCREENSHOTS=1 writes docs/screenshots/unit-<screen>-{desk,phone}.png.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from assessments.models import Assessment, EvidenceFile, EvidenceUse
from assessments.services.previews import make_preview, request_preview
from assessments.urls_unit import urlpatterns
from tests.browser.preferences import BAR, lost, marks
from tests.browser.screens import PASSWORD, Tour
from tests.project.matrix import ASSESSMENT

NewContext = Callable[..., BrowserContext]
LogIn = Callable[[Page, str, str], None]

SAMSAT = "/penilaian/kalteng/samsat-sampit/2024-4/"
LABKES = "/penilaian/kalteng/labkes-kalibrasi/2024-4/"  # returned for the second round
FINAL = "/penilaian/kalteng/samsat-sampit/2024-2/"
# They stand for the others where people set their own spacing, colours and width.
MAIN = (
    *("unit_home", "worksheet-counts", "worksheet_focus", "worksheet_whole", "evidence_list", "evidence_view", "check"),
    *("unit_home-final", "worksheet-returned", "followups-open", "notes"),
)
# No pages.
FILES = {"evidence_download", "evidence_page", "evidence_zip", "note_file", "receipt_pdf", "workbook_export"}
ANSWERS = {"evidence_known"}  # asked by a script
ELSEWHERE = {"followup_list"}  # TPI's, see test_tpi_screens.py


@pytest.fixture
def starting_data(demo_is_allowed: None) -> Callable[[], None]:
    def make() -> None:
        call_command("load_demo", verbosity=0)
        file, now = record_of(SAMSAT), timezone.now()
        request_preview(sha256=file.sha256, kind=file.kind, now=now)
        make_preview(sha256=file.sha256, now=now)

    return make


def record_of(path: str) -> EvidenceFile:
    """The first file of evidence of a worksheet."""
    _penilaian, agency, unit, period = path.strip("/").split("/")
    assessment = Assessment.objects.for_path(agency, unit, period).get()
    uses = EvidenceUse.objects.filter(assessment=assessment).values("evidence")
    return EvidenceFile.objects.filter(evidence__in=uses, kind="pdf").order_by("pk")[0]


def screens() -> dict[str, dict[str, str]]:
    """Person -> name of a picture -> address; the name begins with that of the URL."""
    file = record_of(SAMSAT)
    return {
        "operator.samsat-sampit": {
            "assessment_list": "/penilaian/",
            "unit_home": SAMSAT,
            "unit_home-final": FINAL,
            "worksheet": f"{SAMSAT}lke/A.I.1.iii/",
            "worksheet-counts": f"{SAMSAT}lke/A.II.5.iii/",
            "worksheet-final": f"{FINAL}lke/A.I.1.i/",
            "worksheet_focus": f"{SAMSAT}soal/A.I.1.iii.a/",
            "worksheet_whole": f"{SAMSAT}lembar/",
            "answer_history": f"{SAMSAT}jawaban/A.I.1.i.a/riwayat/",
            "evidence_list": f"{SAMSAT}bukti/",
            "evidence_list-choose": f"{SAMSAT}bukti/?untuk=A.I.1.iii.a",
            "evidence_detail": f"{SAMSAT}bukti/rincian/{file.evidence.uuid}/",
            "evidence_attach": f"{SAMSAT}bukti/rincian/{file.evidence.uuid}/pakai/",
            "evidence_view": f"/berkas/{file.uuid}/lihat/",
            "workbook_import": f"{SAMSAT}impor/",
            "copy_answers": f"{SAMSAT}salin/",
            "duties": f"{SAMSAT}tugas/",
            "followups": f"{SAMSAT}tindak-lanjut/",
            "check": f"{SAMSAT}periksa/",
            "receipt": f"{FINAL}tanda-terima/",
        },
        "kepala.samsat-sampit": {"home": "/", "check-head": f"{SAMSAT}periksa/"},
        "operator.labkes": {
            "unit_home-returned": LABKES,
            "worksheet-returned": f"{LABKES}lke/{returned_node()}/",
            "worksheet_focus-locked": f"{LABKES}soal/B.II.a/",
            "followups-open": f"{LABKES}tindak-lanjut/",
            "notes": f"{LABKES}catatan/",
            "visit_results": f"{LABKES}peninjauan/",
        },
    }


def returned_node() -> str:
    """A sub-area with a question that TPI sent back."""
    assessment = Assessment.objects.get(unit__code="labkes-kalibrasi", period__year=2024, period__quarter=4)
    return assessment.notes.filter(released_at__isnull=False).order_by("pk")[0].question.node.code


def test_every_page_of_a_unit_is_among_the_screens(live_server: object) -> None:
    names = {pattern.name for pattern in urlpatterns}
    pages = {name for name in names if name not in ASSESSMENT or ASSESSMENT[name].method == "get"}
    shown = {name.partition("-")[0] for found in screens().values() for name in found} | {"workbook_import_preview"}
    assert pages - FILES - ANSWERS - ELSEWHERE - shown == set()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_screens_have_no_barriers_and_fit(tour: Callable[[str, str], Tour], size: str, tmp_path: Path) -> None:
    visited = tour("unit", size)
    for person, found in screens().items():
        # The whole sheet is long, and its questions are those of the sub-areas.
        page = visited.visit(person, found, short=("worksheet_whole",))
        if person == "operator.samsat-sampit":
            take_back(page, tmp_path / "lke.xlsx")
            visited.look(page, "workbook_import_preview")
    assert visited.problems == []


def test_nothing_is_lost_by_what_people_set(new_context: NewContext, log_in: LogIn) -> None:
    assert lost(new_context, log_in, screens(), MAIN) == {}


def test_ticks_and_bars_show_in_forced_colours(new_context: NewContext, log_in: LogIn) -> None:
    page = new_context().new_page()
    log_in(page, "operator.samsat-sampit", PASSWORD)
    page.goto(f"{SAMSAT}lke/A.I.1.iii/")
    value = page.locator(BAR).evaluate("bar => bar.value / bar.max")
    tick, share = marks(page)
    assert (tick, share) == (True, pytest.approx(value, abs=0.05))


def take_back(page: Page, book: Path) -> None:
    """Import the worksheet as it was handed out."""
    book.write_bytes(page.request.get(f"{SAMSAT}lke.xlsx").body())
    page.goto(f"{SAMSAT}impor/")
    page.locator("main input[type=file]").set_input_files(book)
    page.locator("main form[enctype] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/impor/[0-9a-f-]{36}/"))
