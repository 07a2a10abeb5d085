"""Match payments to charges by patient, date and code; what cannot be decided stays open."""

from __future__ import annotations

import polars as pl

from analysis.ingest.posting.remittances import payment_of, plain_payer
from analysis.ingest.posting.same_patient import COLUMNS, same_person

_SERVICE = ("date_of_service", "code")
_IDENTITIES = (
    ("record", "record_key", "record_key"),
    ("claim", "claim_key", "claim_key"),
    ("claim", "claim_key", "visit_id_key"),
    ("claim", "claim_key", "patient_id_key"),
    ("claim", "visit_id_key", "visit_id_key"),
    ("person", "patient_id_key", "patient_id_key"),
    ("person", "name_key", "name_key"),
)
"""What identifies the same service in the payment and in the charge. Systems put their visit or patient number into
the claim (CLM01), which the remittance returns (CLP01)."""
_RANKS = {("record", True): 0, ("claim", True): 1, ("person", True): 2, ("record", False): 3, ("claim", False): 4}
"""How sure an identity is, and whether the patient is known to be the same: a number alone is the weakest, because
claim numbers restart, are shared or are 0."""
_AGREE = (("modifiers", "charge_cents", "units"), ("modifiers", "charge_cents"), ("charge_cents",), ("modifiers",), ())
"""What else must agree, the strictest first."""
GIVER = ("source_file", "transaction", "payer", "paid_on", "further_payer")
"""One payment of one payer: it pays a charge once, so several of its rows go to several charges if there are any."""
_LONG_AGO = pl.date(1, 1, 1)
_CHARGE = ("patient_key", "modifiers", "units", "charge_cents")
"""Charges of a date and code that are equal in these can replace each other."""

MATCHES: dict[str, pl.DataType] = {
    "payment": pl.Int64(),
    "line_id": pl.Int64(),
    "before": pl.Int64(),
    "part": pl.Int64(),
    "whole": pl.Int64(),
}
"""Grain: a payment and a charge: position of the payment; the charge it pays; for a payment of several charges which
part of its amounts: what comes before it, its part, the whole. Otherwise 0, 1, 1."""

OPEN: dict[str, pl.DataType] = {"payment": pl.Int64(), "why": pl.String(), "candidates": pl.List(pl.Int64())}
"""Grain: a payment that is not posted although charges come close: why, and the line_ids of those charges."""

_UNDECIDED = "several charges fit, and nothing in the files tells which one"
_PAID_BY_IT = "another line of the same payment already pays the charge that fits"
_ANOTHERS = "the charge with this number, date and code belongs to another patient"
_TWO_PEOPLE = "payments for two patients match the same charge by its number"


def match(payments: pl.DataFrame, charges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find the charge of every payment.

    A service is one patient, date and code. Candidates are charges of that date and code that share a record, claim,
    visit or patient number or the name with the payment and are not another patient's by name. A payment's surest
    identity decides; among several candidates modifiers, charge and units do; charges equal in all of these take
    payments in turn. A payment whose charge is the sum of all its candidates is spread over them. Nothing is posted by
    guess.

    Parameters
    ----------
    payments:
        `frames.POSTINGS`.
    charges:
        line_id, `frames.KEYS`, patient_key, date_of_service, code, modifiers, units, charge_cents.

    Returns
    -------
    `MATCHES`, and `OPEN`. Several payers may pay one charge, each once: several lines of one payment go to one charge
    only if together they do not exceed it.
    """
    pairs = _pairs(payments, charges)
    of_other_patients = pairs.filter(~pl.col("same").fill_null(value=True))
    pairs = pairs.filter(pl.col("same").fill_null(value=True))
    of_two_people = pairs.filter(_is_of_two_people())
    pairs = candidates = pairs.filter(~_is_of_two_people())
    matched = [pairs.clear().select("payment", "line_id", *GIVER, "payer_name").with_columns(_part(0, 1, 1))]
    undecided = []
    for rank in sorted(set(_RANKS.values())):
        of_rank = pairs.filter(pl.col("rank") == rank)
        # A payment's surest identity decides alone: a weaker one would only add other charges.
        pairs = pairs.join(of_rank, on="payment", how="anti")
        for agree in _AGREE if of_rank.height else ():
            fits = _free(of_rank, matched, by_charge="charge_cents" in agree).filter(
                pl.lit(value=True), *(pl.col(f"same_{name}") for name in agree)
            )
            parts = fits.clear() if "charge_cents" in agree else _split_payments(fits)
            assigned = _in_turn(fits.join(parts, on="payment", how="anti"), by_charge="charge_cents" in agree)
            assigned = pl.concat([assigned, parts.select(assigned.columns)]) if parts.height else assigned
            if not agree:
                several_fits = fits.join(assigned, on="payment", how="anti")
                undecided.append(several_fits.filter(pl.len().over("payment") > 1))
            matched.append(assigned)
            of_rank = of_rank.join(assigned, on="payment", how="anti")
    matches, too_many = _within_charges(pl.concat(matched), payments, charges)
    open_payments = pl.concat(
        frame.group_by("payment", maintain_order=True).agg(candidates=pl.col("line_id").unique().sort())
        .with_columns(why=pl.lit(why))
        .select(pl.col(name).cast(dtype) for name, dtype in OPEN.items())
        for frame, why in (
            (of_two_people, _TWO_PEOPLE),
            *((frame, _UNDECIDED) for frame in undecided),
            (pl.concat([too_many, candidates.select(too_many.columns)]), _PAID_BY_IT),
            (of_other_patients, _ANOTHERS),
        )
    )  # fmt: skip
    open_payments = open_payments.join(matches, on="payment", how="anti").unique(
        "payment", keep="first", maintain_order=True
    )
    return matches.select(pl.col(name).cast(dtype) for name, dtype in MATCHES.items()), open_payments


def _pairs(payments: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Pair payments with charges of the same identity, date and code, by the surest identity."""
    payment_rows = _in_order(payments).select(
        *GIVER, *_SERVICE, *(f"{name}_key" for name in ("record", "claim", "visit_id", "patient_id", "name")),
        *COLUMNS[:3], "modifiers", "charge_cents", "units", "payer_name", "chain", "order",
        of_claim=pl.col("code").is_null(),
    ).with_row_index("payment").with_columns(pl.col("payment").cast(pl.Int64))  # fmt: skip
    charge_rows = charges.select(
        "line_id", *_SERVICE, *(f"{name}_key" for name in ("record", "claim", "visit_id", "patient_id", "name")),
        *COLUMNS[:3], *_CHARGE,
    )  # fmt: skip
    pairs = []
    for kind, theirs, ours in _IDENTITIES:
        payments_with_key = payment_rows.with_columns(key=theirs).drop_nulls("key")
        charges_with_key = charge_rows.with_columns(key=ours).drop_nulls("key")
        joined = [payments_with_key.join(charges_with_key, on=["key", *_SERVICE], how="inner", suffix="_of_charge")]
        if kind == "record":  # the charge's number alone, for payments without service details
            without_service = payments_with_key.filter(pl.all_horizontal(pl.col(*_SERVICE).is_null())).drop(_SERVICE)
            joined.append(
                without_service.join(charges_with_key, on="key", how="inner", suffix="_of_charge").select(
                    joined[0].columns
                )
            )
        if kind == "claim":
            joined.append(_whole_claims(payments_with_key, charges_with_key).select(joined[0].columns))
        if kind == "person":  # a payment for the patient's day without a code, as at the front desk
            without_service = payments_with_key.filter(
                pl.col("code").is_null() & pl.col("charge_cents").is_null()
            ).drop("code")
            of_day = without_service.join(
                charges_with_key, on=["key", "date_of_service"], how="inner", suffix="_of_charge"
            )
            joined.append(of_day.select(joined[0].columns))
        pairs += [frame.with_columns(kind=pl.lit(kind)) for frame in joined]
    all_pairs = pl.concat(pairs).with_columns(same=same_person("_of_charge"))
    is_same = pl.col("same").fill_null(value=False)
    ranks = [
        pl.when((pl.col("kind") == kind) & (is_same == same)).then(pl.lit(rank))
        for (kind, same), rank in _RANKS.items()
    ]
    agree = (
        (pl.col(name) == pl.col(f"{name}_of_charge")).fill_null(value=False).alias(f"same_{name}")
        for name in ("modifiers", "charge_cents", "units")
    )
    all_pairs = all_pairs.with_columns(pl.coalesce(ranks).alias("rank"), *agree)
    return all_pairs.sort("payment", "line_id", "rank").unique(
        ["payment", "line_id"], keep="first", maintain_order=True
    )


def _whole_claims(payments: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Pair payments of claims without services with the claim's charges if these add up to the claim's charge."""
    without_service = payments.filter(pl.col("code").is_null() & pl.col("charge_cents").is_not_null()).drop("code")
    without_service = without_service.rename({"date_of_service": "day"})
    pairs = without_service.join(charges, on="key", how="inner", suffix="_of_charge")
    pairs = pairs.filter(pl.col("day").is_null() | (pl.col("day") == pl.col("date_of_service")))
    pairs = pairs.filter(same_person("_of_charge").fill_null(value=True))
    return pairs.filter(pl.col("charge_cents_of_charge").sum().over("payment") == pl.col("charge_cents"))


def _is_of_two_people() -> pl.Expr:
    """Tell whether a pair rests on a number alone and payments of two patients fit its charge."""
    by_number_only = pl.col("same").is_null()
    names = pl.col("name_key").filter(by_number_only).drop_nulls().n_unique().over("line_id")
    numbers = pl.col("patient_id_key").filter(by_number_only & pl.col("name_key").is_null()).drop_nulls().n_unique()
    return by_number_only & ((names > 1) | (numbers.over("line_id", "payer") > 1))


def _part(before: int, part: int, whole: int) -> list[pl.Expr]:
    """Return the columns of a payment's part."""
    return [
        pl.lit(number, pl.Int64).alias(name) for name, number in (("before", before), ("part", part), ("whole", whole))
    ]


def _in_order(payments: pl.DataFrame) -> pl.DataFrame:
    """Add the payer's plain name, the order in time, and the chain of decisions each payment belongs to.

    A chain is what one payer decided, payment by payment, about one line of one claim (by the payer's own number): the
    n-th of its equal lines in every payment.
    """
    line = ["payer_name", "check", "claim_key", "payer_claim_key", *_SERVICE, "modifiers", "units", "charge_cents"]
    numbered = payments.with_columns(payer_name=plain_payer(pl.col("payer")), check=payment_of())
    numbered = numbered.with_columns(
        turn=pl.int_range(pl.len()).over(line),
        order=pl.struct(pl.col("paid_on").fill_null(_LONG_AGO), "source_file", "transaction").rank("dense"),
    )
    by_number = pl.struct("claim_key", "payer_claim_key", "turn", check=pl.lit("", pl.String))
    by_check = pl.struct("claim_key", "payer_claim_key", "turn", "check")
    return numbered.with_columns(chain=pl.when(pl.col("payer_claim_key").is_null()).then(by_check).otherwise(by_number))


def _free(pairs: pl.DataFrame, earlier_matches: list[pl.DataFrame], *, by_charge: bool) -> pl.DataFrame:
    """Return the pairs whose charge the same payment has not paid yet; rows that name no charge may be added on top.

    A claim paid as a whole keeps all of its charges: only together do they add up to it.

    Charges the payer decided in another payment come after those it has not; without an equal charge (`by_charge`) they
    do not come at all.
    """
    matched_pairs = pl.concat(earlier_matches)
    with_charge = pairs.filter(pl.col("charge_cents").is_not_null() & ~pl.col("of_claim"))
    already_paid = with_charge.join(
        matched_pairs.select("line_id", *GIVER), on=["line_id", *GIVER], how="semi", nulls_equal=True
    )
    pairs = pairs.join(already_paid, on=["payment", "line_id"], how="anti")
    payer = ["line_id", "payer_name", "further_payer"]
    decided = with_charge.join(matched_pairs.select(payer), on=payer, how="semi", nulls_equal=True)
    decided = decided.select("payment", "line_id").unique().with_columns(decided=pl.lit(value=True))
    pairs = pairs.join(decided, on=["payment", "line_id"], how="left", maintain_order="left")
    decided_before = pl.col("decided").fill_null(value=False)
    keep = ~decided_before | (decided_before.all().over("payment") if by_charge else pl.lit(value=False))
    return pairs.filter(keep).drop("decided")


def _in_turn(fits: pl.DataFrame, *, by_charge: bool) -> pl.DataFrame:
    """Assign payments with equal candidate charges in turn: the n-th payment takes the n-th charge.

    If the charges agree with the payments' (`by_charge`), a payer's chains of decisions take them one by one in order
    of time; a new decision goes to the same charge as the earlier one. If they don't agree, all rows of a payment go to
    a single charge, and to several equal ones only as many rows as there are charges.
    """
    charge = pl.struct("patient_key", *(f"{name}_of_charge" for name in _CHARGE if name != "patient_key"))
    unambiguous = fits.filter(charge.n_unique().over("payment") == 1).with_columns(
        first=pl.col("line_id").min().over("payment"),
        offered=pl.len().over("payment").cast(pl.Int64),
        of_charge=pl.col("line_id").rank("ordinal").over("payment").cast(pl.Int64),
    )
    if by_charge:
        group = ["payer_name", "further_payer", "first"]
        unambiguous = unambiguous.with_columns(
            since=pl.struct(pl.col("order").min(), pl.col("payment").min()).over([*group, "chain"])
        )
        unambiguous = unambiguous.with_columns(turn=pl.col("since").rank("dense").over(group).cast(pl.Int64))
        is_in_turn = (pl.col("turn") - 1) % pl.col("offered") + 1 == pl.col("of_charge")
    else:
        group = [*GIVER, "first"]
        unambiguous = unambiguous.with_columns(turn=pl.col("payment").rank("dense").over(group).cast(pl.Int64))
        as_many = (pl.col("turn").max().over(group) == pl.col("offered")) | pl.col("charge_cents").is_null()
        is_in_turn = ((pl.col("turn") == pl.col("of_charge")) & as_many) | (pl.col("offered") == 1)
    return unambiguous.filter(is_in_turn).select("payment", "line_id", *GIVER, "payer_name", *_part(0, 1, 1))


def _split_payments(several_fits: pl.DataFrame) -> pl.DataFrame:
    """Split payments among several charges of one patient that add up to theirs, each charge with its part."""
    charge = pl.col("charge_cents_of_charge")
    whole = charge.sum().over("payment")
    several = (pl.len().over("payment") > 1) & (pl.col("patient_key").n_unique().over("payment") == 1)
    # Two payments may not share charges: it is unknown which pays which.
    several_fits = several_fits.with_columns(alone=pl.len().over(["line_id", *GIVER]) == 1)
    is_exclusive = pl.col("alone").all().over("payment")
    fits = several_fits.filter(
        several & is_exclusive & (whole == pl.col("charge_cents")) & (charge > 0).all().over("payment")
    )
    return fits.sort("payment", "line_id").select(
        "payment",
        "line_id",
        *GIVER,
        "payer_name",
        before=(charge.cum_sum() - charge).over("payment"),
        part=charge,
        whole=whole,
    )


def _within_charges(
    matches: pl.DataFrame, payments: pl.DataFrame, charges: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop further lines of one payment for which the charge leaves no room, and return them separately."""
    billed = payments.select(pl.int_range(pl.len()).alias("payment"), theirs="charge_cents")
    sums = matches.join(billed, on="payment", how="left").join(
        charges.select("line_id", "charge_cents"), on="line_id", how="left"
    )
    sums = sums.sort("payment").with_columns(
        turn=pl.int_range(pl.len()).over(["line_id", *GIVER]),
        so_far=(pl.col("theirs") * pl.col("part") // pl.col("whole")).cum_sum().over(["line_id", *GIVER]),
    )
    exceeds_charge = (pl.col("turn") > 0) & (pl.col("so_far") > pl.col("charge_cents")).fill_null(value=False)
    return sums.filter(~exceeds_charge).select(matches.columns), sums.filter(exceeds_charge).select(
        "payment", "line_id"
    )
