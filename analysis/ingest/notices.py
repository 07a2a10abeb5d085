"""What the user should know though no row was lost by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.export import Notice
from analysis.ingest.mapping import IDENTITIES
from analysis.ingest.settings import alias_index, plain_heading, source_fields

if TYPE_CHECKING:
    from datetime import date

    from analysis.ingest.rows import Rows

_SHOWN = 20


def notices_of(rows: Rows, accepted: pl.Series, today: date) -> tuple[Notice, ...]:
    """Every notice about an export, those about rows with the accepted rows they concern."""
    sentences = {
        "date_of_service__after_today": f"dated after today ({today}); they are priced with the schedule of that day",
        "amounts__fraction_of_a_cent": "with an amount in fractions of a cent, rounded half-up to the cent",
        "minutes__unreadable": "with minutes that are no number; the lines count, their minutes are left empty",
        "place_of_service__unreadable": "with a place of service that is no two-digit code; it is left empty",
    }
    marked = {name: rows.marked[name] for name in sentences if name in rows.marked}
    found = [_about(rows, accepted, name, sentences[name], hit) for name, hit in marked.items()]
    charge = rows.values.get("charge_cents")
    if charge is not None:
        zero = (charge == 0).fill_null(value=False)
        empty = charge.is_null()
        found.append(_about(rows, accepted, "charge_cents__zero", "with a charge of $0.00", zero))
        found.append(_about(rows, accepted, "charge_cents__missing", "without a charge", empty))
    twice = "the same as an earlier row, cell by cell; kept, as the file may be right"
    found.append(_about(rows, accepted, "row__duplicate", twice, _copies(rows.table.frame)))
    return (*_about_file(rows), *(notice for notice in found if notice is not None))


def _about(rows: Rows, accepted: pl.Series, name: str, sentence: str, hit: pl.Series) -> Notice | None:
    """A notice about the accepted rows among those hit; None where there are none."""
    places = accepted.filter(hit[accepted])
    if not places.len():
        return None
    first = tuple((places.head(_SHOWN) + rows.table.first_row).to_list())
    noun = "row" if places.len() == 1 else "rows"
    return Notice(name, f"{places.len():,} {noun} {sentence}", first, places.len())


def _copies(frame: pl.DataFrame) -> pl.Series:
    """Rows that repeat an earlier row cell by cell. A hash finds the suspects, the cells themselves decide."""
    digest = frame.hash_rows().alias("digest")
    suspects = digest.is_duplicated().arg_true()
    copies = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
    if not suspects.len():
        return copies
    later = ~frame[suspects].to_struct("row").is_first_distinct()
    return copies.scatter(suspects.filter(later), values=True)


def _about_file(rows: Rows) -> list[Notice]:
    """Notices about the file as a whole."""
    table, mapping = rows.table, rows.mapping
    found = []
    if rows.order.reason == "ambiguous":
        text = "no date tells whether day or month comes first; read as month/day/year: choose another order if need be"
        found.append(Notice("date_of_service__order_ambiguous", text))
    if rows.order.reason == "contradicted":
        order = "day/month/year" if rows.order.order == "dmy" else "month/day/year"
        found.append(
            Notice(
                "date_of_service__order_contradicted",
                f"some dates begin with the day and some with the month; read as {order}",
            )
        )
    if comma := [heading for heading, european in rows.european.items() if european]:
        found.append(
            Notice("amounts__decimal_comma", f"amounts of {', '.join(comma)} are written with a decimal comma")
        )
    if table.other_tables:
        names = ", ".join(f'"{name}"' for name in table.other_tables)
        found.append(
            Notice(
                "file__other_sheets", f'sheet "{table.sheet}" was read; {names} may hold charge lines too and were not'
            )
        )
    if not mapping.fields.intersection(IDENTITIES[:2]):
        text = "the export names visits but no patients: a patient's visits of one day count separately"
        found.append(Notice("patient__visits_only", text))
    used = {heading for heading, _ in mapping.columns}
    for heading in table.headings:
        claims = alias_index().get(plain_heading(heading), ())
        money = [name for name, _ in claims if source_fields()[name].kind == "money" and name not in mapping.fields]
        if heading not in used and money and table.frame[heading].str.strip_chars().fill_null("").ne("").any():
            text = f'the column "{heading}" was not read: its cells do not look like amounts'
            found.append(Notice(f"{money[0]}__not_read", text))
    return found
