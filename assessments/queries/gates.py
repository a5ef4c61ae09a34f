"""Gates as pages show them: names, points for every gate, and enough decimals to agree with the verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from assessments import scoring
from assessments.scoring.gates import gate_node
from assessments.scoring.kinds import AREA_PREFIX, HOLDS_WBK, TOTAL

NAMES: dict[str, str | Promise] = {
    "total": _("Nilai total"),
    "pengungkit": _("Pengungkit"),
    "B.I": _("Hasil: birokrasi yang bersih dan akuntabel"),
    "B.I.a": _("Survei Persepsi Anti Korupsi (IPAK)"),
    "B.I.b": _("Capaian kinerja lebih baik"),
    "B.II": _("Hasil: pelayanan publik yang prima (IPKP)"),
    HOLDS_WBK: _("Predikat WBK sudah dipegang"),
}


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate in points (areas too: share x weight); `share` is the minimum in per cent, for areas only.

    Numbers are rounded for display; `passed` comes from the exact ones. `holds_wbk` has no numbers.
    """

    key: str
    label: str | Promise
    required: Decimal | None
    actual: Decimal | None
    margin: Decimal | None
    passed: bool
    share: Decimal | None = None

    @property
    def places(self) -> int:
        """Decimals that `actual` and `margin` are shown with."""
        return -int(self.actual.as_tuple().exponent) if self.actual is not None else 2


@dataclass(frozen=True, slots=True)
class GateTable:
    """All gates of one predicate; `lacking` counts those that do not hold."""

    predikat: str
    name: str
    passed: bool
    rows: tuple[GateRow, ...]

    @property
    def lacking(self) -> int:
        return sum(not row.passed for row in self.rows)


def gate_tables(instrument: scoring.Instrument, result: scoring.Result, first: str = "WBK") -> list[GateTable]:
    """A table for each predicate, that of `first` on top."""
    codes = sorted(result.gates, key=lambda code: code != first)
    return [_table(instrument, result, code) for code in codes]


def gate_label(instrument: scoring.Instrument, key: str) -> str | Promise:
    """What people call a gate; KeyError for an unknown key."""
    if not key.startswith(AREA_PREFIX):
        return NAMES[key]
    number = int(key.removeprefix(AREA_PREFIX))
    return format_lazy("{} {}: {}", _("Area"), number, instrument.areas[number - 1].name)


def _table(instrument: scoring.Instrument, result: scoring.Result, code: str) -> GateTable:
    report = result.gates[code]
    rows = tuple(_rows(instrument, result, report))
    return GateTable(code, instrument.predicates[code].name, report.passed, rows)


def _rows(instrument: scoring.Instrument, result: scoring.Result, report: scoring.GateReport) -> Iterator[GateRow]:
    for item in report.results:
        label = gate_label(instrument, item.key)
        if item.key == HOLDS_WBK:
            yield GateRow(item.key, label, None, None, None, item.passed)
            continue
        is_area = item.key.startswith(AREA_PREFIX)
        weight = result.nodes[item.key].maximum if is_area else Fraction(1)
        required, actual = item.required * weight, item.actual * weight
        shown = scoring.shown_points(instrument, gate_node(item.key) or TOTAL, actual)
        places = -int(shown.as_tuple().exponent)
        yield GateRow(
            item.key,
            label,
            scoring.display(required),
            shown,
            scoring.display(actual - required, places),
            item.passed,
            scoring.display(item.required * 100, 0) if is_area else None,
        )
