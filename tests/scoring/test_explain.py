"""Where a number comes from, in fields and in words."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from assessments.scoring.answers import Choice, Counts, Index
from assessments.scoring.engine import score
from assessments.scoring.explain import Kind, Line, explain, in_words
from assessments.scoring.structure import ZeroDenominator


def explained(lke, answers, key, **options):
    return explain(lke, answers, score(lke, answers, **options), key)


def words(lke, answers, key, **options):
    return in_words(explained(lke, answers, key, **options))


def test_choice(lke):
    answers = {"A.I.1.i.b": Choice("B")}
    item = explained(lke, answers, "A.I.1.i.b")
    criterion = lke.question("A.I.1.i.b").options[1].criterion
    assert item.kind is Kind.CHOICE
    assert item.lines == (Line("B", Fraction(1, 2), criterion=criterion),)
    assert (item.value, item.weight, item.shared_by, item.result) == (Fraction(1, 2), Fraction(1, 2), 2, Fraction(1, 8))
    assert in_words(item) == (
        f"Jawaban: B ({criterion.rstrip('.')}).",
        "Nilai pilihan: 0,5.",
        "Sumbangan ke nilai total: nilai × bobot dibagi 2 pertanyaan, yaitu 0,5 × 0,5 : 2 = 0,125.",  # noqa: RUF001
        "Ditampilkan 0,13; pembulatan hanya untuk tampilan, perhitungan memakai nilai utuh.",
    )


def test_choice_without_criterion(lke):
    assert words(lke, {"A.I.1.i.a": Choice("Tidak")}, "A.I.1.i.a")[0] == "Jawaban: Tidak."


@pytest.mark.parametrize("code", ["A.I.1.i.a", "A.II.1.i.a", "B.I.a"])
def test_blank_question(lke, code):
    item = explained(lke, {}, code)
    assert (item.answered, item.blanks, item.result) == (False, (code,), 0)
    assert in_words(item)[0] == "Pertanyaan ini belum diisi; nilainya dihitung 0."


def test_ratio_with_derived_total_and_unused_input(lke):
    counts = {"lhkpn_unit_heads": 1, "lhkpn_mandatory_officials": 5, "lhkpn_others": 1, "lhkpn_reported": 6}
    item = explained(lke, {"A.II.5.iii.a": Counts(counts)}, "A.II.5.iii.a")
    assert item.kind is Kind.RATIO
    assert item.lines[-1] == Line("Jumlah yang harus melaporkan", Fraction(7), used=False)
    assert item.filled == (Fraction(6), "/", "(", Fraction(1), "+", Fraction(5), "+", Fraction(1), ")")
    assert "Perhitungan: 6 : (1 + 5 + 1) ≈ 0,857143." in in_words(item)
    assert (item.weight, item.shared_by) == (1, 1)


def test_partial_ratio_shows_what_is_missing(lke):
    item = explained(lke, {"A.II.5.iii.a": Counts({"lhkpn_reported": 6})}, "A.II.5.iii.a")
    assert [line.value for line in item.lines] == [None, None, None, Fraction(6), None]
    assert item.filled == ()


def test_clipped_ratio(lke):
    item = explained(lke, {"A.II.1.i.a": Counts({"agents": 3, "changes": 7})}, "A.II.1.i.a")
    assert (item.raw, item.value, item.clipped) == (Fraction(7, 3), 1, True)
    assert "Hasil di luar rentang 0 sampai 1, sehingga nilainya menjadi 1." in in_words(item)


def test_zero_denominator_names_the_local_rule(lke):
    answers = {"A.II.5.ii.a": Counts({"complaints_due": 0, "complaints_resolved": 0})}
    item = explained(lke, answers, "A.II.5.ii.a")
    rule = lke.question("A.II.5.ii.a").zero_denominator
    assert (item.zero.rule, item.zero.score, item.raw) == (rule, 1, None)
    assert f"Penyebut 0; dipakai aturan lokal instrumen: {rule.note}" in in_words(item)
    assert "Nilai: 1." in in_words(item)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (None, "Penyebut 0 dan instrumen tidak memuat aturannya; nilainya dihitung 0."),
        (ZeroDenominator(Decimal(0), "Nol.", local_rule=False), "Penyebut 0; dipakai aturan instrumen: Nol."),
    ],
)
def test_zero_denominator_of_another_version(lke, rule, sentence):
    questions = tuple(
        replace(item, zero_denominator=rule) if item.code == "A.II.1.i.a" else item for item in lke.questions
    )
    answers = {"A.II.1.i.a": Counts({"agents": 0, "changes": 1})}
    assert sentence in words(replace(lke, questions=questions), answers, "A.II.1.i.a")


def test_index_with_respondents(lke):
    item = explained(lke, {"B.I.a": Index(Decimal("3.6"), 45)}, "B.I.a")
    assert item.kind is Kind.INDEX
    assert item.respondents_min == 30
    assert [line.value for line in item.lines] == [Fraction("3.6"), 45]
    assert in_words(item) == (
        "Nilai IPAK (0-4): 3,6.",
        "Jumlah responden: 45.",
        "Rumus: Nilai IPAK (0-4) : 4.",
        "Perhitungan: 3,6 : 4 = 0,9.",
        "Sumbangan ke nilai total: nilai × bobot, yaitu 0,9 × 17,5 = 15,75.",  # noqa: RUF001
        "Ditampilkan 15,75, tanpa pembulatan.",
    )


def test_subarea(lke):
    item = explained(lke, {"A.I.1.i.a": Choice("Ya")}, "A.I.1.i")
    assert item.kind is Kind.SUBAREA
    assert [(line.code, line.value) for line in item.lines] == [("A.I.1.i.a", Fraction(1)), ("A.I.1.i.b", None)]
    assert in_words(item) == (
        "Rumus: rata-rata nilai pertanyaan × bobot subarea.",  # noqa: RUF001
        "Perhitungan: (1 + 0) : 2 × 0,5 = 0,25.",  # noqa: RUF001
        "1 pertanyaan belum diisi dan dihitung 0: A.I.1.i.b.",
        "Ditampilkan 0,25, tanpa pembulatan.",
    )


@pytest.mark.parametrize(
    ("key", "kind", "formula", "count"),
    [
        ("area:1", Kind.AREA, "Pemenuhan + Reform", 2),
        ("A", Kind.SUM, "Pemenuhan + Reform", 2),
        ("B.I", Kind.SUM, "B.I.a + B.I.b", 2),
        ("total", Kind.TOTAL, "Pengungkit + Hasil", 2),
    ],
)
def test_sums_add_up_their_lines(lke, worked, key, kind, formula, count):
    item = explained(lke, worked("24"), key)
    assert (item.kind, item.formula, len(item.lines)) == (kind, formula, count)
    assert sum(line.value for line in item.lines) == item.result
    assert sum(line.maximum for line in item.lines) == item.maximum


def test_joined_area_bears_the_area_name(lke):
    assert explained(lke, {}, "area:6").title == "Peningkatan Kualitas Pelayanan Publik"


def test_every_number_of_a_worksheet_can_be_explained(lke, worked):
    answers = worked("24")
    result = score(lke, answers)
    keys = ["total", *result.nodes, *result.questions]
    assert {key: explain(lke, answers, result, key).result for key in keys} == (
        {"total": result.total}
        | {code: node.score for code, node in result.nodes.items()}
        | {code: item.points for code, item in result.questions.items()}
    )
    gates = [(code, item) for code, report in result.gates.items() for item in report.results]
    explained_gates = [explain(lke, answers, result, f"gate:{code}:{item.key}") for code, item in gates]
    assert [(item.result, item.required, item.passed, item.margin) for item in explained_gates] == [
        (item.actual, item.required, item.passed, item.margin) for _code, item in gates
    ]
    assert all(in_words(item) for item in explained_gates)


def test_gate_in_points(lke, worked):
    assert words(lke, worked("22"), "gate:WBK:total") == (
        "Ambang WBK: paling sedikit 75.",
        "Nilai: 72,56, belum memenuhi.",
        "Selisih: kurang 2,435191.",
        "Pembandingan memakai nilai utuh, bukan nilai tampilan.",
    )


def test_gate_in_shares(lke, worked):
    item = explained(lke, worked("22"), "gate:WBK:area:1")
    assert item.shown == Decimal("63.12")
    assert in_words(item)[:3] == (
        "Ambang WBK: paling sedikit 60% bobot area.",
        "Nilai: 63,12% bobot area, memenuhi.",
        "Selisih: lebih 3,119792% bobot area.",
    )


@pytest.mark.parametrize(
    ("holds", "sentence"),
    [
        (True, "Predikat WBK sudah dipegang: memenuhi syarat WBBM."),
        (False, "Predikat WBK belum dipegang: belum memenuhi syarat WBBM."),
    ],
)
def test_gate_of_the_predicate_held(lke, holds, sentence):
    assert words(lke, {}, "gate:WBBM:holds_wbk", holds_wbk=holds) == (sentence,)


def test_only_gates_have_a_margin(lke):
    assert explained(lke, {}, "total").margin is None


@pytest.mark.parametrize("key", ["A.I.9", "gate:WBK:holds_wbk", "gate:WBX:total", "area:7", ""])
def test_unknown_key_raises(lke, key):
    with pytest.raises(KeyError):
        explained(lke, {}, key)
