"""A reader compares the file in hand with the stored report, in the browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.assessments.final_results import finalised, issued

EXPECTED = {"same": "Asli: berkas ini sama persis", "longer": "Asli, dengan tambahan", "other": "Berubah"}


@pytest.fixture
def report(assessment, cast, golden):
    finalised(assessment, cast, golden("20")["answers"])
    return issued(assessment, cast, "700/1/LHE")


def test_file_is_compared_and_goes_nowhere(new_context, live_server, report, accessibility_problems):
    with report.file.open("rb") as file:
        content = file.read()
    changed = content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]
    files = {"same": content, "longer": content + b"\n%tanda tangan\n", "other": changed}
    page, sent = new_context(viewport={"width": 360, "height": 740}).new_page(), []
    page.goto(reverse("report_check_start"))
    page.get_by_label("Kode laporan").fill(report.inputs_sha256[:24].upper())
    page.get_by_role("button", name="Periksa").click()
    page.on("request", lambda request: sent.append(request.url))
    for state, bytes_given in files.items():
        page.get_by_label("Berkas PDF laporan").set_input_files(
            {"name": "laporan.pdf", "mimeType": "application/pdf", "buffer": bytes_given}
        )
        expect(page.locator(f"[data-result][data-state={state}]")).to_contain_text(EXPECTED[state])
    assert [url for url in sent if "/static/" not in url] == []
    assert accessibility_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_javascript_the_hash_is_compared_by_hand(new_context, live_server, report):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(reverse("report_check", args=[report.inputs_sha256[:24]]))
    expect(page.get_by_label("Berkas PDF laporan")).to_be_hidden()
    page.get_by_text("Membandingkan tanpa peramban").click()
    expect(page.get_by_text("certutil -hashfile")).to_be_visible()
    expect(page.get_by_text(report.sha256)).to_be_visible()
