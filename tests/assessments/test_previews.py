"""Previews: drawn once for the same bytes, apart from the web process, seen only by those who may read the file."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
import weasyprint
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from PIL import Image

from assessments.models import EvidenceFile, Preview, PreviewPage
from assessments.queries.previews import Piece, marked, pages_with
from assessments.services import evidence as services
from assessments.services.previews import LOST_AFTER, make_preview, request_preview
from tests import factories
from tests.units import upload_files as made
from units.uploads import scan_upload

CODE = "A.I.1.i.a"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path), "base_url": None}},
    }
    return tmp_path


def letter(*pages: str) -> bytes:
    body = "".join(f'<p style="page-break-after: always">{text}</p>' for text in pages)
    return weasyprint.HTML(string=body).write_pdf()


def stored_file(assessment, actor, content, kind="pdf", sha256="a" * 64):
    record = factories.evidence_for(assessment, CODE, actor)
    file = EvidenceFile(evidence=record, original_name=f"SK Tim.{kind}", kind=kind, size=len(content), sha256=sha256)
    file.uploaded_by, file.uploaded_at = actor, timezone.now()
    file.file.save("a", ContentFile(content), save=False)
    file.save()
    return file


def drawn(file) -> Preview:
    request_preview(sha256=file.sha256, kind=file.kind, now=timezone.now())
    make_preview(sha256=file.sha256, now=timezone.now())
    return Preview.objects.get(sha256=file.sha256)


def image_of(page: PreviewPage) -> Image.Image:
    with default_storage.open(page.image.name) as stored:
        return Image.open(io.BytesIO(stored.read())).copy()


def view_url(file, query=""):
    return reverse("evidence_view", args=(file.uuid,)) + query


def previews_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.glob("previews/**/*") if path.is_file())


# Drawing


def test_preview_of_a_pdf_has_every_page_with_its_text(cast, assessment):
    file = stored_file(assessment, cast.operator, letter("Surat Keputusan", "Lampiran kedua"))
    preview = drawn(file)
    pages = list(preview.pages.all())
    assert (preview.state, preview.page_count, [page.number for page in pages]) == ("ready", 2, [1, 2])
    assert [page.text.strip() for page in pages] == ["Surat Keputusan", "Lampiran kedua"]
    assert [(page.width, page.height) for page in pages] == [(1401, 1981), (1401, 1981)]
    assert image_of(pages[0]).size == (1401, 1981)


def test_preview_of_many_pages_is_drawn_in_steps(cast, assessment):
    file = stored_file(assessment, cast.operator, made.pdf_bytes(made.empty_pdf(43)))
    preview = drawn(file)
    assert preview.page_count == 43
    assert list(preview.pages.values_list("number", flat=True)) == list(range(1, 44))


def photo(**how) -> bytes:
    """Upright after its EXIF says so: left half red, with a place on the map."""
    image = Image.new("RGB", (60, 40), "white")
    image.paste("red", (0, 0, 30, 40))
    exif = image.getexif()
    exif[0x0112] = 6  # turn right
    exif.get_ifd(0x8825)[1] = "S"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"rahasia", quality=95)
    return out.getvalue()


def test_preview_of_a_photo_is_upright_and_tells_no_place(cast, assessment):
    preview = drawn(stored_file(assessment, cast.operator, photo(), kind="jpg"))
    page = preview.pages.get()
    image = image_of(page)
    assert (image.size, dict(image.getexif())) == ((40, 60), {})
    red, _green, blue = image.getpixel((20, 5))
    assert (red > 200, blue < 80) == (True, True)
    assert image.getpixel((20, 55))[2] > 200
    with default_storage.open(page.image.name) as stored:
        content = stored.read()
    assert (b"Exif" in content, b"rahasia" in content) == (False, False)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "1", "I;16"])
def test_preview_of_a_picture_of_any_mode_is_drawn(cast, assessment, mode):
    out = io.BytesIO()
    Image.new(mode, (30, 20)).save(out, "PNG")
    page = drawn(stored_file(assessment, cast.operator, out.getvalue(), kind="png")).pages.get()
    assert (image_of(page).mode, page.width, page.height) == ("RGB", 30, 20)


def test_preview_of_a_cmyk_photo_is_drawn(cast, assessment):
    out = io.BytesIO()
    Image.new("CMYK", (30, 20), (0, 255, 255, 0)).save(out, "JPEG")
    page = drawn(stored_file(assessment, cast.operator, out.getvalue(), kind="jpg")).pages.get()
    assert image_of(page).getpixel((15, 10))[0] > 180


def test_preview_of_a_filled_form_shows_what_was_filled_in(cast, assessment):
    """A field has its looks in an annotation; leaving it out would hide what the unit typed."""
    pdf = made.empty_pdf()
    looks = made.Stream(pdf, b"1 0 0 rg 0 0 400 400 re f")
    looks.Type, looks.Subtype, looks.BBox = made.Name.XObject, made.Name.Form, made.Array([0, 0, 400, 400])
    field = made.Dictionary(
        FT=made.Name.Tx,
        T=made.String("nama"),
        V=made.String("isi"),
        Type=made.Name.Annot,
        Subtype=made.Name.Widget,
        F=4,
        Rect=made.Array([100, 300, 500, 700]),
        AP=made.Dictionary(N=pdf.make_indirect(looks)),
    )
    kept = pdf.make_indirect(field)
    pdf.pages[0].Annots = made.Array([kept])
    pdf.Root.AcroForm = made.Dictionary(Fields=made.Array([kept]))
    page = drawn(stored_file(assessment, cast.operator, made.pdf_bytes(pdf))).pages.get()
    red, green, _blue = image_of(page).getpixel((700, 800))
    assert (red > 200, green < 120) == (True, True)


def test_preview_of_a_file_that_cannot_be_drawn_fails(cast, assessment, storage):
    preview = drawn(stored_file(assessment, cast.operator, b"%PDF-1.7 rusak"))
    assert (preview.state, preview.pages.count(), previews_in(storage)) == ("failed", 0, [])


def test_preview_of_a_file_whose_bytes_are_gone_fails(cast, assessment):
    file = stored_file(assessment, cast.operator, letter("a"))
    default_storage.delete(file.file.name)
    assert drawn(file).state == "failed"


def test_preview_is_made_once_for_the_same_bytes(cast, assessment, storage):
    content = letter("Sama")
    first = drawn(stored_file(assessment, cast.operator, content))
    again = drawn(stored_file(assessment, cast.operator, content))
    assert (first.pk, first.made_at) == (again.pk, again.made_at)
    assert (PreviewPage.objects.count(), len(previews_in(storage))) == (1, 1)
    assert DBTaskResult.objects.count() == 1


def test_preview_of_two_workers_at_once_keeps_one_set_of_images(cast, assessment, storage, monkeypatch):
    """The second worker finds its turn taken when it wants to store the rows."""
    file = stored_file(assessment, cast.operator, letter("a"))
    request_preview(sha256=file.sha256, kind="pdf", now=timezone.now())
    save = FileSystemStorage.save

    def save_late(storage, name, content, **how):
        monkeypatch.setattr(FileSystemStorage, "save", save)
        make_preview(sha256=file.sha256, now=timezone.now())
        return storage.save(name, content, **how)

    monkeypatch.setattr(FileSystemStorage, "save", save_late)
    make_preview(sha256=file.sha256, now=timezone.now())
    assert [page.image.name for page in PreviewPage.objects.all()] == previews_in(storage)


# Asking


def test_upload_asks_for_a_preview_once(cast, assessment):
    for kind, content in (("pdf", letter("a")), ("docx", made.zipped(made.docx_parts()))):
        upload = made.upload(f"bukti.{kind}", content)
        services.add_file(
            assessment=assessment,
            code=CODE,
            upload=upload,
            scanned=scan_upload(upload),
            title="",
            actor=cast.operator,
            now=timezone.now(),
        )
    sha256 = EvidenceFile.objects.get(kind="pdf").sha256
    assert [(preview.sha256, preview.state) for preview in Preview.objects.all()] == [(sha256, "pending")]
    assert [task.args_kwargs["args"] for task in DBTaskResult.objects.all()] == [[sha256]]


def test_request_that_was_lost_is_asked_again_once(cast, assessment):
    now = timezone.now()
    request_preview(sha256="b" * 64, kind="pdf", now=now)
    request_preview(sha256="b" * 64, kind="pdf", now=now + LOST_AFTER - timedelta(seconds=1))
    assert DBTaskResult.objects.count() == 1
    for _twice in range(2):
        request_preview(sha256="b" * 64, kind="pdf", now=now + LOST_AFTER)
    assert DBTaskResult.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_worker_draws_what_is_in_the_queue(cast, assessment):
    file = stored_file(assessment, cast.operator, letter("Dari antrean"))
    request_preview(sha256=file.sha256, kind="pdf", now=timezone.now())
    Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="uji",
        excluded_queue_names=[],
    ).run()
    assert [page.text.strip() for page in PreviewPage.objects.all()] == ["Dari antrean"]
    assert [task.status for task in DBTaskResult.objects.all()] == ["SUCCESSFUL"]


# Searching


def test_search_finds_words_across_lines_whatever_their_case(cast, assessment):
    preview = drawn(stored_file(assessment, cast.operator, letter("Tim Kerja<br>Zona INTEGRITAS", "lain", "zona zona")))
    hits = pages_with(preview, "kerja zona")
    assert [(hit.number, hit.times) for hit in hits] == [(1, 1)]
    assert hits[0].excerpt == (
        Piece("Tim ", found=False),
        Piece("Kerja Zona", found=True),
        Piece(" INTEGRITAS", found=False),
    )
    assert [(hit.number, hit.times) for hit in pages_with(preview, "zona")] == [(1, 1), (3, 2)]
    assert pages_with(preview, ".") == []


def test_marked_text_is_the_text():
    assert "".join(piece.text for piece in marked("a.b a.b", "a.b")) == "a.b a.b"
    assert [piece.found for piece in marked("x a.b y", "a.b")] == [False, True, False]
    assert list(marked("teks", "")) == [Piece("teks", found=False)]


# The viewer


def test_viewer_shows_a_page_with_ways_to_the_others(as_user, cast, assessment):
    file = stored_file(assessment, cast.operator, letter("satu", "dua", "tiga"))
    drawn(file)
    html = as_user(cast.operator).get(view_url(file, "?hal=2&zoom=150")).content.decode()
    assert reverse("evidence_page", args=(file.uuid, 2)) in html
    assert re.findall(r'data-viewer-(previous|next) href="[^"]*\?([^"]*)"', html) == [
        ("previous", "hal=1&amp;zoom=150"),
        ("next", "hal=3&amp;zoom=150"),
    ]
    assert 'data-zoom="150"' in html
    assert reverse("evidence_download", args=(file.uuid,)) in html


@pytest.mark.parametrize(
    ("asked", "shown"), [("", 1), ("3", 3), ("0", 1), ("99", 3), ("x", 1), ("-1", 1), ("٣", 1), ("9" * 30, 1)]
)
def test_viewer_stays_inside_the_file(as_user, cast, assessment, asked, shown):
    file = stored_file(assessment, cast.operator, letter("satu", "dua", "tiga"))
    drawn(file)
    html = as_user(cast.operator).get(view_url(file, f"?hal={asked}")).content.decode()
    assert re.findall(r"/halaman/(\d+)/", html) == [str(shown)]


def test_viewer_opens_the_first_page_with_the_words(as_user, cast, assessment):
    file = stored_file(assessment, cast.operator, letter("satu", "<b>tugas</b> &lt;i&gt;", "tugas lagi"))
    drawn(file)
    html = as_user(cast.operator).get(view_url(file, "?cari=tugas")).content.decode()
    assert re.findall(r"/halaman/(\d+)/", html) == ["2"]
    assert html.count("<mark>tugas</mark>") == 3  # two excerpts, and the text of the page
    assert "<i>" not in html
    assert "“tugas” ada di 2 halaman." in html


def test_viewer_says_when_words_are_nowhere(as_user, cast, assessment):
    file = stored_file(assessment, cast.operator, letter("satu"))
    drawn(file)
    html = as_user(cast.operator).get(view_url(file, "?cari=<b>")).content.decode()
    assert "“&lt;b&gt;” tidak ada dalam teks berkas ini." in html


def test_viewer_alone_answers_htmx(as_user, cast, assessment):
    file = stored_file(assessment, cast.operator, letter("satu"))
    drawn(file)
    html = as_user(cast.operator).get(view_url(file), headers=HTMX).content.decode()
    assert html.strip().startswith('<section class="viewer"')
    assert html.strip().endswith("</section>")


def test_viewer_of_a_file_never_drawn_asks_and_says_so(as_user, cast, assessment):
    file = stored_file(assessment, cast.operator, letter("satu"))
    client = as_user(cast.operator)
    html = client.get(view_url(file)).content.decode()
    client.get(view_url(file))
    assert "Pratinjau sedang disiapkan." in html
    assert 'hx-trigger="every 2s"' in html
    assert reverse("evidence_download", args=(file.uuid,)) in html
    assert DBTaskResult.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("pdf", "Pratinjau berkas ini tidak dapat dibuat."),
        ("docx", "Dokumen Word dan Excel tidak mempunyai pratinjau."),
        ("xlsx", "Dokumen Word dan Excel tidak mempunyai pratinjau."),
    ],
)
def test_viewer_without_pages_offers_the_download(as_user, cast, assessment, kind, sentence):
    file = stored_file(assessment, cast.operator, b"rusak", kind=kind)
    drawn(file) if kind == "pdf" else None
    html = as_user(cast.operator).get(view_url(file)).content.decode()
    assert sentence in html
    assert reverse("evidence_download", args=(file.uuid,)) in html
    assert "hx-trigger" not in html


def test_page_image_is_private(as_user, cast, assessment):
    file = stored_file(assessment, cast.operator, letter("satu"))
    drawn(file)
    response = as_user(cast.operator).get(reverse("evidence_page", args=(file.uuid, 1)))
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content)[8:12] == b"WEBP"


@pytest.mark.parametrize("number", [0, 2])
def test_page_image_that_is_not_there_is_404(as_user, cast, assessment, number):
    file = stored_file(assessment, cast.operator, letter("satu"))
    drawn(file)
    assert as_user(cast.operator).get(reverse("evidence_page", args=(file.uuid, number))).status_code == 404


def test_previews_are_seen_by_those_who_may_read_the_file(as_user, cast, assessment):
    """SEC-03: the same answers as the original file gives."""
    file = stored_file(assessment, cast.operator, letter("satu"))
    drawn(file)
    paths = [
        view_url(file),
        reverse("evidence_page", args=(file.uuid, 1)),
        reverse("evidence_download", args=(file.uuid,)),
    ]
    for person, status in ((cast.operator, 200), (cast.member, 200), (cast.stranger, 404), (cast.other_member, 404)):
        assert [as_user(person).get(path).status_code for path in paths] == [status] * 3


@pytest.mark.parametrize("pages", [1, 3])
@pytest.mark.parametrize("query", ["", "?cari=halaman"])
def test_viewer_runs_a_fixed_number_of_queries(as_user, cast, assessment, django_assert_num_queries, pages, query):
    file = stored_file(assessment, cast.operator, letter(*["halaman"] * pages))
    drawn(file)
    client = as_user(cast.operator)
    client.get(view_url(file))
    with django_assert_num_queries(9 if query else 7):
        client.get(view_url(file, query))


def test_viewer_leads_back_to_the_record_and_the_worksheet(as_user, cast, assessment):
    file = stored_file(assessment, cast.operator, letter("halaman"))
    drawn(file)
    place = (assessment.unit.agency.code, assessment.unit.code, assessment.period.code)
    html = as_user(cast.operator).get(view_url(file)).content.decode()
    ways = [reverse("unit_home", args=place), reverse("evidence_detail", args=(*place, file.evidence.uuid))]
    assert [f'href="{way}"' in html for way in ways] == [True, True]
