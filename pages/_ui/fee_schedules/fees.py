"""The parts of the Fee schedules page: what to look up, the sentence, other localities, the effect on your volume."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts
from analysis.codes.hcpcs import code_with_label, load
from analysis.errors import BadInput
from analysis.medicare.fees import NATIONAL, Locality, load_book
from analysis.money import dollars
from analysis.pricing import rate_tables
from analysis.pricing.baseline import of_year
from analysis.whatif.answers import volume_effect as effect_of
from pages._ui.kit import baseline, figures, filters, localities, session, tables
from pages._ui.kit.cache import cached, cached_for_all
from pages._ui.kit.screens import DATA
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

FIRST_CODES = ("97110", "97112", "97530", "97140", "97116")
MOST_LOCALITIES = 6
LATEST = 0
"""Stands for the visits of the last twelve full months, among the years to choose from."""


def choices() -> tuple[Locality, list[str]]:
    """Choose locality and codes; the defaults are the clinic's locality and the movement codes."""
    therapy_codes = load()
    left, right = st.columns((2, 3))
    with left:
        locality = localities.pick("Locality", "fees_locality", localities.of_clinic()) or NATIONAL
    with right:
        codes = st.multiselect(
            "Codes",
            list(therapy_codes),
            default=FIRST_CODES,
            format_func=code_with_label,
            accept_new_options=True,
            key="fees_codes",
            persist_state="session",
            help="Choose from the therapy codes, or type any CPT or HCPCS code.",
        )
    codes = [code.strip().upper() for code in codes]
    _refuse_unknown(codes)
    return locality, codes or list(FIRST_CODES)


def _refuse_unknown(codes: Sequence[str]) -> None:
    """Refuse a typed code that no schedule has."""
    books = [schedule.rvus["hcpcs"] for schedule in load_book().schedules.values()]
    if unknown := [code for code in codes if not any(code in book for book in books)]:
        raise BadInput(
            f"the code {', '.join(unknown)}",
            expected="a CPT or HCPCS code of a Medicare fee schedule from 2020 on",
            todo="check the spelling, or remove it from the list of codes",
        )


def sentence(years: pl.DataFrame, locality: Locality, code: str) -> str:
    """Say what one unit of the first code pays in the newest final year, full and reduced, and the change."""
    rows = years.filter(pl.col("code") == code, ~pl.col("proposed"), pl.col("full_cents").is_not_null())
    if rows.is_empty():
        return f"Medicare sets no amount for {code_with_label(code)} in any year since 2020"
    row = rows.row(-1, named=True)
    area = "Nationally" if locality == NATIONAL else f"In {locality.name.title()}"
    change = row["full_change"]
    since = (
        ""
        if change is None
        else f", {abs(change):.1%} {'more' if change >= 0 else 'less'} than under the previous schedule"
    )
    full = f"a full unit of {code} pays {dollars(row['full_cents'])}"
    reduced_text = "" if row["reduced_cents"] is None else f" and a reduced one {dollars(row['reduced_cents'])}"
    return f"{area}, {full}{reduced_text} in {row['schedule']}{since}"


def reduced() -> bool:
    """Choose whether the chart shows the reduced amount."""
    return (
        st.segmented_control(
            "Amount of one unit",
            ("full", "reduced"),
            format_func={
                "full": "Full (one unit per day)",
                "reduced": "Reduced by MPPR (all additional units)",
            }.__getitem__,
            default="full",
            required=True,
            help=explain("mppr", "unit"),
            key="fees_amount",
            persist_state="session",
        )
        == "reduced"
    )


def source(locality: Locality) -> None:
    """Say which CMS files these amounts come from, and what is only proposed."""
    schedules = [schedule for _, schedule in sorted(load_book().schedules.items())]
    final = [schedule for schedule in schedules if not schedule.proposed]
    track = "qualifying APM participant (QP)" if session.track() == "qp" else "not a qualifying APM participant"
    st.caption(
        f"Medicare physician fee schedule {final[0].year}–{final[-1].year}, {track}, "
        f"office setting · {safe(localities.label(locality))} · verified {final[-1].verified_on:%b %Y}",
        help="\n\n".join(safe(f"{schedule.label}: {schedule.citation}") for schedule in schedules),
    )
    for schedule in schedules:
        if schedule.proposed:
            st.badge(safe(f"{schedule.label}: not final"), color="orange", help=safe(schedule.note))


def by_year_table(years: pl.DataFrame, *, reduced: bool) -> None:
    """Show codes as rows, schedules as columns with the newest first, and the newest final year's change."""
    column, change = ("reduced_cents", "reduced_change") if reduced else ("full_cents", "full_change")
    newest_first = years["schedule"].unique(maintain_order=True).reverse()
    named_columns = {f"{name}_cents": name for name in newest_first}
    across = years.with_columns(pl.format("{}_cents", "schedule").alias("schedule"))
    wide = across.pivot(on="schedule", index=["code", "label"], values=column, maintain_order=True)
    newest = years.filter(~pl.col("proposed"))["schedule"][-1]
    latest = years.filter(pl.col("schedule") == newest).select("code", change)
    tables.show(
        wide.join(latest, on="code", how="left", maintain_order="left").select("code", "label", change, *named_columns),
        alt="One unit of each code under every schedule",
        file_name="revmix_fee_schedules.csv",
        headings={**named_columns, change: f"Change {newest}"},
        total="Dollars per unit. A dash means Medicare sets no amount",
    )


def compare(locality: Locality, codes: Sequence[str]) -> None:
    """Compare one code in several localities under one schedule."""
    left, middle, right = st.columns((2, 2, 5))
    code = left.selectbox("Code", codes, format_func=code_with_label, key="compare_code")
    labels = [name for name, _, _ in _periods()]
    final = load_book().final_years[-1]
    latest = max(number for number, (_, _, year) in enumerate(_periods()) if year == final)
    schedule = middle.selectbox("Schedule", labels, index=latest, key="compare_schedule")
    day = next(start for name, start, _ in _periods() if name == schedule)
    options = localities.by_label()
    selection = right.multiselect(
        "Localities",
        list(options),
        default=None,
        max_selections=MOST_LOCALITIES,
        key="compare_places",
        persist_state="session",
        placeholder="Add localities to compare",
    )
    compared = [
        locality,
        *(options[name] for name in selection),
        *([] if selection or locality == NATIONAL else [NATIONAL]),
    ]
    amounts = cached_for_all(
        "by locality",
        (compared, code, day, session.track()),
        lambda: rate_tables.by_locality(compared, [code], day, session.track()),
    )
    figures.show(charts.unit_values(amounts, schedule), key="localities")


def _periods() -> list[tuple[str, date, int]]:
    """Return every schedule period: its name, its first day, its year."""
    factors = rate_tables.conversion_factors(session.track())
    return [(name, start, start.year) for name, start in factors.select("schedule", "start").iter_rows()]


def _years(lines: pl.DataFrame) -> frozenset[int]:
    """Return the years of some lines."""
    return frozenset(lines["date_of_service"].dt.year().unique().to_list())


def volume_effect() -> None:
    """Show the last twelve months, or another year's visits, priced under two schedules."""
    if session.export() is None:
        st.info("Open a billing export to see what a new fee schedule would pay for your own visits.")
        if st.button("Open a billing export", icon=DATA.icon, key="volume_open"):
            st.switch_page(DATA.path)
        return
    if len(session.clinics_without_locality()) == len(session.localities()):
        st.info("Enter the clinic's ZIP code to see what a new fee schedule would pay for your own visits.")
        if st.button("Set the ZIP code", icon=DATA.icon, key="volume_zip"):
            st.switch_page(DATA.path)
        return
    priced = session.priced()
    selection = filters.sidebar(priced.lines)
    filters.chips(selection)
    billed_years = cached(priced, "years", (selection,), lambda: _years(selection.apply(priced.lines)))
    years = sorted(billed_years & set(load_book().final_years), reverse=True)
    if not billed_years:
        st.info("No line matches all of these filters.")
        return
    today = baseline.of_today(priced, selection)
    left, middle, right = st.columns(3)
    latest = f"{count(today.months, 'full month')}, {today.span}" if today.months else today.span
    volume = left.selectbox(
        "Visits from",
        (LATEST, *years),
        format_func=lambda year: f"{year}" if year != LATEST else latest,
        key="effect_volume",
    )
    schedules = sorted(load_book().schedules)
    labels = {year: load_book().schedule(year).label for year in schedules}
    first, last = schedules.index(today.year), len(schedules) - 1
    before = middle.selectbox(
        "First schedule",
        schedules,
        index=first if first < last else first - 1,
        format_func=labels.__getitem__,
        key="effect_before",
    )
    after = right.selectbox(
        "Second schedule", schedules, index=last, format_func=labels.__getitem__, key="effect_after"
    )
    start = today if volume == LATEST else of_year(priced.lines, selection, volume, before)
    if start.year != before:
        start = replace(start, year=before, on=None)
    effect = cached(
        priced,
        "volume effect",
        (selection, start, after, session.track()),
        lambda: effect_of(priced, selection, start, after, track=session.track()),
    )
    figures.show(charts.volume_effect(effect), key="volume_effect")
