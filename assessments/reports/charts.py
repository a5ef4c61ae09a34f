"""Pictures of our own: bars of TPI and unit beside the minimum, as SVG that is readable in grey."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.template.loader import render_to_string

from assessments.scoring import round_half_up

WIDTH = 520
LABEL_END, PLOT_START, PLOT_END, VALUE_START = 168, 176, 440, 448
ROW, TOP, BOTTOM = 16, 2, 30
TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the picture; shares 0..1 of the maximum, None where there is nothing to show."""

    label: str
    value: str
    main: Fraction | None
    other: Fraction | None
    minimum: Fraction | None


def bars(rows: Sequence[Bar], *, main: str, other: str, minimum: str) -> str:
    """A `data:` address of the picture; `main`, `other` and `minimum` name the three signs in the legend."""
    bottom = TOP + ROW * len(rows)
    drawn = render_to_string(
        "reports/_bars.svg",
        {
            "width": str(WIDTH),
            "height": str(bottom + BOTTOM),
            "bottom": str(bottom),
            "axis_text": str(bottom + 10),
            "legend": str(bottom + 26),
            "legend_box": str(bottom + 19),
            "label_end": str(LABEL_END),
            "plot_start": str(PLOT_START),
            "value_start": str(VALUE_START),
            "ticks": [{"x": _x(Fraction(tick, 100)), "label": str(tick)} for tick in TICKS],
            "rows": [_row(index, row) for index, row in enumerate(rows)],
            "main": main,
            "other": other,
            "minimum": minimum,
            "top": str(TOP),
        },
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"


def _row(index: int, row: Bar) -> dict[str, str]:
    y = TOP + ROW * index
    return {
        "label": row.label,
        "value": row.value,
        "text": str(y + 10),
        "main_y": str(y + 2),
        "main_width": _width(row.main),
        "other_y": str(y + 9),
        "other_width": _width(row.other),
        "minimum_x": _x(row.minimum) if row.minimum is not None else "",
        "minimum_top": str(y + 1),
        "minimum_bottom": str(y + 15),
    }


def _x(share: Fraction) -> str:
    return _coordinate(PLOT_START + share * (PLOT_END - PLOT_START))


def _width(share: Fraction | None) -> str:
    return "" if share is None else _coordinate(share * (PLOT_END - PLOT_START))


def _coordinate(value: Fraction) -> str:
    return format(round_half_up(Fraction(value), 2), "f")
