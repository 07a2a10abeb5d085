"""Findings: how much is at stake, by rule with its source and its lines, by therapist and month, checked ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import audit
from analysis.lines.filters import NAMES
from pages._ui.kit import shell, tables
from pages._ui.kit.text import count, exact, money, safe

if TYPE_CHECKING:
    from pages._ui.kit.view import View

CHECKED = "audit_checked"
"""Key of the findings marked as checked, each with its note."""
BY = ("provider", "payer", "clinic", "month")
FIRST_COLUMNS = ("message", "date_of_service", "code", "at_risk_cents", "missed_cents", "payer", "provider")


def _key(row: dict[str, object]) -> tuple[object, ...]:
    """Name a finding by its rule and lines: its number changes with the others."""
    line_ids = row["line_ids"]
    return (row["rule"], *(line_ids if isinstance(line_ids, list) else ()))


def _notes() -> dict[tuple[object, ...], str]:
    notes: dict[tuple[object, ...], str] = st.session_state.setdefault(CHECKED, {})
    return notes


def _is_checked(findings: pl.DataFrame) -> pl.Series:
    notes = _notes()
    rows = findings.select("rule", "line_ids").iter_rows(named=True)
    return pl.Series([_key(row) in notes for row in rows], dtype=pl.Boolean)


def open_findings(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the findings that nobody has marked as checked."""
    return findings.filter(~_is_checked(findings)) if _notes() else findings


def tiles(shown: pl.DataFrame, inside: pl.DataFrame) -> None:
    """Show dollars both ways, and how many findings of each severity."""
    with st.container(horizontal=True, key="tiles"):
        st.metric(
            "At risk",
            money(audit.in_all(shown, "at_risk_cents")).replace("\\", ""),
            help="Allowed dollars that a payer may take back. Each line counts once, however many findings it is in.",
            border=True,
        )
        st.metric(
            "Not billed",
            money(audit.in_all(shown, "missed_cents")).replace("\\", ""),
            help="Units the minutes carry but the claim does not have, at Medicare's reduced amount. Medicare only.",
            border=True,
        )
        for severity, words in audit.SEVERITY_WORDS.items():
            st.metric(words, f"{shown.filter(pl.col('severity') == severity).height:,}", border=True)
        if done := inside.height - shown.height:
            st.metric("Checked", f"{done:,}", border=True)


def by_rule(view: View, shown: pl.DataFrame) -> None:
    """Show rules that found something; a chosen one with its source, what to do, and its findings."""
    st.header("Findings by rule", anchor=False)
    if shown.is_empty():
        st.success("No open finding.", icon=":material/check:")
        return
    summary = audit.by_rule(shown)
    words = summary.with_columns(pl.col("severity").replace_strict(audit.SEVERITY_WORDS))
    chosen = tables.show(
        words.drop("rule"),
        alt="Findings by rule",
        file_name="revmix_findings_by_rule.csv",
        choose="audit_rule",
        total="Choose a row to see its findings.",
    )
    rule = audit.rules()[summary["rule"][chosen or 0]]
    st.subheader(safe(rule.title), anchor=False)
    st.markdown(f"**What to do.** {safe(rule.todo)}")
    st.caption(safe(f"Rests on: {rule.source}."))
    of_rule = shown.filter(pl.col("rule") == rule.name)
    position = tables.show(
        of_rule.select(FIRST_COLUMNS),
        alt=f"Findings: {rule.title}",
        file_name=f"revmix_{rule.name}.csv",
        headings={"message": "What was found"},
        choose=f"audit_finding_{rule.name}",
        total=f"**{count(of_rule.height, 'finding')}**. Choose a row to see its lines.",
    )
    if position is not None:
        _finding(view, of_rule.row(position, named=True))


def _finding(view: View, row: dict[str, object]) -> None:
    """Show one finding: its visits line by line, and a place to mark it as checked."""
    line_ids = row["line_ids"] if isinstance(row["line_ids"], list) else []
    lines = audit.lines_of(view.priced.lines, line_ids)
    with st.container(border=True, key="audit_lines"):
        st.markdown(f"**{safe(row['message'])}**")
        tables.show(
            view.export.with_numbers(lines)
            .drop("line_id")
            .with_columns(about=pl.when("about").then(pl.lit("yes")).otherwise(pl.lit(""))),
            hide=("source_file",) if lines["source_file"].n_unique() == 1 else (),
            alt="All lines of these visits",
            file_name="revmix_finding.csv",
            headings={"about": "In this finding"},
        )
        with st.form("audit_check", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            note = st.text_input("Note", placeholder="What you found in the chart", max_chars=300)
            if st.form_submit_button("Mark as checked", icon=":material/check:"):
                _notes()[_key(row)] = note
                st.rerun()


def over_time(shown: pl.DataFrame) -> None:
    """Show open findings by therapist, payer, clinic or month."""
    if shown.is_empty():
        return
    st.header("Who and when", anchor=False)
    names = {**NAMES, "month": "Month"}
    by = st.segmented_control(
        "By", BY, format_func=names.__getitem__, default="provider", required=True, key="audit_by",
        persist_state="session",
    )  # fmt: skip
    frame = audit.by(shown, by or "provider")
    tables.show(
        frame,
        alt=f"Findings by {names[by or 'provider'].lower()}",
        file_name="revmix_findings_by.csv",
        headings={"key": names[by or "provider"]},
        total=f"**{count(shown.height, 'finding')}** · {exact(audit.in_all(shown, 'at_risk_cents'))} at risk",
    )


def checked(inside: pl.DataFrame) -> None:
    """Show findings marked as checked, with their notes; one button opens them again."""
    done = inside.filter(_is_checked(inside))
    if done.is_empty():
        return
    st.header("Checked", anchor=False)
    notes = [_notes()[_key(row)] for row in done.select("rule", "line_ids").iter_rows(named=True)]
    tables.show(
        done.select("message", "date_of_service", "code").with_columns(note=pl.Series(notes, dtype=pl.String)),
        alt="Findings marked as checked",
        file_name="revmix_checked.csv",
        headings={"note": "Note", "message": "What was found"},
        total=f"**{count(done.height, 'finding')}** checked in this session",
    )
    if st.button("Open all again", icon=":material/undo:", key="audit_reopen"):
        _notes().clear()
        st.rerun()


def not_run(result: audit.Audit) -> None:
    """List the rules that could not run, and what they need."""
    if not result.not_run:
        return
    st.header("Not checked", anchor=False)
    for one in result.not_run:
        needs = " and ".join(NAMES.get(name, name.replace("_", " ")).lower() for name in one.lacks)
        st.markdown(f"- {safe(one.rule.title)}: these files have no {safe(needs)}.")
    shell.correct_button("compliance")
