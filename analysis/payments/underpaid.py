"""Underpaid lines, with the known mistake that gives the amount to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.carc import PRIOR_PAYER, SEQUESTRATION, carcs
from analysis.lines.billing_line import REFUSED, Status
from analysis.lines.payers import payer_numbers
from analysis.medicare.fees import resolve
from analysis.medicare.fees.localities import all_localities
from analysis.medicare.policy import load_policy
from analysis.money import BASIS, half_up
from analysis.payments.decided import denials_of_lines, refusal
from analysis.payments.expected import expectations
from analysis.payments.texts import mistakes
from analysis.pricing import price
from analysis.pricing.pipeline import RANKED_TOGETHER
from analysis.pricing.repricing import in_year, whole_visits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees import Locality
    from analysis.medicare.fees.schedules import Track
    from analysis.payers import ContractBook
    from analysis.pricing import Priced

WORKLIST: dict[str, pl.DataType] = {
    "line_id": pl.Int64(),
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "date_of_service": pl.Date(),
    "payer": pl.String(),
    "code": pl.String(),
    "modifiers": pl.String(),
    "units": pl.Int64(),
    "charge_cents": pl.Int64(),
    "due_cents": pl.Int64(),
    "allowed_cents": pl.Int64(),
    "insurance_paid_cents": pl.Int64(),
    "short_cents": pl.Int64(),
    "mistake": pl.String(),
    "why": pl.String(),
    "pays_by": pl.String(),
    "adjustment_reasons": pl.String(),
}
"""Grain: an underpaid line: what should be allowed (due_cents), what was, the amount missing, and why."""
_ALIKE = 3
"""Lines that must show another locality's amount before it is named: a single match may be chance."""
_MOST_UNITS = 8
_COUNTED_ELSEWHERE = (SEQUESTRATION, PRIOR_PAYER)
"""Payment adjustments that are computed (sequestration) or belong to another payer."""


def underpaid(
    priced: Priced, contracts: ContractBook, *, adjustments: pl.DataFrame | None = None, track: Track = "non_qp"
) -> pl.DataFrame:
    """Return the worklist, most dollars first: `WORKLIST`.

    A line is in it if its payer's terms are known (`expectations`) and

    * it was denied or bundled: the whole expected amount is missing; or
    * less was allowed than expected: the difference is missing; or
    * Medicare allowed the right amount but paid less, and a known mistake gives the payment to the cent. A payment that
      no mistake explains may be due to a deductible, so the line does not count as underpaid.

    Parameters
    ----------
    adjustments:
        `ingest.frames.ADJUSTMENTS`: what remittances took off, by line. Patient shares explain payments.
    """
    lines = priced.lines.with_columns(payer_numbers(priced.lines)).join(
        expectations(priced, contracts, track=track), on="line_id", how="left", maintain_order="left"
    )
    lines = lines.with_columns(pl.col("code", "modifiers", "payer", "adjustment_reasons", "status").cast(pl.String))
    lines = lines.filter(pl.col("due_cents") > 0)
    names = {Status.DENIED.value: "denied", Status.BUNDLED.value: "bundled"}
    refused = lines.filter(pl.col("status").is_in(REFUSED)).with_columns(
        short_cents=pl.col("due_cents"), mistake=pl.col("status").replace_strict(names, return_dtype=pl.String)
    )
    decided = lines.filter(~pl.col("status").is_in(REFUSED))
    underallowed = _underallowed(decided, priced, track)
    underpaid_lines = _underpaid_by_medicare(decided, adjustments)
    refused = denials_of_lines(refused).with_columns(refusal=pl.when(pl.col("mistake") == "denied").then(refusal()))
    others = (part.with_columns(refusal=pl.lit(None, pl.String)) for part in (underallowed, underpaid_lines))
    frame = pl.concat([part.select(_columns()) for part in (refused, *others)])
    return frame.sort(["short_cents", "line_id"], descending=[True, False])


def _columns() -> list[pl.Expr]:
    texts = {name: entry.text for name, entry in mistakes().items()}
    mistake_text = pl.col("mistake").replace_strict(texts, return_dtype=pl.String)
    computed = {"why": pl.coalesce(pl.format("Denied: {}", "refusal"), mistake_text)}
    return [computed.get(name, pl.col(name)).cast(dtype).alias(name) for name, dtype in WORKLIST.items()]


def by_mistake(worklist: pl.DataFrame) -> pl.DataFrame:
    """Sum the worklist: mistake, label, lines, short_cents (underpaid), todo; most dollars first."""
    texts = mistakes()
    return (
        worklist.group_by("mistake")
        .agg(pl.len().cast(pl.Int64).alias("lines"), pl.col("short_cents").sum())
        .with_columns(
            label=pl.col("mistake").replace_strict({name: entry.label for name, entry in texts.items()}),
            todo=pl.col("mistake").replace_strict({name: entry.todo for name, entry in texts.items()}),
        )
        .select("mistake", "label", "lines", "short_cents", "todo")
        .sort(["short_cents", "mistake"], descending=[True, False])
    )


def _first(frame: pl.DataFrame, tests: dict[str, pl.Expr]) -> pl.DataFrame:
    """Add the first mistake that fits, in the order of mistakes.toml."""
    ordered = [pl.when(tests[name]).then(pl.lit(name)) for name in mistakes() if name in tests]
    return frame.with_columns(mistake=pl.coalesce(*ordered, pl.lit("unexplained")))


def _underallowed(decided: pl.DataFrame, priced: Priced, track: Track) -> pl.DataFrame:
    """Return lines of which too little was allowed.

    Codes with the same practice expense and fee (97110 and 97116) tie for the full unit of a visit, and the payer may
    give it to either: if such lines are allowed the right amount together, none of them is underpaid.
    """
    rates = priced.fees.select("fee_id", "full_cents", "reduced_cents", "assistant_share_bp", "sequestration_bp")
    underallowed = decided.join(rates, on="fee_id", how="left", maintain_order="left")
    tie_keys = [*RANKED_TOGETHER, "full_cents", "reduced_cents", "rule"]
    total_is_right = (pl.col("allowed_cents").sum() == pl.col("due_cents").sum()).over(tie_keys)
    tied = pl.col("mppr_agreed") & pl.col("reduced_cents").is_not_null() & (pl.len().over(tie_keys) > 1)
    all_allowed = (pl.col("allowed_cents").null_count() == 0).over(tie_keys)
    underallowed = underallowed.filter(
        (pl.col("allowed_cents") < pl.col("due_cents")) & ~(tied & all_allowed & total_is_right)
    )
    underallowed = underallowed.with_columns(short_cents=pl.col("due_cents") - pl.col("allowed_cents"))
    for name, amounts in _repriced(underallowed, priced, track):
        underallowed = underallowed.join(
            amounts.rename({"amount": name}), on="line_id", how="left", maintain_order="left"
        )
    return _first(underallowed, _tests_of_allowed(underallowed))


def _tests_of_allowed(underallowed: pl.DataFrame) -> dict[str, pl.Expr]:
    """Map each mistake to whether it gives the allowed amount to the cent."""
    allowed, expected, units = pl.col("allowed_cents"), pl.col("due_cents"), pl.col("units")
    full, reduced = pl.col("full_cents"), pl.col("reduced_cents")
    by_medicare = pl.col("percent_bp").is_not_null()

    def gives(base: pl.Expr) -> pl.Expr:
        amount = half_up(base * pl.col("percent_bp"), BASIS)
        amount = pl.when(pl.col("charge_cents") < amount).then("charge_cents").otherwise(amount)
        return (by_medicare & (allowed == amount)).fill_null(value=False)

    def of_units(count: pl.Expr) -> pl.Expr:
        whole = pl.min_horizontal(pl.col("full_units"), count)
        under_mppr = whole * full + (count - whole) * reduced
        return pl.when(reduced.is_not_null() & pl.col("mppr_agreed")).then(under_mppr).otherwise(count * full)

    fewer_stated = (pl.col("units_paid") > 0) & (pl.col("units_paid") < units)
    fewer = fewer_stated & (
        gives(of_units(pl.col("units_paid"))) | (allowed * units == expected * pl.col("units_paid"))
    )
    fewer_tried = pl.any_horizontal(
        (units > count) & (gives(of_units(pl.lit(count))) | (allowed * units == expected * count))
        for count in range(1, _MOST_UNITS)
    )
    assistant = half_up(expected * pl.col("assistant_share_bp"), BASIS)
    at_assistant_rate = (allowed == assistant).fill_null(value=False)
    has_modifier = pl.any_horizontal(
        pl.col("modifiers").str.contains(name) for name in sorted(load_policy().assistant_modifiers)
    )
    holds_full_unit = pl.col("full_units") > 0
    tests = {
        "fewer_units": fewer | (pl.col("units_paid").is_null() & fewer_tried),
        "reduced_full_unit": holds_full_unit & reduced.is_not_null() & gives(units * reduced),
        "mppr_not_agreed": ~pl.col("mppr_agreed") & gives(pl.col("scheduled_cents")),
        "assistant_on_allowed": at_assistant_rate & has_modifier,
        "assistant_without_modifier": at_assistant_rate & ~has_modifier,
        "sequestration_on_allowed": (allowed == expected - half_up(expected * pl.col("sequestration_bp"), BASIS))
        & (pl.col("sequestration_bp") > 0),
        "plain_medicare": (pl.col("percent_bp") != BASIS) & (allowed == pl.col("expected_cents")),
    }
    participation = load_policy().participation
    tests["non_participating"] = (pl.col("rule") == "medicare") & pl.any_horizontal(
        (pl.col("date_of_service") >= start) & gives(half_up(pl.col("scheduled_cents") * share, BASIS))
        for start, share in participation.changes
    )
    repriced = ("earlier_schedule", "other_factor", "other_locality")
    tests |= {name: gives(pl.col(name)) for name in repriced if name in underallowed.columns}
    return {name: test.fill_null(value=False) for name, test in tests.items()}


def _repriced(underallowed: pl.DataFrame, priced: Priced, track: Track) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each mistake with line_id and amount after MPPR under another schedule, whole visits ranked again."""
    comparable = underallowed.filter(pl.col("percent_bp").is_not_null() & pl.col("mppr_agreed"))
    if comparable.is_empty():
        return
    visits = whole_visits(comparable, priced.lines)
    years = visits["date_of_service"].dt.year().unique().sort()
    of_year = (visits.filter(pl.col("date_of_service").dt.year() == year) for year in years)
    earlier = pl.concat(in_year(part, year - 1) for year, part in zip(years, of_year, strict=True))
    other_track: Track = "qp" if track == "non_qp" else "non_qp"
    for name, lines, its_track in (("earlier_schedule", earlier, track), ("other_factor", visits, other_track)):
        yield name, _scheduled(lines, its_track)
    yield "other_locality", _elsewhere(comparable, visits, track)


def _scheduled(lines: pl.DataFrame, track: Track, locality: Locality | None = None) -> pl.DataFrame:
    return price(lines, locality, track=track).lines.select("line_id", amount="scheduled_cents")


def _elsewhere(comparable: pl.DataFrame, visits: pl.DataFrame, track: Track) -> pl.DataFrame:
    """Return the amounts in these states' other locality that explains most lines, if it explains several."""
    clinic_localities = {
        resolve(f"{mac}-{number}")
        for mac, number in comparable.select("mac", "locality").drop_nulls().unique().iter_rows()
    }
    states = {locality.state for locality in clinic_localities}
    best, most_explained = pl.DataFrame(schema={"line_id": pl.Int64, "amount": pl.Int64}), 0
    for locality in all_localities():
        if locality.state not in states or clinic_localities == {locality}:
            continue
        amounts = _scheduled(visits, track, locality)
        amount = half_up(pl.col("amount") * pl.col("percent_bp"), BASIS)
        explained = comparable.join(amounts, on="line_id").filter(pl.col("allowed_cents") == amount)
        if (
            explained.height > most_explained
            and explained.height >= _ALIKE
            and explained["allowed_cents"].n_unique() > 1
        ):
            best, most_explained = amounts, explained.height
    return best


def _by_law() -> list[str]:
    """Return reasons by which Medicare lawfully changes its payment, except sequestration: MIPS, incentives, QMB."""
    return [code for code, entry in carcs().items() if entry.effect == "payment" and code not in _COUNTED_ELSEWHERE]


def _underpaid_by_medicare(decided: pl.DataFrame, adjustments: pl.DataFrame | None) -> pl.DataFrame:
    """Return Medicare lines that were allowed the right amount but underpaid by a known mistake."""
    rightly_allowed = decided.filter(
        (pl.col("rule") == "medicare")
        & (pl.col("allowed_cents") == pl.col("due_cents"))
        & pl.col("insurance_paid_cents").is_not_null()
    )
    patient = pl.col("coinsurance_cents")
    if adjustments is not None and not adjustments.is_empty():
        patient_amounts = (
            adjustments.filter(pl.col("group") == "PR").group_by("line_id").agg(pl.col("amount_cents").sum())
        )
        rightly_allowed = rightly_allowed.join(patient_amounts, on="line_id", how="left", maintain_order="left")
        patient = pl.coalesce("amount_cents", patient)
        by_law = adjustments.filter(pl.col("carc").is_in(_by_law())).group_by("line_id")
        rightly_allowed = rightly_allowed.join(
            by_law.agg(law_cents=pl.col("amount_cents").sum()), on="line_id", how="left"
        )
    else:
        rightly_allowed = rightly_allowed.with_columns(law_cents=pl.lit(0, pl.Int64))
    policy = load_policy()
    days = rightly_allowed["date_of_service"].unique()
    rate_rows = [(day, policy.on(day)["assistant_share_bp"], policy.on(day)["sequestration_bp"]) for day in days]
    rates = pl.DataFrame(
        rate_rows,
        schema={"date_of_service": pl.Date, "assistant_bp": pl.Int64, "sequestration_bp": pl.Int64},
        orient="row",
    )
    rightly_allowed = rightly_allowed.join(rates, on="date_of_service", how="left", maintain_order="left")
    has_modifier = pl.any_horizontal(
        pl.col("modifiers").str.contains(name) for name in sorted(policy.assistant_modifiers)
    )
    share = pl.col("allowed_cents") - patient

    def after(base: pl.Expr) -> pl.Expr:
        return base - half_up(base * pl.col("sequestration_bp"), BASIS)

    lawful_cents = pl.col("law_cents").fill_null(0)
    assistant_share = half_up(share * pl.col("assistant_bp"), BASIS)
    expected_payment = (
        pl.when(has_modifier).then(after(assistant_share - lawful_cents)).otherwise(after(share - lawful_cents))
    )
    on_whole = after(half_up(pl.col("allowed_cents") * pl.col("assistant_bp"), BASIS) - patient - lawful_cents)
    paid = pl.col("insurance_paid_cents")
    rightly_allowed = rightly_allowed.with_columns(expected_payment=expected_payment).with_columns(
        short_cents=pl.col("expected_payment") - paid
    )
    rightly_allowed = rightly_allowed.filter(pl.col("short_cents") > 0)
    return _first(
        rightly_allowed,
        {
            "assistant_on_allowed": has_modifier & (paid == on_whole),
            "assistant_without_modifier": ~has_modifier & (paid == after(assistant_share - lawful_cents)),
            "sequestration_twice": (pl.col("sequestration_bp") > 0) & (paid == after(pl.col("expected_payment"))),
        },
    ).filter(pl.col("mistake") != "unexplained")
