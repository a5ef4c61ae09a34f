"""An explanation in plain Indonesian sentences; English pages word the same fields themselves."""

from decimal import Decimal
from fractions import Fraction

from assessments.scoring.explanation import Explanation, Kind, Piece
from assessments.scoring.kinds import AREA_PREFIX
from assessments.scoring.rounding import plain, round_half_up

_PLACES = 6
_TIMES = "\N{MULTIPLICATION SIGN}"
_SIGNS = {"*": _TIMES, "/": ":", ">=": "≥"}
_QUESTION_KINDS = (Kind.CHOICE, Kind.RATIO, Kind.INDEX)


def in_words(item: Explanation) -> tuple[str, ...]:
    """Sentences from the inputs to the shown number."""
    if item.kind is Kind.GATE:
        return _gate(item)
    if item.kind in _QUESTION_KINDS:
        return (*_inputs(item), *_value(item), *_points(item), *_rounding(item))
    how = f"Rumus: {_signs(item.formula)}."
    return (how, f"Perhitungan: {_equation(item.filled, item.result)}.", *_blanks(item), *_rounding(item))


def number_id(number: Fraction | Decimal) -> str:
    """At most six decimals, comma, no trailing zeros."""
    return plain(round_half_up(Fraction(number), _PLACES)).replace(".", ",")


def _signs(formula: str) -> str:
    return " ".join(_SIGNS.get(word, word) for word in formula.split(" "))


def _pieces(pieces: tuple[Piece, ...]) -> str:
    words = [_SIGNS.get(piece, piece) if isinstance(piece, str) else number_id(piece) for piece in pieces]
    return " ".join(words).replace("( ", "(").replace(" )", ")")


def _equation(pieces: tuple[Piece, ...], outcome: Fraction) -> str:
    exact = Fraction(round_half_up(outcome, _PLACES)) == outcome
    return f"{_pieces(pieces)} {'=' if exact else '≈'} {number_id(outcome)}"


def _inputs(item: Explanation) -> list[str]:
    if not item.answered:
        return ["Pertanyaan ini belum diisi; nilainya dihitung 0."]
    if item.kind is Kind.CHOICE:
        line = item.lines[0]
        criterion = f" ({line.criterion.rstrip('.')})" if line.criterion else ""
        return [f"Jawaban: {line.label}{criterion}."]
    return [f"{line.label}: {_given(line.value)}." for line in item.lines]


def _given(value: Fraction | None) -> str:
    return "belum diisi" if value is None else number_id(value)


def _value(item: Explanation) -> list[str]:
    """How the inputs became 0..1."""
    if not item.answered or item.value is None:
        return []
    if item.zero is not None:
        return [f"Rumus: {_signs(item.formula)}.", *_zero(item)]
    if item.kind is Kind.CHOICE:
        return [f"Nilai pilihan: {number_id(item.value)}."]
    outcome = item.value if item.raw is None else item.raw
    found = [f"Rumus: {_signs(item.formula)}.", f"Perhitungan: {_equation(item.filled, outcome)}."]
    if item.clipped:
        found.append(f"Hasil di luar rentang 0 sampai 1, sehingga nilainya menjadi {number_id(item.value)}.")
    return found


def _zero(item: Explanation) -> list[str]:
    if item.zero is None or item.zero.rule is None:
        return ["Penyebut 0 dan instrumen tidak memuat aturannya; nilainya dihitung 0."]
    source = "aturan lokal instrumen" if item.zero.rule.local_rule else "aturan instrumen"
    return [f"Penyebut 0; dipakai {source}: {item.zero.rule.note}", f"Nilai: {number_id(item.zero.score)}."]


def _points(item: Explanation) -> list[str]:
    zero = Fraction(0)
    pieces: tuple[Piece, ...] = (item.value or zero, "*", item.weight or zero)
    if item.shared_by > 1:
        pieces = (*pieces, "/", Fraction(item.shared_by))
    shared = f" dibagi {item.shared_by} pertanyaan" if item.shared_by > 1 else ""
    return [f"Sumbangan ke nilai total: nilai {_TIMES} bobot{shared}, yaitu {_equation(pieces, item.result)}."]


def _blanks(item: Explanation) -> list[str]:
    if not item.blanks:
        return []
    return [f"{len(item.blanks)} pertanyaan belum diisi dan dihitung 0: {', '.join(item.blanks)}."]


def _rounding(item: Explanation) -> list[str]:
    if Fraction(item.shown) == item.result:
        return [f"Ditampilkan {_shown(item)}, tanpa pembulatan."]
    return [f"Ditampilkan {_shown(item)}; pembulatan hanya untuk tampilan, perhitungan memakai nilai utuh."]


def _shown(item: Explanation) -> str:
    return format(item.shown, "f").replace(".", ",")


def _gate(item: Explanation) -> tuple[str, ...]:
    verdict = "memenuhi" if item.passed else "belum memenuhi"
    if not item.filled or item.required is None or item.margin is None:
        held = "sudah" if item.passed else "belum"
        return (f"Predikat WBK {held} dipegang: {verdict} syarat {item.predicate}.",)
    percent = 100 if AREA_PREFIX in item.key else 1
    unit = "% bobot area" if percent > 1 else ""
    below = item.margin < 0
    distance = number_id(abs(item.margin) * percent)
    return (
        f"Ambang {item.predicate}: paling sedikit {number_id(item.required * percent)}{unit}.",
        f"Nilai: {_shown(item)}{unit}, {verdict}.",
        f"Selisih: {'kurang' if below else 'lebih'} {distance}{unit}.",
        *_blanks(item),
        "Pembandingan memakai nilai utuh, bukan nilai tampilan.",
    )
