"""Every screen of TPI and of the Inspector beside it, as demo data fills it, at both sizes (tests/browser/screens.py).

SCREENSHOTS=1 writes docs/screenshots/tpi-<screen>-{desk,phone}.png.
"""

from collections.abc import Callable, Iterable

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from assessments.demo.scorers import PAIRED
from assessments.models import Assessment, EvidenceFile, NoteFile
from assessments.services.previews import make_preview, request_preview
from assessments.urls_evaluation import urlpatterns
from tests.browser.preferences import lost
from tests.browser.screens import Tour
from tests.project.matrix import ASSESSMENT

PERIOD = "2024-4"
# Pictures of files, not pages.
FILES = {"visit_photo", "visit_photo_small"}
# They lead on to another screen.
DOORS = {"desk", "desk_start"}
# Asked by a form; it has no page of its own.
STEPS = {"transition"}
# The Inspector's board has tests of its own (test_shell.py, test_main_job.py).
ELSEWHERE = {"board", "board_period", "explain"}

# They stand for the others where people set their own spacing, colours and width.
MAIN = (
    *("evaluation_queue", "evaluation", "desk_question", "desk_question-counts", "desk_queue", "threads", "inbox"),
    *("workload", "calibration", "followup_list"),
)

# On phones a bar stays at the foot of the window: a picture of the whole page would have it across the middle.
BARS = {"evaluation", "desk_question", "desk_queue"}


@pytest.fixture
def starting_data(demo_is_allowed: None) -> Callable[[], None]:
    def make() -> None:
        call_command("load_demo", verbosity=0)
        now = timezone.now()
        for file in EvidenceFile.objects.filter(evidence__uses__assessment=scored(), kind="pdf").distinct()[:3]:
            request_preview(sha256=file.sha256, kind=file.kind, now=now)
            make_preview(sha256=file.sha256, now=now)
        for photo in NoteFile.objects.all():
            make_preview(sha256=photo.sha256, now=now)

    return make


def scored() -> Assessment:
    """A worksheet that a member of TPI is scoring."""
    return in_state("review_member")


def in_state(state: str, **more: object) -> Assessment:
    rows = Assessment.objects.filter(period__agency__code="kalteng", period__year=2024, state=state, **more)
    return rows.select_related("unit__agency", "period").order_by("-period__quarter", "pk")[0]


def at(assessment: Assessment) -> str:
    return f"/evaluasi/{assessment.unit.agency.code}/{assessment.unit.code}/{assessment.period.code}/"


def screens() -> dict[str, dict[str, str]]:
    """Person -> name of a picture -> address; the name begins with that of the URL."""
    desk, lead, controller = at(scored()), at(in_state("review_lead")), at(in_state("review_controller"))
    final, twice = at(in_state("final", period__quarter=3)), at(in_state("final", round__gte=2))
    returned = at(in_state("returned"))
    blind, differing = (f"/evaluasi/kalsel/{unit}/{PERIOD}/" for unit in PAIRED["kalsel"])
    question = "A.I.1.i.a"
    return {
        "anggota.kalteng": {
            "evaluation_queue": "/evaluasi/",
            "evaluation": desk,
            "desk_question": f"{desk}meja/{question}/",
            "desk_question-counts": f"{desk}meja/A.II.5.iii.a/",
            "desk_queue": f"{desk}antrean/",
            "desk_queue-filtered": f"{desk}antrean/?saring=beda&urut=dampak",
            "bulk_agree": f"{desk}antrean/sesuai/?pilih=B.I.a&pilih=B.I.b&pilih=B.II.a",
            "bulk_note": f"{desk}antrean/catatan/?pilih=B.I.a&pilih=B.I.b&pilih=B.II.a",
            "threads": f"{returned}utas/",
            "round_diff": f"{twice}putaran/",
            "visits": f"{desk}peninjauan/",
            "deadlines": f"{desk}batas-waktu/",
            "inbox": "/kabar/",
        },
        "ketua.kalteng": {
            "workload": "/evaluasi/beban/",
            "calibration": f"/evaluasi/kalibrasi/kalteng/{PERIOD}/",
            "evaluation-lead": lead,
            "desk_question-lead": f"{lead}meja/{question}/",
            "followup_list": "/tindak-lanjut/",
        },
        "pengendali.kalteng": {
            "evaluation-controller": controller,
            "desk_question-controller": f"{controller}meja/{question}/",
        },
        "inspektur.kalteng": {
            "evaluation-final": final,
            "deadlines-inspector": f"{returned}batas-waktu/",
            "workload-inspector": "/evaluasi/beban/",
        },
        "anggota.kalsel": {"evaluation-blind": blind, "desk_question-blind": f"{blind}meja/{question}/"},
        "ketua.kalsel": {"agreement": f"{differing}selisih/"},
        "admin.kalteng": {"manage_note_templates": "/kelola/kalteng/templat-catatan/"},
    }


def barred(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.partition("-")[0] in BARS]


def test_every_page_of_tpi_is_among_the_screens(live_server: object) -> None:
    names = {pattern.name for pattern in urlpatterns}
    pages = {name for name in names if name not in ASSESSMENT or ASSESSMENT[name].method == "get"}
    shown = {name.partition("-")[0] for found in screens().values() for name in found}
    assert pages - FILES - DOORS - STEPS - ELSEWHERE - shown == set()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_screens_have_no_barriers_and_fit(tour: Callable[[str, str], Tour], size: str) -> None:
    visited = tour("tpi", size)
    for person, found in screens().items():
        visited.visit(person, found, short=barred(found) if size == "phone" else ())
    assert visited.problems == []


def test_nothing_is_lost_by_what_people_set(
    new_context: Callable[..., BrowserContext], log_in: Callable[[Page, str, str], None]
) -> None:
    board = {"inspektur.kalteng": {"board": "/", "reports": "/laporan/"}}
    assert lost(new_context, log_in, screens() | board, (*MAIN, "board", "reports")) == {}
