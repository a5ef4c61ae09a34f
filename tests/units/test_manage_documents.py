"""Files of decrees and declarations: in through the scanner, out through the right."""

from django.core.files.storage import default_storage
from django.urls import reverse

from tests import factories
from tests.units import upload_files as made
from tests.units.ladder import browser
from units.models import AuditEvent, Declaration, Decree

DECREE = {"kind": "zi_units", "number": "188/5 (uji)", "date": "02-01-2024", "subject": "Penetapan unit"}


def url(place, name, **kwargs):
    return reverse(name, kwargs={"agency": place.agency.code} | kwargs)


def add_decree(place, content, name="SK ZI.pdf", **more):
    return browser(place.admin).post(
        url(place, "manage_decree_new"), DECREE | {"upload": made.upload(name, content)} | more
    )


def test_decree_file_is_kept_under_a_name_of_our_own(place):
    add_decree(place, made.pdf_bytes())
    decree = Decree.objects.get(number=DECREE["number"])
    assert decree.file.name.startswith("documents/")
    assert "SK" not in decree.file.name
    assert (decree.file_name, decree.file.read()) == ("SK ZI.pdf", made.pdf_bytes())
    assert len(AuditEvent.objects.get(verb="decree.create").after["sha256"]) == 64


def test_decree_file_is_sent_with_the_headers_of_a_private_file(place):
    add_decree(place, made.pdf_bytes(), name="SK ñ 2024.pdf")
    decree = Decree.objects.get(number=DECREE["number"])
    answer = browser(place.admin).get(url(place, "manage_decree_file", pk=decree.pk))
    assert b"".join(answer.streaming_content) == made.pdf_bytes()
    assert (
        answer["Content-Disposition"] == "inline; filename=\"SK _ 2024.pdf\"; filename*=UTF-8''SK%20%C3%B1%202024.pdf"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_decree_file_is_refused_to_another_site(place):
    add_decree(place, made.pdf_bytes())
    decree = Decree.objects.get(number=DECREE["number"])
    link = url(place, "manage_decree_file", pk=decree.pk)
    assert browser(place.admin).get(link, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser(place.inspector).get(link).status_code == 403
    foreign = browser(factories.official_of(factories.AgencyFactory(), "admin"))
    assert foreign.get(link).status_code == 404


def test_decree_without_file_has_none_to_send(place):
    assert browser(place.admin).get(url(place, "manage_decree_file", pk=place.decree.pk)).status_code == 404


def test_decree_file_that_is_hostile_is_refused_with_its_reason(place):
    answer = add_decree(place, made.pdf_bytes(made.pdf_with_script()))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "upload": ["Berkas PDF ini memuat skrip, perintah, atau isi aktif. Cetak ulang ke PDF, lalu unggah hasilnya."]
    }
    assert not Decree.objects.filter(number=DECREE["number"]).exists()


def test_decree_takes_no_other_kind_of_file(place):
    answer = add_decree(place, made.image_bytes("PNG"), name="foto.png")
    assert answer.context["form"].errors == {"upload": ["Jenis berkas ini tidak diterima. Yang diterima: .pdf."]}


def test_decree_file_replaced_leaves_storage_on_commit(place, django_capture_on_commit_callbacks):
    add_decree(place, made.pdf_bytes())
    decree = Decree.objects.get(number=DECREE["number"])
    old = decree.file.name
    with django_capture_on_commit_callbacks(execute=True):
        browser(place.admin).post(
            url(place, "manage_decree", pk=decree.pk),
            DECREE | {"upload": made.upload("SK baru.pdf", made.pdf_bytes(made.empty_pdf(2)))},
        )
    decree.refresh_from_db()
    assert decree.file_name == "SK baru.pdf"
    assert (default_storage.exists(old), default_storage.exists(decree.file.name)) == (False, True)


def test_decree_edited_without_file_keeps_the_file(place):
    add_decree(place, made.pdf_bytes())
    decree = Decree.objects.get(number=DECREE["number"])
    browser(place.admin).post(url(place, "manage_decree", pk=decree.pk), DECREE | {"subject": "Lain"})
    changed = Decree.objects.get(pk=decree.pk)
    assert (changed.subject, changed.file.name) == ("Lain", decree.file.name)


def test_declaration_file_may_be_a_photograph(place):
    browser(place.admin).post(
        url(place, "manage_declaration", unit=place.unit_a.code),
        {
            "date": "10-03-2024",
            "place": "Aula",
            "signed_count": 1,
            "staff_count": 1,
            "upload": made.upload("Pencanangan.JPEG", made.image_bytes("JPEG")),
        },
    )
    assert Declaration.objects.get(unit=place.unit_a).file_name == "Pencanangan.JPEG"
    answer = browser(place.admin).get(url(place, "manage_declaration_file", unit=place.unit_a.code))
    assert answer["Content-Type"] == "image/jpeg"
