"""The parts of pages, each by its signature."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation
from django.utils.html import strip_tags

from units.templatetags.components import STATES, number_text

NOW = datetime(2024, 6, 28, 16, 30, tzinfo=UTC)  # 23.30 WIB


def markup(tag, **values):
    return Template(f"{{% load components %}}{tag}").render(Context(values))


def words(tag, **values):
    return " ".join(strip_tags(markup(tag, **values)).split())


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (Decimal("1234.5"), "1.234,50", "1,234.50"),
        (Fraction(1, 3), "0,33", "0.33"),
        (Fraction(74995, 1000), "75,00", "75.00"),
        (Decimal("2.625"), "2,63", "2.63"),
        (Decimal("-0.875"), "\N{MINUS SIGN}0,88", "\N{MINUS SIGN}0.88"),
        (0, "0,00", "0.00"),
        ("74.9960", "74,9960", "74.9960"),
        (None, "\N{EN DASH}", "\N{EN DASH}"),
        ("", "\N{EN DASH}", "\N{EN DASH}"),
    ],
)
def test_number_is_exact_and_in_the_readers_language(value, indonesian, english):
    assert number_text(value) == indonesian
    with translation.override("en"):
        assert number_text(value) == english


@pytest.mark.parametrize("value", [75.0, True])
def test_number_that_is_not_exact_is_refused(value):
    with pytest.raises(TypeError):
        number_text(value)


def test_score_says_of_how_much_and_where_it_comes_from():
    text = words('{% score value 100 label="Nilai" url="/asal/" %}', value=Decimal("81.234"))
    assert text == "Nilai 81,23, dari mana angka ini? dari 100,00"


def test_progress_bar_has_machine_numbers_whatever_the_language():
    html = markup('{% progress_bar value 110 "Terjawab" %}', value=Fraction(125, 2))
    assert '<progress value="62.5" max="110" aria-label="Terjawab">62,5 / 110</progress>' in html


def test_progress_bar_of_nothing_is_empty():
    assert 'value="0" max="1"' in markup('{% progress_bar 0 0 "Terjawab" %}')


@pytest.mark.parametrize("state", STATES)
def test_state_has_words_and_a_shape(state):
    html = markup("{% state_badge state %}", state=state)
    tone, symbol, label = STATES[state]
    assert (f'data-tone="{tone}"' in html, f"#{symbol}" in html, str(label) in html) == (True, True, True)


def test_states_of_one_tone_and_shape_do_not_exist_with_opposite_meaning():
    assert STATES["passed"][:2] != STATES["failed"][:2]


def test_state_takes_other_words():
    assert words('{% state_badge "passed" "Memenuhi WBK" %}') == "Memenuhi WBK"


def test_unknown_state_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        markup('{% state_badge "nonsense" %}')


@pytest.mark.parametrize(("passed", "verdict"), [(True, "Memenuhi"), (False, "Belum memenuhi"), (None, "Belum diisi")])
def test_gate_row_shows_margin_with_its_sign_and_the_verdict(passed, verdict):
    row = '{% gate_row "Total" required actual margin passed %}'
    text = words(row, required=Decimal(75), actual=Decimal("81.5"), margin=Decimal("6.5"), passed=passed)
    assert text == f"Total 75,00 81,50 +6,50 {verdict}"


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        (datetime(2024, 6, 30, 16, 59, tzinfo=UTC), "Asia/Jakarta", "30 Juni 2024 23.59 WIB 2 hari lagi"),
        (datetime(2024, 6, 30, 16, 59, tzinfo=UTC), "Asia/Makassar", "1 Juli 2024 00.59 WITA 2 hari lagi"),
        (datetime(2024, 6, 28, 16, 45, tzinfo=UTC), "Asia/Jakarta", "28 Juni 2024 23.45 WIB hari ini"),
        (datetime(2024, 6, 28, 16, 30, tzinfo=UTC), "Asia/Jayapura", "29 Juni 2024 01.30 WIT sudah lewat"),
    ],
)
def test_deadline_is_told_in_the_zone_of_the_agency(moment, zone, expected):
    assert words("{% deadline moment zone now %}", moment=moment, zone=zone, now=NOW) == expected


def test_deadline_that_is_not_set_says_so():
    assert words('{% deadline None "Asia/Jakarta" now "Pengisian" %}', now=NOW) == "Pengisian: tenggat belum ditetapkan"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('{% page_heading "Judul" "Penjelasan" "Unit A" %}', "Unit A Judul Penjelasan"),
        ("{% breadcrumbs items %}", "Beranda Bukti"),
        (
            '{% empty_state "Belum ada bukti" "Unggah berkas." "Ke lembar kerja" "/x/" %}',
            "Belum ada bukti Unggah berkas. Ke lembar kerja",
        ),
        ('{% question_mark_help "Semua harus dipenuhi." "ambang" %}', "Penjelasan: ambang Semua harus dipenuhi."),
        ('{% notice "Tersimpan." "success" %}', "Tersimpan."),
        ('{% notice "Gagal." "error" "Perhatian" %}', "Perhatian Gagal."),
        ("{{ value|decimal_text }}", "3,50"),
        ('{% icon "check" %}', ""),
    ],
)
def test_part_shows_its_words(tag, expected):
    assert words(tag, items=[("Beranda", "/"), ("Bukti", "")], value=Decimal("3.5")) == expected


def test_text_of_people_is_never_markup():
    html = markup(
        "{% notice text %}{% question_mark_help text text %}{% page_heading text %}", text="<script>alert(1)</script>"
    )
    assert "<script>" not in html


class Sample(forms.Form):
    name = forms.CharField(label="Nama", help_text="Seperti pada SK.")
    place = forms.CharField(label="Tempat", required=False)


def test_form_field_is_described_by_help_and_error():
    form = Sample({"name": ""})
    html = markup("{% form_field form.name %}{% form_field form.place %}", form=form)
    assert 'aria-describedby="id_name-help id_name-error"' in html
    assert 'aria-invalid="true"' in html
    assert ("(boleh kosong)" in html, html.count("is-invalid")) == (True, 1)


def test_error_summary_links_to_the_fields():
    html = markup("{% error_summary form %}", form=Sample({"name": ""}))
    assert '<a href="#id_name">Nama: ' in html


def test_error_summary_is_silent_while_all_is_well():
    assert words("{% error_summary form %}", form=Sample({"name": "a"})) == ""
