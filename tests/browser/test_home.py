"""The unit's home and what hangs on it: going on elsewhere, carrying over on a phone, duties, follow-ups."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments.models import Answer, AnswerCopy, Assessment, EvidenceUse, FollowUp, QuestionDuty
from tests import factories
from tests.browser.screens import sideways

NARROW = {"width": 360, "height": 740}
SMALLEST_TARGET = 44


def url(assessment, name="unit_home", *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


@pytest.fixture
def earlier(cast, assessment):
    """TW I of unit A, final: two answers with evidence, one with a note, one released note of TPI."""
    period = factories.PeriodFactory(agency=cast.agency, quarter=1)
    found = factories.AssessmentFactory(unit=cast.unit_a, period=period)
    factories.answer(found, "A.I.1.i.a", "Ya", by=cast.operator)
    factories.answer(found, "A.I.1.i.b", "B", by=cast.operator, note="Dipilih melalui rapat.")
    factories.evidence_for(found, "A.I.1.i.a", cast.operator, title="SK Tim Kerja ZI")
    factories.evidence_for(found, "A.I.1.i.b", cast.operator, title="Notulen rapat")
    factories.evidence_for(found, "A.I.1.i.b", cast.operator, title="Foto rapat")
    now = timezone.now()
    factories.note(found, "A.I.1.i.b", cast.member, "Lengkapi notulen.", for_release=True, released_at=now)
    values = {"state": "final", "finalised_at": now, "finalised_by": cast.controller}
    Assessment.objects.filter(pk=found.pk).update(**values)
    found.refresh_from_db()
    return found


def test_person_goes_on_where_they_stopped_on_another_device(opened, cast, assessment):
    desk = opened(cast.operator, url(assessment, "worksheet", "A.I.3.i"))
    card = desk.locator("#p-A-I-3-i-a")
    card.locator("input[type=radio]").first.check()
    expect(card.locator("#status-p-A-I-3-i-a")).to_contain_text("Tersimpan")
    phone = opened(cast.operator, "/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone.get_by_role("link", name="Lanjutkan dari pertanyaan A.I.3.i.b").tap()
    phone.wait_for_url("**/lke/A.I.3.i/#p-A-I-3-i-b")
    expect(phone.locator("#p-A-I-3-i-a input[type=radio]").first).to_be_checked()


def test_carrying_over_on_a_phone_from_choice_to_confirmation(opened, cast, assessment, earlier, screenshot):
    page = opened(cast.operator, url(assessment), viewport=NARROW, has_touch=True, is_mobile=True)
    page.get_by_role("link", name="Salin dari triwulan lalu").tap()
    expect(page.get_by_text("2 jawaban dan 3 bukti dapat disalin")).to_be_visible()
    screenshot(page, "salin-telepon")
    page.get_by_role("button", name=re.compile("Salin area ini.*Manajemen Perubahan")).tap()
    expect(page.get_by_text("2 salinan menunggu diperiksa")).to_be_visible()
    assert not Answer.objects.filter(assessment=assessment).exists()
    page.get_by_role("link", name="Periksa mulai dari A.I.1.i.a").tap()
    expect(page.locator("#angka-semua, .figures").first).to_contain_text("0")
    page.locator("#p-A-I-1-i-a").get_by_role("button", name="Benar, pakai").tap()
    expect(page.locator("#p-A-I-1-i-a .copy")).to_have_count(0)
    expect(page.locator("#p-A-I-1-i-a input[value=Ya]")).to_be_checked()
    expect(page.locator("#p-A-I-1-i-a").get_by_role("link", name="SK Tim Kerja ZI (tautan, tab baru)")).to_be_visible()
    second = page.locator("#p-A-I-1-i-b")
    second.get_by_label("Foto rapat").uncheck()
    screenshot(page, "salinan-telepon")
    assert sideways(page) == 0
    second.get_by_role("button", name="Benar, pakai").tap()
    expect(second.locator("textarea[name=catatan]")).to_have_value("Dipilih melalui rapat.")
    titles = EvidenceUse.objects.filter(assessment=assessment).values_list("evidence__title", flat=True)
    assert sorted(titles) == ["Notulen rapat", "SK Tim Kerja ZI"]
    assert not AnswerCopy.objects.exists()
    second.locator("input[value=A]").check()  # the card that came anew saves as any other
    expect(second.locator("#status-p-A-I-1-i-b")).to_contain_text("Tersimpan")
    assert Answer.objects.get(assessment=assessment, question__code="A.I.1.i.b").choice == "A"


def test_copy_is_settled_without_javascript(opened, cast, assessment, earlier):
    page = opened(cast.operator, url(assessment, "copy_answers"), java_script_enabled=False)
    page.get_by_role("button", name="Salin semuanya (2 jawaban)").click()
    page.get_by_role("link", name="Periksa mulai dari A.I.1.i.a").click()
    page.locator("#p-A-I-1-i-a").get_by_role("button", name="Benar, pakai").click()
    expect(page.get_by_text("Salinan untuk A.I.1.i.a dipakai dan tersimpan.")).to_be_visible()
    page.locator("#p-A-I-1-i-b").get_by_role("button", name="Buang salinan").click()
    expect(page.get_by_text("Salinan untuk A.I.1.i.b dibuang.")).to_be_visible()
    assert list(Answer.objects.filter(assessment=assessment).values_list("question__code", flat=True)) == ["A.I.1.i.a"]


def test_head_shares_out_and_the_person_finds_it_on_their_home(opened, cast, assessment, screenshot):
    pokja = factories.member_of(cast.unit_a, areas="2", full_name="Anggota Pokja Dua")
    head = opened(cast.head, url(assessment, "duties"))
    head.locator(".duty-area > summary", has_text="Penataan Tatalaksana").click()
    head.locator("input[name=kode][value='A.I.2.i.a']").check()
    head.get_by_label("Diberikan kepada").select_option("Anggota Pokja Dua")
    screenshot(head, "pembagian-tugas")
    head.get_by_role("button", name="Bagikan yang dicentang").click()
    expect(head.get_by_text("1 pertanyaan dibagikan.")).to_be_visible()
    assert QuestionDuty.objects.get().user == pokja
    page = opened(pokja, url(assessment))
    page.get_by_role("link", name="Tugas saya").click()
    expect(page.get_by_text("0 dari 15 terjawab")).to_be_visible()
    expect(page.locator(".task", has_text="Anggota Pokja Dua (1)")).to_have_count(1)


def test_followup_goes_from_tpi_to_the_unit_and_back(opened, cast, assessment, earlier, screenshot):
    tpi = opened(cast.member, url(earlier, "followups"))
    tpi.locator("summary", has_text="Jadikan tindak lanjut").click()
    tpi.get_by_label("Batas waktu").fill((timezone.localdate() + timedelta(days=20)).isoformat())
    tpi.get_by_role("button", name="Tetapkan tindak lanjut").click()
    expect(tpi.get_by_text("Tindak lanjut untuk A.I.1.i.b ditetapkan.")).to_be_visible()
    unit = opened(cast.operator, url(assessment), viewport=NARROW, has_touch=True, is_mobile=True)
    unit.get_by_role("link", name="Lengkapi notulen.").tap()
    unit.locator("summary", has_text="Laporkan yang sudah dilakukan").tap()
    unit.get_by_label("Yang sudah dilakukan").fill("Notulen sudah dilengkapi.")
    unit.get_by_label("Bukti").select_option("Notulen rapat")
    screenshot(unit, "tindak-lanjut-telepon")
    unit.get_by_role("button", name="Kirim laporan").tap()
    expect(unit.get_by_text("Menunggu penilaian TPI")).to_be_visible()
    tpi.reload()
    tpi.get_by_label("Penilaian TPI").fill("Sudah sesuai.")
    tpi.get_by_role("button", name="Nyatakan selesai").click()
    expect(tpi.get_by_text("Dinyatakan selesai oleh TPI").first).to_be_visible()  # and once more in its history
    assert (FollowUp.objects.get().closing, FollowUp.objects.get().proof.title) == ("Sudah sesuai.", "Notulen rapat")


def test_pages_are_accessible_and_fit_a_narrow_phone(
    opened, cast, assessment, earlier, accessibility_problems, screenshot
):
    factories.answer(assessment, "A.I.2.i.a", "A", by=cast.operator)
    note = earlier.notes.get()
    factories.followup(note, cast.member, due=timezone.localdate() - timedelta(days=2))
    page = opened(cast.head, url(assessment), viewport=NARROW, has_touch=True, is_mobile=True)
    page.goto(url(assessment, "copy_answers"))
    page.get_by_role("button", name="Salin semuanya").tap()
    expect(page.get_by_text("2 salinan menunggu diperiksa")).to_be_visible()
    places = {
        "beranda-unit-telepon": url(assessment),
        "tugas-saya-telepon": url(assessment) + "?tampil=saya",
        "salin": url(assessment, "copy_answers"),
        "kartu": url(assessment, "worksheet", "A.I.1.i"),
        "tugas": url(assessment, "duties"),
        "tindak-lanjut": url(assessment, "followups"),
        "beranda-final": url(earlier),
    }
    for name, place in places.items():
        page.goto(place)
        page.evaluate("document.querySelectorAll('main details').forEach(part => { part.open = true })")
        assert (name, accessibility_problems(page), sideways(page)) == (name, [], 0)
        screenshot(page, name)
    page.goto(url(assessment))
    rows = page.locator("a.task, .promise, .whose a, .todo a").all()
    heights = [box["height"] for row in rows if (box := row.bounding_box())]
    assert len(heights) > 30
    assert min(heights) >= SMALLEST_TARGET
