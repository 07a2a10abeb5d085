"""Charts of a what-if in dots: the mix before and after, and what a unit of each code brings, full and reduced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.charts import colours
from analysis.charts.chart import Chart, empty
from analysis.charts.differences import signed
from analysis.charts.fees import short_place
from analysis.charts.layout import rows, safe, share_axis
from analysis.charts.mix import set_name
from analysis.charts.pairs import FILLED, OPEN, below, connections, dots, named_marks, ticks
from analysis.codes import hcpcs as labels
from analysis.medicare.benchmarks import LABEL, NATION
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.charts.drawing import Drawing
    from analysis.whatif.answers import Comparison, Marginal

_NATION = "nation"
_POINT = 0.01


def mix_before_after(comparison: Comparison, codes: Sequence[str], reference: pl.DataFrame | None = None) -> Chart:
    """Each code's share of a set's units before and after, against Medicare's shares where given.

    Parameters
    ----------
    comparison:
        `whatif.compare`.
    codes:
        The set.
    reference:
        `benchmarks.reference` of the same codes.
    """
    question = f"How does the mix of {set_name(codes)} change?"
    shares = _shares(comparison.per_code, codes)
    if shares["share_before"].null_count() or shares["share_after"].null_count():
        return empty(
            question, f"There are no {set_name(codes)} units before or after the change, so there is no share to show."
        )
    places = _places(reference)
    pairs = list(shares.select("share_before", "share_after").iter_rows())
    theirs = [[(where, known[code]) for where, known in places.items() if code in known] for code in codes]
    highest = max([*(share for pair in pairs for share in pair), *(share for marks in theirs for _, share in marks)])
    axis = share_axis(f"share of {set_name(codes)} units", highest)
    digits = 1 if any(0 < abs(after - before) < _POINT for before, after in pairs) else 0
    names = [labels.named(code) for code in codes]
    values = [f"{OPEN} {before:.{digits}%} → {FILLED} {after:.{digits}%}" for before, after in pairs]
    drawn = rows(names, values, axis)
    drawn.add_traces([connections(pairs)])
    _add_references(drawn, names, theirs, axis["range"][1])
    hover = [_mix_hover(row) for row in shares.iter_rows(named=True)]
    drawn.add_traces(dots(pairs, [colours.of_code(code) for code in codes], hover))
    alt = "Dots before and after, one row per code. " + "; ".join(
        f"{n}: {v}" for n, v in zip(names, values, strict=True)
    )
    table = shares.with_columns(
        pl.Series(f"share_{'nation' if where == _NATION else 'state'}", [known.get(code) for code in codes])
        for where, known in places.items()
    )
    title = _mix_title(shares, codes, places, digits)
    return Chart(title, question, drawn, table, f"{alt}.", notes=_mix_notes(reference, places, comparison))


def _add_references(
    drawn: Drawing, names: Sequence[str], theirs: Sequence[Sequence[tuple[str, float]]], top: float
) -> None:
    """Medicare's shares as upright marks, their names below them."""
    marked = [
        (row, share, f"{names[row]}<br>{where}: {share:.1%} ({LABEL})")
        for row, marks in enumerate(theirs)
        for where, share in marks
    ]
    if not marked:
        return
    drawn.add_traces([ticks(marked)])
    texts = [[(f"{where} {share:.0%}", share) for where, share in marks] for marks in theirs]
    below(drawn, (named_marks(marks, (0.0, top)) for marks in texts))


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


def _place(where: str) -> str:
    """A place of `benchmarks.reference` in words."""
    return _NATION if where == NATION else where


def _places(reference: pl.DataFrame | None) -> dict[str, dict[str, float]]:
    """Place in words -> code -> share, where known."""
    if reference is None:
        return {}
    known = reference.drop_nulls("share").select("where", "code", "share")
    found: dict[str, dict[str, float]] = {}
    for where, code, share in known.iter_rows():
        found.setdefault(_place(where), {})[code] = share
    return found


def _mix_hover(row: dict[str, float | str]) -> str:
    return (
        f"{labels.named(str(row['code']))}<br>before: {row['share_before']:.1%}, {row['units_before']:,} units"
        f"<br>after: {row['share_after']:.1%}, {row['units_after']:,.1f} units"
    )


def _mix_title(shares: pl.DataFrame, codes: Sequence[str], places: dict[str, dict[str, float]], digits: int) -> str:
    """The code whose share grows most, and what others have; where none moves, the set's last code."""
    grown = shares.with_columns((pl.col("share_after") - pl.col("share_before")).alias("grown"))
    most = grown.sort("grown", descending=True, maintain_order=True).row(0, named=True)
    of_set = f"of your {set_name(codes)} units"
    code = str(most["code"] if most["grown"] else codes[-1])
    before, after = next(shares.filter(pl.col("code") == code).select("share_before", "share_after").iter_rows())
    said = f"goes from {before:.{digits}%} to {after:.{digits}%}" if most["grown"] else f"stays at {before:.0%}"
    beside = " and ".join(
        f"{known[code]:.0%} in {'the nation' if where == _NATION else where}"
        for where, known in places.items()
        if code in known
    )
    return f"{code} {said} {of_set}{f'; it is {beside} ({LABEL})' if beside else ''}."


def _mix_notes(
    reference: pl.DataFrame | None, places: dict[str, dict[str, float]], comparison: Comparison
) -> tuple[str, ...]:
    notes: list[str] = []
    if reference is not None:
        notes += [
            f"CMS's figures for {'the nation' if where == NATION else where} are missing one of these codes, so the "
            "chart does not show its mix there."
            for where in reference["where"].unique(maintain_order=True)
            if _place(where) not in places
        ]
    if places:
        notes.append(f"Vertical marks: {LABEL}. Your units are for all payers shown.")
    if comparison.per_code["units_after"].round(0).ne(comparison.per_code["units_after"]).any():
        notes.append("Units after are expected units. A share of visits may not come to a whole number.")
    return tuple(notes)


def marginal_units(found: Marginal, focus: str) -> Chart:
    """What one more unit of each code pays, as a visit's full unit and as a further one (`whatif.marginal`).

    The two dots show why a swap brings less than the list prices say; the title speaks of the code `focus`.
    """
    question = f"What is one more unit worth, and what is swapping one unit of {found.against} worth?"
    units = list(found.frame.iter_rows(named=True))
    names = [labels.named(row["code"]) for row in units]
    pairs = [(row["reduced_cents"] / 100, row["full_cents"] / 100) for row in units]
    places = [place for pair in pairs for place in pair]
    room = 0.12 * (max(places) - min(places)) + 1
    span = (min(places) - room, max(places) + room)
    values = [_unit_value(row, found.against) for row in units]
    drawn = rows(names, values, {"tickformat": "$.0f", "title": {"text": "dollars per unit"}, "range": list(span)})
    drawn.add_traces([connections(pairs)])
    hover = [_unit_hover(name, row) for name, row in zip(names, units, strict=True)]
    drawn.add_traces(dots(pairs, [colours.of_code(row["code"]) for row in units], hover))
    below(drawn, (named_marks(_unit_marks(row), span) for row in units))
    note = (
        f"{OPEN} an additional unit, reduced by MPPR; {FILLED} the visit's full unit. On the right: the "
        f"difference from {found.against}. {short_place(found.where)}, {found.year}."
    )
    alt = "Dots for an additional and a full unit. " + "; ".join(
        f"{name}: {_unit_words(row)}" for name, row in zip(names, units, strict=True)
    )
    return Chart(found.sentence(focus), question, drawn, found.frame, f"{alt}.", notes=(note,))


def _unit_value(row: dict[str, Any], against: str) -> str:
    """The difference to the code compared with, as a further unit and in full."""
    if row["code"] == against:
        return "compared with"
    return f"{OPEN} {signed(row['reduced_difference_cents'], 2)}  {FILLED} {signed(row['full_difference_cents'], 2)}"


def _unit_marks(row: dict[str, Any]) -> list[tuple[str, float]]:
    """Texts and places of a row's dots; both amounts are the same where MPPR does not touch the code."""
    full, reduced = row["full_cents"], row["reduced_cents"]
    if reduced == full:
        return [(f"{dollars(full)}, no MPPR", full / 100)]
    return [(f"reduced {dollars(reduced)}", reduced / 100), (f"full {dollars(full)}", full / 100)]


def _unit_words(row: dict[str, Any]) -> str:
    return ", ".join(text for text, _ in _unit_marks(row))


def _unit_hover(name: str, row: dict[str, Any]) -> str:
    receipts = f"reduced {dollars(row['reduced_receipts_cents'])}, full {dollars(row['full_receipts_cents'])}"
    share = row["further_share"]
    further = "" if share is None else f"<br>{share:.0%} of your units are additional units"
    return f"{safe(name)}<br>{_unit_words(row)}<br>after sequestration: {receipts}{further}"
