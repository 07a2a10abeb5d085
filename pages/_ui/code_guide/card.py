"""The card of one code: what it is for and is not, the note, its price, its edits, your own use, its denials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import payments
from analysis.audit import facts
from analysis.codes.carc import carc_text, carcs
from analysis.codes.guide import load_guide
from analysis.codes.hcpcs import code_with_label, disciplines, load, minutes
from analysis.medicare.code_edits import edits_of
from analysis.pricing import rate_tables
from analysis.pricing.code_rates import code_rates, newest_year
from pages._ui.code_guide import statements
from pages._ui.code_guide.parts import bullets, sources
from pages._ui.kit import filters, session, tables
from pages._ui.kit.cache import cached, cached_for_all
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, exact, percent, safe

if TYPE_CHECKING:
    from analysis.codes.guide import CodeDenial, GuideEntry
    from analysis.medicare.code_edits import CodeEdits
    from analysis.medicare.fees import Locality
    from analysis.pricing.code_rates import CodeRates
    from analysis.pricing.guide_figures import GuideFigures


def sentence(code: str, figures: GuideFigures) -> str:
    """Say what a unit of the code pays here and now."""
    rates = code_rates(code, figures.locality, newest_year(), figures.track)
    name = code_with_label(code)
    if rates.full_cents is None:
        return safe(f"Medicare sets no amount for {name} in {rates.year}: {rates.reason}")
    if not rates.full_cents:
        return safe(f"Medicare never pays {name} on its own: its {rates.year} amount is $0.00")
    full = f"{safe(name)} pays {exact(rates.full_cents)}"
    if rates.reduced_cents is not None:
        full += f" for a full unit and {exact(rates.reduced_cents)} for a reduced one"
    return f"{full}, {safe(figures.where)} in {rates.year}"


def show(entry: GuideEntry, figures: GuideFigures) -> None:
    """Show the whole card."""
    rates = code_rates(entry.code, figures.locality, newest_year(), figures.track)
    _badges(entry, rates)
    left, right = st.columns(2, gap="large")
    with left:
        _meaning(entry)
    with right:
        _note(entry)
    _own_use(entry.code)
    st.header("What it pays", anchor=False, help=explain("mppr", "rvu", "locality"))
    _money(rates)
    _years(entry.code, figures.locality)
    st.header("Limits and pairs", anchor=False, help=explain("mue", "ncci"))
    _edits(entry.code, edits_of(entry.code))
    st.header("Why payers deny it, and the next step", anchor=False, help=explain("denied", "carc"))
    _denials(entry)
    statements.about(entry.code, figures)


def _badges(entry: GuideEntry, rates: CodeRates) -> None:
    """Say in a line: timed or not, whose code it is, whether it is therapy always."""
    length = minutes(entry.code)
    with st.container(horizontal=True):
        st.badge(f"Timed: {length} minutes a unit" if length else "Untimed: one unit however long", color="gray")
        st.badge(", ".join(sorted(disciplines(entry.code), key=("PT", "OT", "SLP").index)), color="gray")
        if rates.mppr or entry.code in facts.codes().always:
            st.badge(f"Always therapy ({rates.year})", color="gray", help=explain("always_therapy"))
        elif entry.code in facts.codes().sometimes:
            st.badge(f"Sometimes therapy ({rates.year})", color="gray", help=explain("sometimes_therapy"))


def _meaning(entry: GuideEntry) -> None:
    st.header("What it is for", anchor=False)
    st.markdown(safe(f"{entry.pays_for[0].upper()}{entry.pays_for[1:]}. {entry.more}"))
    if len(entry.codes) > 1:
        st.caption(safe(f"These codes share a page: {', '.join(entry.codes)}."))
    st.header("What it is not", anchor=False)
    bullets(entry.is_not)
    sources((*entry.sources["pays_for"], *entry.sources["is_not"]))


def _note(entry: GuideEntry) -> None:
    with st.container(border=True):
        st.header("What the note must show", anchor=False)
        bullets(entry.note)
        st.markdown("**And, in every note:**")
        bullets(load_guide().general)
        sources(entry.sources["note"])


def _money(rates: CodeRates) -> None:
    """Show the four amounts of a unit, or why there are none."""
    if rates.full_cents is None:
        st.info(safe(f"Medicare sets no amount in {rates.year}: {rates.reason}."))
        return
    if not rates.full_cents:
        st.info("Bundled: Medicare pays it as part of the other services of the day.", icon=":material/info:")
        return
    tiles = (
        ("Full unit", rates.full_cents, "One unit of each visit is paid in full."),
        ("Reduced unit", rates.reduced_cents, "Every further therapy unit of the visit, whatever its code."),
        ("Practice expense in it", rates.practice_cents, "Space, staff and equipment: the part MPPR acts on."),
        ("MPPR takes off", rates.cut_cents, "Half of the practice expense, on every unit but the one paid in full."),
    )
    with st.container(key="tiles"):
        for label, cents, help_text in tiles:
            if cents is not None:
                st.metric(label, exact(cents).replace("\\", ""), help=help_text, border=True)
    if not rates.mppr:
        st.caption("MPPR does not apply to this code.")


def _years(code: str, locality: Locality) -> None:
    """Show the code under every schedule since 2020, the newest first."""
    track = session.track()
    years = cached_for_all(
        "by year", (locality, [code], track), lambda: rate_tables.by_year(locality, [code], track)
    ).reverse()
    if not (years["full_cents"].fill_null(0) > 0).any():
        return
    tables.show(
        years.select("schedule", "full_cents", "full_change", "reduced_cents", "reduced_change"),
        alt=f"One unit of {code} under every schedule",
        file_name=f"revmix_{code}_by_year.csv",
        total="Dollars per unit. A dash means Medicare sets no amount",
    )


def _edits(code: str, edits: CodeEdits) -> None:
    """Say the most units a day, the pairs among therapy codes, and usual limits of coverage."""
    if edits.max_units is None:
        st.markdown("Medicare's table names no most units a day for this code.")
    else:
        firm = "no appeal" if edits.absolute else "more may be paid after a review of the record"
        st.markdown(f"Most units for one patient on one day: **{edits.max_units}** ({firm}).")
    for limit in load_guide().guidance:
        if code in {limit.code, *limit.beside}:
            st.markdown(safe(f"Guidance, not an edit: {limit.text}."))
    therapy = edits.pairs.filter(pl.col("other").is_in(list(load())))
    for modifier in (False, True):
        end = "unless 59 or an X modifier says they were separate" if modifier else "and no modifier overrides it"
        of_kind = therapy.filter(pl.col("modifier") == modifier)
        own = of_kind.filter(pl.col("denied") == code)["other"].to_list()
        others = of_kind.filter(pl.col("denied") != code)["other"].to_list()
        if own:
            st.markdown(safe(f"{code} is denied with {', '.join(own)}, {end}."))
        if others:
            st.markdown(safe(f"With {code}, these are denied, {end}: {', '.join(others)}."))
    if edits.pairs.is_empty():
        st.markdown("No NCCI pair of the table has this code.")
    else:
        with st.expander(f"All {count(edits.pairs.height, 'pair')}", icon=":material/table:"):
            tables.show(
                _pairs(edits.pairs),
                alt=f"NCCI pairs of {code}",
                file_name=f"revmix_{code}_pairs.csv",
                headings={"other": "With", "denied": "Denied", "opens": "59 or X"},
            )
    st.caption(safe(f"{edits.edition}."))


def _pairs(pairs: pl.DataFrame) -> pl.DataFrame:
    named = pl.Series("other", [code_with_label(code) for code in pairs["other"]], pl.String)
    opens = pl.when("modifier").then(pl.lit("lets both be paid")).otherwise(pl.lit("changes nothing"))
    return pairs.with_columns(named, opens.alias("opens")).drop("modifier")


def _own_use(code: str) -> None:
    """Say what the loaded lines hold of the code; nothing without lines."""
    export = session.export()
    if export is None or not export.rows_accepted:
        return
    priced = session.priced()
    selection = filters.sidebar(priced.lines)
    lines = cached(priced, "filtered", (selection,), lambda: selection.apply(priced.lines), most=2)
    filters.chips(selection)
    use = cached(lines, "use of code", (code,), lambda: payments.use_of(lines, [code]))
    st.header("In your own lines", anchor=False)
    if not use.units:
        st.markdown(safe(f"Your lines have no {code}."))
        return
    st.markdown(
        f"**{count(use.units, 'unit')}** of {code} on {count(use.visits, 'visit')}: "
        f"**{percent(use.share, places=1)}** of all units."
    )
    if use.denial_rate is None:
        st.markdown("No payer's answer to these lines is in the files, so there is no denial rate.")
        return
    denied = f"Payers denied **{use.denied_lines:,} of {count(use.decided_lines, 'answered line')}** "
    st.markdown(f"{denied}({percent(use.denial_rate, places=1)}).")
    if use.reasons:
        bullets(
            f"{count(lines_denied, 'line')}: {f'{carc}, ' if carc else ''}{payments.reason_text(carc)}"
            for carc, lines_denied in use.reasons
        )


def _denials(entry: GuideEntry) -> None:
    """List what lines of this code are denied for, then what any therapy line is denied for."""
    own = {denial.carc for denial in entry.denials}
    general = [denial for denial in load_guide().denials if denial.carc not in own]
    if entry.denials:
        st.markdown("\n".join(_denial(denial) for denial in entry.denials))
    with st.expander("What any therapy line is denied for", icon=":material/block:", expanded=not entry.denials):
        st.markdown("\n".join(_denial(denial) for denial in general))
        sources(source for denial in general for source in denial.sources)


def _denial(denial: CodeDenial) -> str:
    """Return a denial as a list item: why, the reason code and its words, the next step."""
    why = safe(f"{denial.why[0].upper()}{denial.why[1:]}")
    reason = safe(f"reason {denial.carc}, {carc_text(denial.carc)}")
    return f"- **{why}** ({reason}). Next: {safe(carcs()[denial.carc].todo)}."
