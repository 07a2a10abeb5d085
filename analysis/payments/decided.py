"""What payers decided: denials and adjustments by reason code, days to payment, what is still open."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.carc import carc_text, carcs, groups, main_reason
from analysis.codes.remarks import plb_reasons, remark_text, remarks_in, remarks_text
from analysis.errors import ContractError
from analysis.ingest.posting.combine import REMITTANCE
from analysis.lines.billing_line import is_decided, is_denied, is_insured
from analysis.metrics.core import missing, with_paid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from analysis.ingest import Export

_ANSWERS = frozenset(
    {
        "paid_cents",
        "insurance_paid_cents",
        "allowed_cents",
        "adjustment_cents",
        "adjustment_reasons",
        "status",
        "row_type",
    }
)
"""Fields that show a file itself says what payers decided."""
_BUCKETS = (30, 60, 90, 120)
AGES = (
    *(f"{low + 1 if low else 0}-{high} days" for low, high in zip((0, *_BUCKETS), _BUCKETS, strict=False)),
    f"over {_BUCKETS[-1]} days",
)
"""Names of the ages that open lines are sorted into (`age_class`)."""
NO_REASON = "the file gives no reason"
_REMARKS = 3
"""How many remark codes are listed beside a reason."""


def denials(lines: pl.DataFrame) -> pl.DataFrame:
    """Return denied lines by reason, most dollars first.

    Grain: carc (empty if the file gives none), text, todo, lines, charge_cents, expected_cents, remarks. A line with
    several reasons counts under the first one that is a denial, else under its first. `remarks` are its lines' remark
    codes in words, the most common first.
    """
    denied = denials_of_lines(lines.filter(is_denied()))
    grouped = denied.group_by("carc").agg(
        pl.len().cast(pl.Int64).alias("lines"),
        pl.col("charge_cents").sum(),
        pl.col("expected_cents").sum(),
        pl.col("adjustment_reasons").cast(pl.String).drop_nulls().alias("texts"),
    )
    remarks = pl.Series("remarks", [_most_common_remarks(texts) for texts in grouped["texts"]], dtype=pl.String)
    with_texts = _with_texts(grouped.drop("texts").with_columns(remarks))
    return with_texts.sort(["expected_cents", "charge_cents", "carc"], descending=[True, True, False])


def _most_common_remarks(texts: Iterable[str]) -> str:
    """Return the remark codes of some cells in words, the most common first and only a few."""
    counts = Counter(code for text in texts for code in remarks_in(text))
    return "; ".join(remark_text(code) for code, _ in counts.most_common(_REMARKS))


def provider_adjustments_with_texts(adjustments: pl.DataFrame) -> pl.DataFrame:
    """Add ``text`` and ``todo`` to adjustments of whole payments (`ingest.frames.PROVIDER_ADJUSTMENTS`)."""
    reasons = plb_reasons()
    entries = [reasons.get(reason) for reason in adjustments["reason"]]
    texts = [entry.text if entry else "a reason that is not in RevMix's list" for entry in entries]
    with_texts = adjustments.with_columns(
        text=pl.Series(texts, dtype=pl.String),
        todo=pl.Series([entry.todo if entry else "" for entry in entries], dtype=pl.String),
    )
    return with_texts.select("payer", "period_end", "reason", "text", "amount_cents", "todo", "provider", "reference")


def denials_of_lines(denied: pl.DataFrame) -> pl.DataFrame:
    """Add ``carc``, the reason each denied line counts under."""
    reasons = denied["adjustment_reasons"].cast(pl.String)
    distinct = reasons.unique()
    main = pl.Series([main_reason(text) for text in distinct], dtype=pl.String)
    return denied.with_columns(carc=reasons.replace_strict(distinct, main, return_dtype=pl.String))


def refusal() -> pl.Expr:
    """Say in words why a denied line (`denials_of_lines`) was denied: its reason, then its remark codes."""

    def in_words(line: dict[str, str | None]) -> str | None:
        remarks = remarks_text(line["adjustment_reasons"])
        parts = (carc_text(line["carc"]) if line["carc"] else "", f"({remarks})" if remarks else "")
        return " ".join(filter(None, parts)) or None

    return pl.struct("carc", pl.col("adjustment_reasons").cast(pl.String)).map_elements(
        in_words, return_dtype=pl.String
    )


def _with_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Add what each code says and what to do about it."""
    reasons = carcs()
    texts = [carc_text(code) if code else NO_REASON for code in frame["carc"]]
    todos = [reasons[code].todo if code in reasons else "" for code in frame["carc"]]
    with_texts = frame.with_columns(text=pl.Series(texts, dtype=pl.String), todo=pl.Series(todos, dtype=pl.String))
    return with_texts.select("carc", "text", "todo", pl.exclude("carc", "text", "todo"))


def adjustments_by_reason(adjustments: pl.DataFrame) -> pl.DataFrame:
    """Sum what remittances took off by group and reason (`ingest.frames.ADJUSTMENTS`), most dollars first.

    Grain: group, borne_by, carc, text, todo, lines, amount_cents.
    """
    grouped = adjustments.group_by("group", "carc").agg(
        pl.col("line_id").n_unique().cast(pl.Int64).alias("lines"), pl.col("amount_cents").sum()
    )
    bearers = pl.Series([groups().get(group, group) for group in grouped["group"]], dtype=pl.String)
    with_texts = _with_texts(grouped.with_columns(borne_by=bearers))
    return with_texts.select("group", "borne_by", "carc", "text", "todo", "lines", "amount_cents").sort(
        ["amount_cents", "group", "carc"], descending=[True, False, False]
    )


def days_to_payment(lines: pl.DataFrame, by: str = "payer") -> pl.DataFrame:
    """Return days from service to payment or denial by payer, clinic ...; the slowest median first.

    Grain: a value of `by`: key, lines, quartile_1, median, quartile_3, longest (days). Lines without a payment date, or
    with one before the service, are left out.
    """
    days = (pl.col("paid_on") - pl.col("date_of_service")).dt.total_days()
    with_days = lines.with_columns(days=days, key=pl.col(by).cast(pl.String).fill_null("Not stated"))
    return (
        with_days.filter(pl.col("days") >= 0)
        .group_by("key")
        .agg(
            pl.len().cast(pl.Int64).alias("lines"),
            pl.col("days").quantile(0.25, "lower").cast(pl.Int64).alias("quartile_1"),
            pl.col("days").quantile(0.5, "lower").cast(pl.Int64).alias("median"),
            pl.col("days").quantile(0.75, "lower").cast(pl.Int64).alias("quartile_3"),
            pl.col("days").max().cast(pl.Int64).alias("longest"),
        )
        .sort(["median", "lines", "key"], descending=[True, True, False])
    )


def last_day(lines: pl.DataFrame) -> date:
    """Return the last date in the lines: of a service, a payment or a denial.

    Raises
    ------
    ContractError
        Without any line.
    """
    days = [day for name in ("date_of_service", "paid_on") if isinstance(day := lines[name].max(), date)]
    if not days:
        raise ContractError("no line, so no last day")
    return max(days)


def answerable(lines: pl.DataFrame, export: Export) -> pl.DataFrame:
    """Return the lines that a loaded file could have answered.

    A file that says what was paid answers its own lines. Lines of other files are answered by remittances: those of
    their payer, up to the last date on which that payer's remittances pay.
    """
    sources = export.sources or (export,)
    payment_files = [
        source.name for source in sources if source.format == REMITTANCE or source.mapping.fields & _ANSWERS
    ]
    payer = pl.col("payer").cast(pl.String).fill_null("")
    answered_until = (
        lines.filter(is_decided())
        .group_by(payer.alias("payer_text"))
        .agg(pl.col("paid_on").max().fill_null(date.max).alias("until"))
    )
    with_answers = lines.with_columns(payer_text=payer).join(
        answered_until, on="payer_text", how="left", maintain_order="left"
    )
    by_remittance = (pl.col("date_of_service") <= pl.col("until")).fill_null(value=False)
    in_payment_file = pl.col("source_file").cast(pl.String).is_in(payment_files)
    return with_answers.filter(in_payment_file | is_decided() | by_remittance).drop("payer_text", "until")


def age_class(age: pl.Expr) -> pl.Expr:
    """Return the position in AGES of an age in days."""
    return pl.sum_horizontal((age > edge).cast(pl.Int64) for edge in _BUCKETS)


def aging(lines: pl.DataFrame, fields: Collection[str], as_of: date) -> pl.DataFrame:
    """Return insured lines that no payer has decided, by days since the service.

    Grain: bucket (0-30, 31-60 ... over 120 days): bucket, lines, charge_cents, expected_cents; empty if the export has
    no payments, because open lines then cannot be told from others.

    A line is open as long as no payer has answered it (`lines.billing_line.is_decided`).
    """
    if missing(fields, "paid_cents"):
        return pl.DataFrame(
            schema={"bucket": pl.String, "lines": pl.Int64, "charge_cents": pl.Int64, "expected_cents": pl.Int64}
        )
    open_lines = with_paid(lines).filter(~is_decided() & is_insured())
    age = (pl.lit(as_of) - pl.col("date_of_service")).dt.total_days()
    sums = (
        open_lines.with_columns(bucket_index=age_class(age))
        .group_by("bucket_index")
        .agg(pl.len().cast(pl.Int64).alias("lines"), pl.col("charge_cents").sum(), pl.col("expected_cents").sum())
    )
    buckets = (
        pl.DataFrame({"bucket": AGES})
        .with_row_index("bucket_index")
        .with_columns(pl.col("bucket_index").cast(pl.Int64))
    )
    return buckets.join(sums, on="bucket_index", how="left", maintain_order="left").drop("bucket_index").fill_null(0)
