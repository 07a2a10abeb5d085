"""Decide each row: accepted as a line, rejected (the user has to look at it), or ignored (not a charge line)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.change_flags import replaced_rows
from analysis.ingest.cells.distinct import INVISIBLE, heading_parts
from analysis.ingest.cells.row_types import ADJUSTMENT, PAYMENT, TRANSFER, kinds_of
from analysis.ingest.rows.duplicates import certain_copies, copies
from analysis.ingest.rows.reasons import IGNORED, REASONS, REJECTED
from analysis.ingest.rows.subtotals import adding_up
from analysis.ingest.settings import alias_index, known_headings, plain_heading, totals_pattern, words

if TYPE_CHECKING:
    from analysis.ingest.rows.parse import Rows

_PAYMENTS = ("paid_cents", "insurance_paid_cents", "patient_paid_cents", "adjustment_cents")
_FEW = 2
"""Most filled cells of a note such as "Printed 11/2/2026 by Ann": a row without date, code and money."""


def decide(rows: Rows) -> pl.DataFrame:
    """Decide the disposition of every row.

    Returns
    -------
    One row per table row: ``row`` (from 0), ``reason`` (null: accepted), ``fault`` (position in `Rows.faults` of the
    column to point at, null for the whole row), ``disposition`` (rejected, ignored, or null).
    """
    frame = _first_faults(rows)
    special = _special(rows, frame)
    codes = next((index for index, fault in enumerate(rows.faults) if fault.field == "code"), None)
    points = pl.when(special == "code__not_a_procedure").then(pl.lit(codes)).when(special.is_null()).then("fault")
    frame = frame.with_columns(fault=points.cast(pl.Int64), reason=pl.coalesce(special, "reason"))
    if (preset := rows.table.preset) is not None:
        frame = frame.with_columns(reason=pl.coalesce(preset, "reason"), fault=pl.when(preset.is_null()).then("fault"))
    certain = rows.mapping.duplicates == "auto" and (not rows.mapping.one_row_one_unit or rows.has("record_id"))
    if (certain or rows.mapping.duplicates == "drop") and not rows.table.columns:
        is_copy = copies(rows.frame) if rows.mapping.duplicates == "drop" else certain_copies(rows)
        duplicate = pl.when(pl.lit(is_copy) & pl.col("reason").is_null()).then(pl.lit("row__duplicate"))
        frame = frame.with_columns(reason=pl.coalesce("reason", duplicate))
    frame = _reverse(rows, frame)
    if (is_charged_twice := _charged_twice(rows, frame)) is not None:
        frame = frame.with_columns(
            reason=pl.when(is_charged_twice).then(pl.lit("record_id__twice")).otherwise("reason")
        )
    ignored = [name for name, reason in REASONS.items() if not reason.todo]
    return frame.with_columns(
        disposition=pl.when(pl.col("reason").is_in(ignored))
        .then(pl.lit(IGNORED))
        .when(pl.col("reason").is_not_null())
        .then(pl.lit(REJECTED))
    )


def _first_faults(rows: Rows) -> pl.DataFrame:
    """Return the first fault of each row: its position in `Rows.faults`, and the reason."""
    row = pl.int_range(rows.height, eager=True).alias("row")
    faults = pl.DataFrame([row, *(fault.fault_names.alias(str(index)) for index, fault in enumerate(rows.faults))])
    indexes = [pl.when(pl.col(str(index)).is_not_null()).then(pl.lit(index)) for index in range(len(rows.faults))]
    reasons = [pl.lit(f"{fault.field}__") + pl.col(str(index)) for index, fault in enumerate(rows.faults)]
    return faults.select(
        "row",
        reason=pl.coalesce(*reasons, pl.lit(None, dtype=pl.String)),
        fault=pl.coalesce(*indexes, pl.lit(None, dtype=pl.Int64)).cast(pl.Int64),
    )


def _special(rows: Rows, frame: pl.DataFrame) -> pl.Series:
    """Return for each row the reason it is not a charge line at all, or null.

    Only rows with a fault are checked cell by cell: a row that reads as a line is one, whatever its other cells say.
    """
    suspects = frame.filter(pl.col("reason").is_not_null())["row"]
    special = pl.repeat(None, rows.height, dtype=pl.String, eager=True).alias("special")
    if suspects.len():
        special = special.scatter(suspects, _row_kinds(rows, suspects))
    if (second := _second_table(rows)) is not None:  # whatever its rows look like under these headings
        special = special.scatter(second.arg_true(), "row__other_table")
    hits_by_reason = {
        **_by_type(rows),
        "status__void": _void(rows),
        "row__replaced": _replaced(rows),
    }
    for reason, hit in hits_by_reason.items():
        if hit is not None:
            special = special.scatter((hit & special.is_null()).arg_true(), reason)
    return special


def _void(rows: Rows) -> pl.Series:
    """Mark void rows: their status begins with such a word ("Voided 3/4/2026"), or a flag says so."""
    first = rows.text("status").str.to_lowercase().str.extract(r"^\W*([a-z]+)", 1)
    hit = first.is_in(list(words("status", "void"))).fill_null(value=False)
    for flag, answer in (("void_flag", "yes"), ("active_flag", "no")):
        hit = hit | rows.text(flag).str.to_lowercase().is_in(list(words("flag", answer))).fill_null(value=False)
    return hit


def _by_type(rows: Rows) -> dict[str, pl.Series]:
    """Map each reason to the rows whose type says they are not charges."""
    if not rows.has("row_type"):
        return {}
    kinds = kinds_of(rows.text("row_type"))
    return {
        "row__payment": kinds["kind"].is_in([PAYMENT, ADJUSTMENT]).fill_null(value=False),
        "row__transfer": (kinds["kind"] == TRANSFER).fill_null(value=False),
    }


def _has_payment(rows: Rows) -> pl.Series:
    """Mark rows with a payment or an adjustment."""
    amounts = [rows.values[name].fill_null(0) != 0 for name in _PAYMENTS if name in rows.values]
    if not amounts:
        return pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    return (
        pl.DataFrame({str(index): is_paid for index, is_paid in enumerate(amounts)})
        .select(pl.any_horizontal(pl.all()))
        .to_series()
    )


def _second_table(rows: Rows) -> pl.Series | None:
    """Mark rows from a line on that repeats some headings and has others beside them: a second table begins there."""
    if rows.table.columns:
        return None
    text = rows.table.frame
    # Pages repeat their headings exactly: comparing the raw cells keeps long files fast.
    repeated_headings = text.select(
        pl.sum_horizontal((pl.col(name) == name).fill_null(value=False).cast(pl.Int64) for name in text.columns)
    ).to_series()
    if not (repeated_headings >= _FEW).any():
        return None
    repeating_rows = (repeated_headings >= _FEW).arg_true().to_list()
    begins = []
    for row in repeating_rows:
        cells = {name: cell for name, cell in zip(text.columns, text.row(row), strict=True) if cell}
        new_headings = [
            plain_heading(cell) for name, cell in cells.items() if cell.casefold() not in heading_parts(name)
        ]
        begins.append(any(plain in alias_index() or plain in known_headings() for plain in new_headings))
    if not any(begins):
        return None
    is_second_table = pl.repeat(None, rows.height, dtype=pl.Boolean, eager=True).scatter(repeating_rows, begins)
    return is_second_table.fill_null(strategy="forward").fill_null(value=False)


def _facts(rows: Rows, suspects: pl.Series) -> pl.DataFrame:
    """Return what each suspect row shows: how many cells are filled, which values could be read."""
    text = rows.table.frame[suspects].select(pl.all().str.replace_all(INVISIBLE, "").str.strip_chars().fill_null(""))
    repeated = (
        (pl.nth(index).str.to_lowercase() == heading.lower()).cast(pl.Int64)
        for index, heading in enumerate(text.columns)
    )
    return pl.DataFrame(
        {
            "filled": text.select(pl.sum_horizontal((pl.all() != "").cast(pl.Int64))).to_series(),
            "repeated": text.select(pl.sum_horizontal(repeated)).to_series(),
            "totals": _names_total(text),
            "date": rows.values["date"][suspects].is_not_null(),
            "code": rows.values["code"][suspects].is_not_null(),
            "lettered": rows.values["lettered"][suspects].fill_null(value=False),
            "code_blank": rows.text("code")[suspects].is_null(),
            "date_blank": rows.text("date_of_service")[suspects].is_null(),
            "patient": rows.values["patient_key"][suspects].is_not_null(),
            "units": rows.values["units"][suspects].fill_null(0) != 0,
            "dollars": rows.dollars[suspects],
            "pays": _has_payment(rows)[suspects],
            "has_money": pl.repeat("charge_cents" in rows.values, suspects.len(), eager=True),
            "overflow": rows.table.overflow[suspects],
        }
    )


def _row_kinds(rows: Rows, suspects: pl.Series) -> pl.Series:
    """Return the kind of each suspect row, or null if it is a line with a fault."""
    line = pl.col("date") & pl.col("code")
    unsure = pl.col("overflow") & ~pl.col("totals")  # which cell belongs where is unknown
    kind = (
        pl.when(unsure)
        .then(pl.lit(None, dtype=pl.String))
        .when(pl.col("filled") == 0)
        .then(pl.lit("row__blank"))
        .when((pl.col("repeated") >= _FEW) & (pl.col("repeated") * 2 >= pl.col("filled")))
        .then(pl.lit("row__repeated_headings"))
        .when(~line & pl.col("totals"))
        .then(pl.lit("row__totals"))
        .when("adds_up")
        .then(pl.lit("row__totals"))
        .when(pl.col("code_blank") & pl.col("pays"))
        .then(pl.lit("row__pays_alone"))
        .when(~pl.col("date") & ~pl.col("code") & (pl.col("dollars") == 0) & (pl.col("filled") <= _FEW))
        .then(pl.lit("row__note"))
        .when("lettered")
        .then(pl.lit("code__not_a_procedure"))
        .when(pl.col("code_blank") & pl.col("has_money") & (pl.col("dollars") == 0) & ~pl.col("units"))
        .then(pl.lit("code__none_and_no_money"))
    )
    facts = _facts(rows, suspects)
    return facts.with_columns(adds_up=adding_up(rows, suspects, facts)).select(kind).to_series()


def _names_total(text: pl.DataFrame) -> pl.Series:
    """Tell for each row whether one of its cells says that it is a total."""
    pattern = f"(?i){totals_pattern().pattern}"
    return text.select(pl.any_horizontal(pl.all().str.contains(pattern))).to_series()


def _replaced(rows: Rows) -> pl.Series | None:
    """Mark rows that a later row of the same record replaces or removes; None without such flags."""
    if not (rows.has("export_flag") and rows.has("record_id")) or rows.table.columns:
        return None
    return replaced_rows(rows.text("record_id"), rows.text("export_flag"))


def _charged_twice(rows: Rows, frame: pl.DataFrame) -> pl.Series | None:
    """Mark rows that repeat the number and service of an earlier charge, as in files with a row per payer."""
    if rows.has("export_flag") or rows.table.columns:
        return None
    # Several charges share a claim number, so it counts only if the same service appears under another payer.
    number, payer = rows.text("record_id"), rows.text("payer")
    if not rows.has("record_id"):
        number = (
            pl.DataFrame([rows.text("claim_number"), rows.text("visit_id")]).select(pl.coalesce(pl.all())).to_series()
        )
    charge = rows.values.get("charge_cents", rows.dollars)
    service = {
        "record": number,
        "patient": rows.values["patient_index"],
        **{name: rows.values[name] for name in ("date", "code", "modifiers", "units")},
        "charge": charge,
        "open": frame["reason"].is_null(),
    }
    lines = pl.DataFrame(service)
    # A hash finds the few suspects: ranking every line within its service would take too long.
    suspects = (lines.hash_rows().is_duplicated() & lines["record"].is_not_null() & lines["open"]).arg_true()
    if not suspects.len():
        return None
    ranked = lines[suspects].with_columns(turn=pl.int_range(pl.len()).over(list(service)), payer=payer[suspects])
    is_repeat = pl.col("turn") > 0
    if not rows.has("record_id"):
        is_repeat = is_repeat & (pl.col("payer") != pl.col("payer").first().over(list(service)))
    repeats = suspects.filter(ranked.select(is_repeat.fill_null(value=False)).to_series())
    none = pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    return none.scatter(repeats, values=True) if repeats.len() else None


def _reverse(rows: Rows, frame: pl.DataFrame) -> pl.DataFrame:
    """Pair rows of negative units or charge with the rows they cancel; those without one are rejected."""
    charge = rows.values.get("charge_cents", rows.dollars)
    signs = pl.DataFrame({"units": rows.values["units"], "charge": charge}).with_row_index("row")
    negative = (pl.col("units") < 0) | (pl.col("charge").fill_null(0) < 0)
    is_open = frame["reason"].is_null()
    takes_back = signs.select(negative.fill_null(value=False)).to_series() & is_open
    if not takes_back.any():
        return frame
    match = ["patient", "date", "code", "modifiers", "size", "amount"]
    lines = pl.DataFrame(
        {
            "row": frame["row"],
            "patient": rows.values["patient_index"],
            "date": rows.values["date"],
            "code": rows.values["code"],
            "modifiers": rows.values["modifiers"],
            "size": rows.values["units"].abs(),
            "amount": charge.abs().fill_null(-1),
            "back": takes_back,
        }
    ).filter(is_open)
    lines = lines.join(lines.filter("back").select(match).unique(), on=match, how="semi", nulls_equal=True)
    # The n-th reversing row cancels the n-th charge of the same kind.
    lines = lines.with_columns(turn=pl.int_range(pl.len()).over([*match, "back"]))
    pairs = pl.min_horizontal(pl.col("back").sum().over(match), (~pl.col("back")).sum().over(match))
    lines = lines.with_columns(paired=pl.col("turn") < pairs)
    reversed_rows = lines.filter("paired")["row"]
    unpaired = lines.filter(pl.col("back") & ~pl.col("paired"))["row"]
    reason = (
        frame["reason"]
        .clone()
        .scatter(reversed_rows, "units__reversed")
        .scatter(unpaired, "units__reversal_without_original")
    )
    return frame.with_columns(reason)
