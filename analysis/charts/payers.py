"""Charts of what payers pay: the same visits by each payer's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.charts import colors
from analysis.charts.chart import Chart, empty
from analysis.charts.layout import BAR, dollar_axis, on_axis, rows, safe
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.payers.ranking import Ranking

_MOST = 15


def payers_per_visit(ranking: Ranking) -> Chart:
    """Return a bar for each payer with known terms: what it would allow for one of the clinic's visits."""
    question = "What does each payer pay for the same visits?"
    known = ranking.per_visit.filter(ranking.per_visit["payer_visit_cents"].is_not_null())
    if known.is_empty():
        return empty(question, "No payer has known terms yet. Enter a contract, or load more answered visits.")
    largest = known.head(_MOST)
    names, cents = largest["payer"].to_list(), largest["payer_visit_cents"].to_list()
    shares = ["" if share is None else f", {share:.0%} of Medicare" for share in largest["share_of_medicare_amount"]]
    hover = [
        f"{name}: {dollars(amount)} a visit{share}; {visits:,} visits"
        for name, amount, share, visits in zip(names, cents, shares, largest["visits_priced"], strict=True)
    ]
    values = [f"{dollars(amount)}" for amount in cents]
    drawing = rows(names, values, dollar_axis("dollars a visit"))
    drawing.add_bar(
        x=[on_axis(amount) for amount in cents],
        y=list(range(len(names))),
        **BAR,
        marker={"color": colors.ACCENT},
        customdata=[safe(text) for text in hover],
        hovertemplate="%{customdata}<extra></extra>",
    )
    if len(names) == 1:
        title = f"{names[0]} pays {dollars(cents[0])} a visit."
    else:
        title = f"{names[0]} pays {dollars(cents[0])} a visit, {names[-1]} {dollars(cents[-1])}."
    unknown = ranking.per_visit.filter(ranking.per_visit["payer_visit_cents"].is_null())["payer"].to_list()
    notes = [f"Unknown terms: {', '.join(unknown)}."] if unknown else []
    if known.height > largest.height:
        notes.append(f"{known.height - largest.height} more in the table only.")
    alt = f"Bar chart of dollars a visit. {'; '.join(hover)}."
    return Chart(title, question, drawing, ranking.per_visit, alt, notes=tuple(notes))
