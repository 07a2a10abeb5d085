"""Charts of a what-if in dots: the mix before and after, and what a unit of each code brings, full and reduced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty
from analysis.charts.differences import signed
from analysis.charts.fees import short_locality
from analysis.charts.layout import rows, safe, share_axis
from analysis.charts.mix import set_name
from analysis.charts.pairs import FILLED, OPEN, below, connections, dots, named_marks
from analysis.codes import hcpcs as labels
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.whatif.answers import Comparison, Marginal

_POINT = 0.01


def mix_before_after(comparison: Comparison, codes: Sequence[str]) -> Chart:
    """Each code's share of a set's units before and after, all payers; Medicare's figures are for Medicare lines only.

    Parameters
    ----------
    comparison:
        `whatif.compare`.
    codes:
        The set.
    """
    question = f"How does the mix of {set_name(codes)} change?"
    shares = _shares(comparison.per_code, codes)
    if shares["share_before"].null_count() or shares["share_after"].null_count():
        return empty(
            question, f"There are no {set_name(codes)} units before or after the change, so there is no share to show."
        )
    pairs = list(shares.select("share_before", "share_after").iter_rows())
    axis = share_axis(f"share of {set_name(codes)} units", max(share for pair in pairs for share in pair))
    digits = 1 if any(0 < abs(after - before) < _POINT for before, after in pairs) else 0
    names = [labels.code_with_label(code) for code in codes]
    values = [f"{OPEN} {before:.{digits}%} → {FILLED} {after:.{digits}%}" for before, after in pairs]
    drawing = rows(names, values, axis)
    drawing.add_traces([connections(pairs)])
    hover = [_mix_hover(row) for row in shares.iter_rows(named=True)]
    drawing.add_traces(dots(pairs, [colors.of_code(code) for code in codes], hover))
    alt = "Dots before and after, one row per code. " + "; ".join(
        f"{n}: {v}" for n, v in zip(names, values, strict=True)
    )
    title = _mix_title(shares, codes, digits)
    return Chart(title, question, drawing, shares, f"{alt}.", notes=_mix_notes(comparison))


def _shares(per_code: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    """Grain: code of the set, in its order: code, units and share of the set's units, before and after."""
    units = pl.DataFrame({"code": list(codes)}, schema={"code": pl.String}).join(
        per_code.select("code", "units_before", "units_after"), on="code", how="left", maintain_order="left"
    )
    filled = units.with_columns(pl.col("units_before", "units_after").fill_null(0))
    return filled.with_columns(
        pl.when(pl.col(f"units_{when}").sum() > 0)
        .then(pl.col(f"units_{when}") / pl.col(f"units_{when}").sum())
        .alias(f"share_{when}")
        for when in ("before", "after")
    )


def _mix_hover(row: dict[str, float | str]) -> str:
    return (
        f"{labels.code_with_label(str(row['code']))}"
        f"<br>before: {row['share_before']:.1%}, {row['units_before']:,} units"
        f"<br>after: {row['share_after']:.1%}, {row['units_after']:,.1f} units"
    )


def _mix_title(shares: pl.DataFrame, codes: Sequence[str], digits: int) -> str:
    """The code whose share grows most; where none moves, the set's last code."""
    changes = shares.with_columns((pl.col("share_after") - pl.col("share_before")).alias("grown"))
    most = changes.sort("grown", descending=True, maintain_order=True).row(0, named=True)
    code = str(most["code"] if most["grown"] else codes[-1])
    before, after = next(shares.filter(pl.col("code") == code).select("share_before", "share_after").iter_rows())
    movement = f"goes from {before:.{digits}%} to {after:.{digits}%}" if most["grown"] else f"stays at {before:.0%}"
    return f"{code} {movement} of your {set_name(codes)} units, all payers."


def _mix_notes(comparison: Comparison) -> tuple[str, ...]:
    if comparison.per_code["units_after"].round(0).ne(comparison.per_code["units_after"]).any():
        return ("Units after are expected units. A share of visits may not come to a whole number.",)
    return ()


def marginal_units(answer: Marginal, focus: str) -> Chart:
    """What one more unit of each code pays, as a visit's full unit and as a further one (`whatif.marginal`).

    The two dots show why a swap brings less than the list prices say; the title speaks of the code `focus`.
    """
    question = f"What is one more unit worth, and what is swapping one unit of {answer.against} worth?"
    units = list(answer.frame.iter_rows(named=True))
    names = [labels.code_with_label(row["code"]) for row in units]
    pairs = [(row["reduced_cents"] / 100, row["full_cents"] / 100) for row in units]
    positions = [position for pair in pairs for position in pair]
    room = 0.12 * (max(positions) - min(positions)) + 1
    span = (min(positions) - room, max(positions) + room)
    values = [_unit_value(row, answer.against) for row in units]
    drawing = rows(names, values, {"tickformat": "$.0f", "title": {"text": "dollars per unit"}, "range": list(span)})
    drawing.add_traces([connections(pairs)])
    hover = [_unit_hover(name, row) for name, row in zip(names, units, strict=True)]
    drawing.add_traces(dots(pairs, [colors.of_code(row["code"]) for row in units], hover))
    below(drawing, (named_marks(_unit_marks(row), span) for row in units))
    note = (
        f"{OPEN} an additional unit, reduced by MPPR; {FILLED} the visit's full unit. On the right: the "
        f"difference from {answer.against}. {short_locality(answer.where)}, {answer.year}."
    )
    alt = "Dots for an additional and a full unit. " + "; ".join(
        f"{name}: {_unit_words(row)}" for name, row in zip(names, units, strict=True)
    )
    return Chart(answer.sentence(focus), question, drawing, answer.frame, f"{alt}.", notes=(note,))


def _unit_value(row: dict[str, Any], against: str) -> str:
    """The difference to the code compared with, as a further unit and in full."""
    if row["code"] == against:
        return "compared with"
    return f"{OPEN} {signed(row['reduced_difference_cents'], 2)}  {FILLED} {signed(row['full_difference_cents'], 2)}"


def _unit_marks(row: dict[str, Any]) -> list[tuple[str, float]]:
    """Texts and positions of a row's dots; both amounts are the same where MPPR does not touch the code."""
    full, reduced = row["full_cents"], row["reduced_cents"]
    if reduced == full:
        return [(f"{dollars(full)}, no MPPR", full / 100)]
    return [(f"reduced {dollars(reduced)}", reduced / 100), (f"full {dollars(full)}", full / 100)]


def _unit_words(row: dict[str, Any]) -> str:
    return ", ".join(text for text, _ in _unit_marks(row))


def _unit_hover(name: str, row: dict[str, Any]) -> str:
    payments = f"reduced {dollars(row['reduced_receipts_cents'])}, full {dollars(row['full_receipts_cents'])}"
    share = row["further_share"]
    further = "" if share is None else f"<br>{share:.0%} of your units are additional units"
    return f"{safe(name)}<br>{_unit_words(row)}<br>after sequestration: {payments}{further}"
