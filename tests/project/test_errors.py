"""Every mistake page is ours and tells nothing else (SEC-52, SEC-74, SEC-97)."""

import json
import logging
import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.project.troubles import SECRET
from zi_portal.logs import JsonFormatter, RequestIdFilter, security_event
from zi_portal.views import MISTAKES

SAME = {"Sec-Fetch-Site": "same-origin"}
SHOWN = ["400", "403", "404", "405", "409", "429", "500", "503"]


@pytest.mark.parametrize("status", SHOWN)
@pytest.mark.parametrize("language", ["id", "en"])
def test_page_is_ours_names_the_request_and_hides_the_cause(visitor, status, language):
    visitor.cookies["bahasa"] = language
    response = visitor.get(f"/t/{status}/")
    text = response.content.decode()
    assert response.status_code == int(status)
    assert f'<html lang="{language}"' in text
    assert response["X-Request-ID"] in text
    assert "css/portal.css" in text
    assert [
        word for word in (SECRET, "Traceback", "RuntimeError", str(settings.BASE_DIR), "units_user") if word in text
    ] == []


@pytest.mark.parametrize("status", SHOWN)
def test_page_says_what_happened_and_the_way_out(visitor, status):
    text = visitor.get(f"/t/{status}/").content.decode()
    title, _message, advice = MISTAKES[int(status)]
    expected = [str(title), str(advice), 'href="/"', "Administrator instansi Anda"]
    assert [part for part in expected if part not in text] == []


@pytest.mark.parametrize("status", SHOWN)
def test_htmx_gets_a_fragment(visitor, status):
    response = visitor.get(f"/t/{status}/", headers={"HX-Request": "true"})
    text = response.content.decode()
    assert response.status_code == int(status)
    assert "<html" not in text
    assert f'id="mistake-{response["X-Request-ID"]}"' in text


def test_wrong_method_keeps_the_allowed_ones(visitor):
    assert visitor.get("/t/405/")["Allow"] == "POST"


@pytest.mark.parametrize(("status", "seconds"), [("429", "60"), ("503", "10")])
def test_waiting_time_is_told(visitor, status, seconds):
    assert visitor.get(f"/t/{status}/")["Retry-After"] == seconds


def test_server_error_page_needs_no_database(visitor, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert visitor.get("/t/500/").status_code == 500


def test_file_above_the_limit_is_stopped_with_a_page_that_names_it(visitor, settings):
    settings.UPLOAD_POLICY = {**settings.UPLOAD_POLICY, "max_file_bytes": 1024 * 1024}
    small, large = (SimpleUploadedFile("a.pdf", b"x" * size) for size in (1024 * 1024, 1024 * 1024 + 1))
    assert visitor.post("/t/413/", {"file": small}).content == b"1 files"
    response = visitor.post("/t/413/", {"file": large})
    assert response.status_code == 413
    assert "Satu berkas paling besar 1 MB." in response.content.decode()


def test_form_above_the_limit_is_refused(visitor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert visitor.post("/t/413/", {"text": "x" * 1001}).status_code == 413


def test_too_many_fields_are_refused(visitor):
    assert visitor.post("/t/413/", {f"field-{n}": "1" for n in range(1001)}).status_code == 413


def test_broken_multipart_is_a_bad_request(visitor):
    response = visitor.post("/t/413/", data=b"nonsense", content_type="multipart/form-data")
    assert response.status_code == 400
    assert "Permintaan tidak dapat dibaca" in response.content.decode()


def test_request_from_another_site_is_refused(visitor):
    assert visitor.post("/t/413/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert visitor.post("/t/413/", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_missing_form_token_gets_our_page(settings, db):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/masuk/", {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "Formulir ini sudah kedaluwarsa" in response.content.decode()
    assert response["X-Token-Expired"] == "1"


def test_text_sent_without_a_session_is_shown_again(visitor):
    response = visitor.post("/t/private/", {"note": "catatan <b>panjang</b>", "password": "kata sandi"}, headers=SAME)
    text = response.content.decode()
    assert response.status_code == 401
    assert "catatan &lt;b&gt;panjang&lt;/b&gt;" in text
    assert "kata sandi" not in text.split("<h1>")[1].split("</section>")[0]


def test_text_of_another_site_is_not_shown(visitor):
    response = visitor.post("/t/private/", {"note": "teks dari situs lain"})
    assert response.status_code == 401
    assert "teks dari situs lain" not in response.content.decode()


def test_htmx_without_a_session_is_not_redirected(visitor):
    response = visitor.get("/t/private/", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert "Masuk kembali di tab baru" in response.content.decode()


# Logs


@pytest.fixture
def lines(caplog):
    """What the portal has logged so far, as it would be written."""
    tell_request = RequestIdFilter()
    caplog.handler.addFilter(tell_request)
    caplog.set_level(logging.INFO, "portal.security")
    yield lambda: [JsonFormatter().format(record) for record in caplog.records]
    caplog.handler.removeFilter(tell_request)


def test_log_of_a_crash_is_one_line_with_the_request(visitor, lines):
    response = visitor.get("/t/503/")
    entries = [json.loads(line) for line in lines()]
    assert [line for line in lines() if "\n" in line] == []
    assert [entry["logger"] for entry in entries] == ["portal", "django.request"]
    assert {entry["request_id"] for entry in entries} == {response["X-Request-ID"]}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"]) for entry in entries)


def test_log_keeps_only_the_first_line_of_a_database_error(lines):
    try:
        raise ValueError("duplicate key\nDETAIL: Key (nip)=(198001012005011001) already exists")  # noqa: TRY301 - with a trace
    except ValueError:
        logging.getLogger("portal").exception("save failed")
    (line,) = lines()
    assert json.loads(line)["error_text"] == "duplicate key"
    assert "198001012005011001" not in line


def test_security_event_cannot_forge_a_second_line(lines, rf):
    security_event("input_validation_fail", rf.get("/a"), what='x\r\n{"event": "authn_login_success"}')
    (line,) = lines()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["event"] == "input_validation_fail"


def test_security_event_has_a_known_name():
    with pytest.raises(ValueError, match="Unknown security event"):
        security_event("something_else", None)


def test_refusal_by_role_is_one_event(visitor, lines):
    visitor.get("/t/403/")
    events = [json.loads(line) for line in lines()]
    assert [event["event"] for event in events if event["logger"] == "portal.security"] == ["authz_fail"]
