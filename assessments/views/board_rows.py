"""The rows of the board as finished texts and addresses: 250 units in one page leave no time for tags in each cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assessments import scoring
from assessments.queries.board import Board, BoardRow, Numbers
from assessments.scoring.kinds import AREA_PREFIX
from assessments.scoring.rounding import display
from units.templatetags.components import state_badge

DASH = "\N{EN DASH}"
UP, DOWN = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"
PLACE = "UNIT"
AREAS = tuple(f"{AREA_PREFIX}{number}" for number in range(1, 7))
NOTHING: tuple[None, ...] = (None,) * len(AREAS)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with the page that explains it; `is_low` where it lies below the minimum of the predikat aimed at."""

    text: str = DASH
    url: str = ""
    kind: str = ""
    is_low: bool = False


@dataclass(frozen=True, slots=True)
class GateCell:
    """A verdict; `lacking` are (name, address) of the gates that do not hold."""

    badge: str
    lacking: tuple[tuple[str | Promise, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RowShown:
    name: str
    url: str
    badge: SafeString
    round: int
    progress: str
    cells: tuple[Cell, ...]
    gates: tuple[GateCell, ...]
    areas: tuple[Cell, ...]


def rows_shown(board: Board, instrument: scoring.Instrument, labels: Mapping[str, str | Promise]) -> Iterator[RowShown]:
    """One for each row of the board, in its order."""
    shown = _Shown(board, instrument, labels)
    return (shown.row(row) for row in board.rows)


class _Shown:
    """What is the same for all rows, worked out once."""

    def __init__(self, board: Board, instrument: scoring.Instrument, labels: Mapping[str, str | Promise]) -> None:
        self.instrument = instrument
        self.labels = labels
        self.predicates = list(instrument.predicates)
        self.sees_scores = board.sees_scores
        self.comma = formats.get_format("DECIMAL_SEPARATOR")
        place = [board.agency.code, PLACE, board.period.code]
        self.evaluation = reverse("evaluation", args=place)
        self.explain = reverse("explain", args=[*place, "KEY"])
        self.badge = cache(self._badge)

    @staticmethod
    def _badge(state: str, label: str = "") -> SafeString:
        return render_to_string("components/state_badge.html", state_badge(state, label))

    def row(self, row: BoardRow) -> RowShown:
        return RowShown(
            name=row.unit.name,
            url=self.evaluation.replace(PLACE, row.unit.code) if row.can_open else "",
            badge=self.badge(row.state),
            round=row.assessment.round if row.assessment else 1,
            progress=self._progress(row),
            cells=tuple(self._totals(row)) if self.sees_scores else (),
            gates=tuple(self._gate(row, code) for code in self.predicates) if self.sees_scores else (),
            areas=tuple(self._areas(row)) if self.sees_scores else (),
        )

    def _progress(self, row: BoardRow) -> str:
        if row.assessment is None:
            return DASH
        return _("selesai") if row.state == "final" else f"{row.done}/{row.total}"

    def _totals(self, row: BoardRow) -> Iterator[Cell]:
        yield self._cell(row, row.own, "total", "unit")
        yield self._cell(row, row.tpi, "total", "tpi", "strong")
        trend = row.trend
        if trend is None:
            yield Cell()
        else:
            shape = f"{UP} +" if trend > 0 else f"{DOWN} \N{MINUS SIGN}" if trend < 0 else "= "
            yield Cell(shape + self._text(display(abs(trend))))

    def _cell(self, row: BoardRow, numbers: Numbers | None, key: str, side: str, kind: str = "") -> Cell:
        if numbers is None:
            return Cell()
        return Cell(self._points(key, numbers.total), self._url(row, numbers, key, side), kind)

    def _areas(self, row: BoardRow) -> Iterator[Cell]:
        numbers, low = row.shown, row.tpi.lacking.get(row.target or "WBK", ()) if row.tpi else ()
        side, kind = ("tpi", "") if row.tpi else ("unit", "own-number")
        for key, value in zip(AREAS, numbers.areas if numbers else NOTHING, strict=True):
            if numbers is None or value is None:
                yield Cell()
            else:
                yield Cell(self._points(key, value), self._url(row, numbers, key, side), kind, key in low)

    def _gate(self, row: BoardRow, predikat: str) -> GateCell:
        if row.tpi is None:
            return GateCell(DASH)
        if row.tpi.passed.get(predikat):
            return GateCell(self.badge("passed"))
        found = tuple(
            (self.labels[key], self._url(row, row.tpi, f"gate:{predikat}:{key}", "tpi"))
            for key in row.tpi.lacking[predikat]
        )
        return GateCell(self.badge("failed", _("Belum")), found)

    def _url(self, row: BoardRow, numbers: Numbers, key: str, side: str) -> str:
        path = self.explain.replace(PLACE, row.unit.code).replace("KEY", key)
        return f"{path}?sisi={side}&rekaman={numbers.uuid}"

    def _points(self, key: str, number: Fraction) -> str:
        """Two places, more where these would contradict a verdict; scores are far below a thousand."""
        return self._text(scoring.shown_points(self.instrument, key, number))

    def _text(self, number: Decimal) -> str:
        return format(number, "f").replace(".", self.comma)
