"""Notices: what the user should know although it loses no row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.distinct import is_label_or_footer, tidy
from analysis.ingest.columns.content import looks_like
from analysis.ingest.columns.fill_down import once_a_group
from analysis.ingest.columns.masking import mask_cells
from analysis.ingest.columns.names_above import ROW_ABOVE
from analysis.ingest.columns.unused import are_modifiers, unused
from analysis.ingest.mapping import IDENTITIES
from analysis.ingest.rows.duplicates import copies
from analysis.ingest.rows.export import Notice
from analysis.ingest.rows.statuses import denied_but_paid
from analysis.ingest.settings import alias_index, known_headings, plain_heading, source_fields
from analysis.money import dollars

if TYPE_CHECKING:
    from datetime import date

    from analysis.ingest.rows.parse import Rows

_SHOWN = 20
_CHARACTERS = 30
_LOOKS = {"money": "amounts", "modifiers": "modifiers", "units": "whole units", "date": "dates"}
"""Kind of a field that must not be dropped silently -> what its cells should look like."""
_LOOKED_AT = 2_000
_GROUP_ROWS = {
    "clinic": r"(?i)^\s*(?:clinic|facility|location)\s*:\s*\S",
    "payer": r"(?i)^\s*(?:payer|payor|insurance|carrier)\s*:\s*\S",
    "provider": r"(?i)^\s*(?:provider|therapist|clinician)\s*:\s*\S",
}
"""Field -> pattern of a row that names it for the charges below."""
_NUMBERED = re.compile(r" \(\d+\)$")
"""The number `unique_headings` adds if two columns share a heading."""
_COLUMNS = 6
"""How many columns a sentence names."""
_MINUTES, _ROWS_OF_MINUTES, _MOSTLY = 10, 3, 0.8
_ROWS_ALIKE = 2
_KIND_OF_UNIT = "the kind of unit, not how many"
_PAYMENTS = ("allowed_cents", "paid_cents", "insurance_paid_cents", "patient_paid_cents", "adjustment_cents")
_NAMED = 2
"""How many rows a sentence names before "and 3 more"."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """The words for one row and for several: "2 rows" + `plural` + ": rows 3 and 4; " + `plural_consequence`."""

    singular: str
    plural: str
    singular_consequence: str = ""
    plural_consequence: str = ""


def _same_for_all(text: str) -> _Wording:
    return _Wording(text, text)


_WORDINGS = {
    "date_of_service__after_today": _Wording(
        "dated after today ({today})",
        "dated after today ({today})",
        "it is priced with the fee schedule of its date",
        "they are priced with the fee schedules of their dates",
    ),
    "amounts__fraction_of_a_cent": _same_for_all("with an amount in fractions of a cent, rounded half-up to the cent"),
    "minutes__unreadable": _Wording(
        "with minutes that are not a number",
        "with minutes that are not a number",
        "the line counts, but its minutes stay empty",
        "the lines count, but their minutes stay empty",
    ),
    "place_of_service__unreadable": _Wording(
        "with a place of service that is not a two-digit code",
        "with a place of service that is not a two-digit code",
        "it is left empty",
        "it is left empty",
    ),
    "patient_id__damaged": _Wording(
        "with a patient number that a spreadsheet rounded (such as 1.00E+11)",
        "with a patient number that a spreadsheet rounded (such as 1.00E+11)",
        "RevMix uses the patient's name instead; export the numbers as text",
        "RevMix uses the patients' names instead; export the numbers as text",
    ),
    "units__other_beside_the_code": _Wording(
        "whose code cell gives different units (such as 97110 x2) from the units column",
        "whose code cell gives different units (such as 97110 x2) from the units column",
        "the units column counts",
        "the units column counts",
    ),
    "modifiers__unknown": _Wording(
        "with a modifier that RevMix does not know",
        "with a modifier that RevMix does not know",
        "it is kept and changes no amount",
        "they are kept and change no amount",
    ),
    "patient_id__shared": _Wording(
        "with a patient number that is also used with other names",
        "with a patient number that is also used with other names",
        "RevMix uses number and name together to tell patients apart",
        "RevMix uses number and name together to tell patients apart",
    ),
    "units_paid__unreadable": _same_for_all("with units paid that are not a whole number; they are left empty"),
    "paid_on__unreadable": _same_for_all("with a payment date that is not a date; it is left empty"),
    "charge_cents__zero": _same_for_all("with a charge of $0.00"),
    "charge_cents__missing": _same_for_all("without a charge"),
    "unit_price__disagrees": _Wording(
        "whose charge does not equal the unit price times the units",
        "whose charge does not equal the unit price times the units",
        "the charge is used",
        "the charge is used",
    ),
    "status__denied_but_paid": _Wording(
        "marked as denied although an insurer paid",
        "marked as denied although an insurer paid",
        "it counts as paid",
        "they count as paid",
    ),
    "paid_cents__less_than_its_parts": _Wording(
        "whose total payment is less than insurer and patient payments together",
        "whose total payment is less than insurer and patient payments together",
        "the total is used; if its column holds only insurer payments, change its meaning",
        "the total is used; if its column holds only insurer payments, change its meaning",
    ),
    "row__duplicate": _Wording(
        "identical to an earlier row",
        "identical to earlier rows",
        "it is kept because it may be a second service",
        "they are kept because they may be second services",
    ),
}
"""Notices about rows, in the order shown."""


def notices_of(rows: Rows, accepted: pl.Series, today: date) -> tuple[Notice, ...]:
    """Return every notice about an export, those about rows with the accepted rows they concern."""
    hits = {
        **rows.flagged,
        **_about_amounts(rows),
        "status__denied_but_paid": denied_but_paid(rows),
        "row__duplicate": copies(rows.frame),
    }
    notices = [_about(rows, accepted, name, hits[name], today) for name in _WORDINGS if name in hits]
    return (*_about_file(rows, accepted), *(notice for notice in notices if notice is not None))


def _about_amounts(rows: Rows) -> dict[str, pl.Series]:
    """Return rows with noteworthy amounts, by name of the notice."""
    hits = {}
    charge, paid = rows.values.get("charge_cents"), rows.values.get("paid_cents")
    if charge is not None:
        hits["charge_cents__zero"] = (charge == 0).fill_null(value=False)
        hits["charge_cents__missing"] = charge.is_null()
    price = rows.values.get("unit_price")
    if charge is not None and price is not None and rows.has("charge_cents"):
        hits["unit_price__disagrees"] = (price * rows.values["units"].abs() != charge.abs()).fill_null(value=False)
    names = ("insurance_paid_cents", "patient_paid_cents")
    parts = {name: rows.values[name] for name in names if name in rows.values}
    if paid is not None and parts:
        together = pl.DataFrame(parts).select(pl.sum_horizontal(pl.all())).to_series()
        hits["paid_cents__less_than_its_parts"] = (paid < together).fill_null(value=False)
    return hits


def _about(rows: Rows, accepted: pl.Series, name: str, hit: pl.Series, today: date) -> Notice | None:
    """Return a notice about the accepted rows among those hit; None if there are none."""
    concerned = accepted.filter(hit[accepted])
    count, wording = concerned.len(), _WORDINGS[name]
    if not count:
        return None
    first = tuple(rows.table.source_rows(concerned.head(_SHOWN)).to_list())
    finding, consequence = (
        (wording.singular, wording.singular_consequence) if count == 1 else (wording.plural, wording.plural_consequence)
    )
    finding = finding.format(today=today)
    text = f"{count:,} {'row' if count == 1 else 'rows'} {finding}: {_row_list(first, count)}"
    return Notice(name, f"{text}; {consequence}" if consequence else text, first, count)


def _row_list(first: tuple[int, ...], count: int) -> str:
    """Name rows: "row 12", "rows 12 and 19", "rows 12, 19 and 30", "rows 12, 19 and 3 more"."""
    if count == 1:
        return f"row {first[0]}"
    if count <= _NAMED + 1:
        listed, last = first[: count - 1], str(first[count - 1])
    else:
        listed, last = first[:_NAMED], f"{count - _NAMED:,} more"
    return f"rows {', '.join(map(str, listed))} and {last}"


def _about_file(rows: Rows, accepted: pl.Series) -> list[Notice]:
    """Return notices about the file as a whole."""
    table, mapping = rows.table, rows.mapping
    notices = [Notice("file__remark", remark) for remark in table.remarks]
    if mapping.one_row_one_unit and not rows.has("units"):
        notices.append(Notice("units__one_a_row", "no units column: every row counts as one unit"))
    if rows.order.reason == "ambiguous":
        text = (
            "no date shows if day or month comes first; read as month/day/year; choose another order if that is wrong"
        )
        notices.append(Notice("date_of_service__order_ambiguous", text))
    if rows.order.reason == "contradicted":
        order = "day/month/year" if rows.order.order == "dmy" else "month/day/year"
        notices.append(
            Notice(
                "date_of_service__order_contradicted",
                f"some dates start with the day and some with the month; read as {order}",
            )
        )
    doubtful = rows.values["doubtful"].drop_nulls()
    if doubtful.len():
        words = ", ".join(f'"{word}"' for word in doubtful.unique(maintain_order=True).head(_SHOWN))
        text = (
            f"{doubtful.len():,} {'row has' if doubtful.len() == 1 else 'rows have'} {words} next to the code, read as "
            "a word, not a modifier; if it is a modifier, write it with a hyphen (97110-GT) or in a modifier column"
        )
        notices.append(Notice("code__word_or_modifier", text, count=doubtful.len()))
    if decimal_comma := [heading for heading, european in rows.european.items() if european]:
        notices.append(Notice("amounts__decimal_comma", f"amounts in {', '.join(decimal_comma)} use a decimal comma"))
    if rows.negated:
        names = ", ".join(f'"{name}"' for name in rows.negated)
        text = f"all amounts in {names} are negative, as bookkeepers write them; RevMix reads them as positive"
        notices.append(Notice("amounts__turned", text))
    if table.other_tables:
        names = ", ".join(f'"{name}"' for name, _ in table.other_tables)
        rows_left = sum(count for _, count in table.other_tables)
        sheets = "1 sheet" if len(table.other_tables) == 1 else f"{len(table.other_tables)} sheets"
        text = (
            f"{rows_left:,} {'row' if rows_left == 1 else 'rows'} of {sheets} ({names}) "
            f"{'is' if rows_left == 1 else 'are'} not included, because the columns differ from those "
            f'of "{table.sheet}", which was read; give the sheets the same headings, or save them as separate files'
        )
        notices.append(Notice("file__other_sheets", text, count=rows_left))
    if not mapping.fields.intersection(IDENTITIES[:2]):
        text = "the export names visits but no patients, so a patient's visits on one day count separately"
        notices.append(Notice("patient__visits_only", text))
    if shared_headings := _shared_headings(rows):
        names = ", ".join(f'"{name}"' for name in shared_headings)
        text = (
            f"several columns have the same heading ({names}): the first keeps it, and each of the others gets "
            'a number, such as "Paid (2)"; choose their meanings by these names'
        )
        notices.append(Notice("columns__headed_alike", text, count=len(shared_headings)))
    return [*notices, *_about_money(rows, accepted), *_about_units(rows), *_about_groups(rows), *_not_read(rows)]


def _shared_headings(rows: Rows) -> list[str]:
    """Return headings shared by several columns of which at least one is read."""
    if rows.table.columns:
        return []
    mapped = {heading for heading, _ in rows.mapping.columns}
    read_by_heading: dict[str, bool] = {}
    for heading in rows.table.headings:
        base = _NUMBERED.sub("", heading)
        if base != heading and base in rows.table.headings:
            read_by_heading[base] = read_by_heading.get(base, False) or bool(mapped & {base, heading})
    return [base for base, is_read in read_by_heading.items() if is_read]


def _about_money(rows: Rows, accepted: pl.Series) -> list[Notice]:
    """Return notices about money columns: added, computed, not read, below zero."""
    table, mapping = rows.table, rows.mapping
    if table.columns:
        return []
    notices: list[Notice] = []
    for name, field in source_fields().items():
        headings = mapping.headings(name)
        if field.kind == "money" and len(headings) > 1:
            listed = " and ".join(f'"{heading}"' for heading in headings)
            notices.append(Notice(f"{name}__added", f"{listed} were added up as {field.label}"))
    if "charge_cents" not in mapping.fields and "unit_price" in mapping.fields:
        text = "no charge column: each charge is the unit price times the units"
        notices.append(Notice("charge_cents__computed", text))
    unread = [name for name in unused(table, mapping).get("money", []) if plain_heading(name) not in known_headings()]
    if unread:
        listed = ", ".join(f'"{heading}"' for heading in unread[:_COLUMNS])
        remainder = f" and {len(unread) - _COLUMNS} more" if len(unread) > _COLUMNS else ""
        text = (
            f"amounts that were not read: {listed}{remainder}; if they are charges or payments, choose their meaning "
            "below"
        )
        notices.append(Notice("money__not_read", text))
    if notice := _allowed_as_paid(rows):
        notices.append(notice)
    for name in _PAYMENTS:
        amounts = rows.values[name][accepted] if name in rows.values else pl.Series(dtype=pl.Int64)
        below = accepted.filter((amounts < 0).fill_null(value=False)) if amounts.len() else accepted.clear()
        if below.len():
            cents = int(rows.values[name][below].sum())
            label = source_fields()[name].label
            first = tuple(table.source_rows(below.head(_SHOWN)).to_list())
            count = below.len()
            text = f"{label}: {dollars(cents)} below zero in {_row_list(first, count)}, counted as money taken back"
            notices.append(Notice(f"{name}__below_zero", text, first, count))
    return notices


def _allowed_as_paid(rows: Rows) -> Notice | None:
    """Return a notice if the allowed amount equals insurers' payments in every row: coinsurance should differ."""
    paid = rows.values.get("insurance_paid_cents", rows.values.get("paid_cents"))
    if "allowed_cents" not in rows.values or paid is None:
        return None
    amounts = (
        pl.DataFrame({"allowed": rows.values["allowed_cents"], "paid": paid}).filter(pl.col("paid") > 0).drop_nulls()
    )
    if amounts.height < _ROWS_ALIKE or not bool((amounts["allowed"] == amounts["paid"]).all()):
        return None
    heading = rows.heading("allowed_cents")
    text = (
        f'the allowed amount in "{heading}" equals the payment in all {amounts.height:,} paid rows; if it is the '
        "payment, choose another meaning for it"
    )
    return Notice("allowed_cents__as_paid", text, count=amounts.height)


def _about_units(rows: Rows) -> list[Notice]:
    """Return a notice if the units look like minutes, or the file says they are."""
    table = rows.table
    units = rows.values["units"].drop_nulls()
    like_minutes = units.filter((units >= _MINUTES) & (units % 5 == 0))
    look_like_minutes = units.len() >= _ROWS_OF_MINUTES and like_minutes.len() >= _MOSTLY * units.len()
    minute_headings = [
        heading
        for heading in table.headings
        if (known_heading := known_headings().get(plain_heading(heading))) is not None
        and known_heading.meaning == _KIND_OF_UNIT
        and table.frame[heading].str.strip_chars().str.to_uppercase().is_in(["MJ", "MIN", "MINUTES"]).any()
    ]
    if not (look_like_minutes or minute_headings) or table.columns:
        return []
    why = (
        f'the column "{minute_headings[0]}" says so'
        if minute_headings
        else "nearly all are 10 or more and multiples of 5"
    )
    text = f"the units look like minutes ({why}); if they are, choose minutes as the meaning of the column"
    return [Notice("units__look_like_minutes", text)]


def _about_groups(rows: Rows) -> list[Notice]:
    """Return notices about values given once per group, on its first row or above it."""
    table, mapping = rows.table, rows.mapping
    notices: list[Notice] = []
    for field, pattern in _GROUP_ROWS.items():
        if field in mapping.fields or table.columns:
            continue
        hits = table.frame.select(pl.any_horizontal(pl.all().str.contains(pattern))).to_series().fill_null(value=False)
        if hits.any():
            label = source_fields()[field].label
            row = table.source_rows(hits.arg_true().head(1))[0]
            text = (
                f"the {label} is only on separate rows, such as row {row}, not in a column: these lines have no {label}"
            )
            notices.append(Notice(f"{field}__row_above", text))
    if ROW_ABOVE in table.headings:
        names_above = table.frame[ROW_ABOVE].drop_nulls()
        text = (
            f"patients' names are on separate rows above the charges: {names_above.len():,} charges got the name above "
            f"them ({names_above.n_unique():,} names in all); if these are not names, choose another patient column"
        )
        notices.append(Notice("patient__row_above", text, count=names_above.len()))
    for field, count in once_a_group(table, mapping).items():
        label = source_fields()[field].label
        text = (
            f"{count:,} {'row' if count == 1 else 'rows'} with a code {'has' if count == 1 else 'have'} no {label}, "
            "but a row above has one; if the file gives it only once per group, "
            f'fill down the column (a checkbox below the columns; fill_down = ["{field}"] in a mapping file)'
        )
        notices.append(Notice(f"{field}__once_a_group", text, count=count))
    if mapping.fill_down and not table.columns:
        names = " and ".join(source_fields()[field].label for field in mapping.fill_down)
        notices.append(Notice("file__filled_down", f"blank cells in {names} are filled from above, as you chose"))
    return notices


def _not_read(rows: Rows) -> list[Notice]:
    """Return columns whose headings say money, modifiers, units or a date but whose cells say something else."""
    table, mapping = rows.table, rows.mapping
    notices: list[Notice] = []
    mapped = {heading for heading, _ in mapping.columns}
    for heading in table.headings:
        if heading not in mapped and not table.columns and _holds_modifiers(table.frame[heading], heading):
            text = (
                f'the column "{heading}" holds modifiers but was not read; choose modifiers as its meaning, '
                "or prices will be too high"
            )
            notices.append(Notice("modifiers__not_read", text))
            continue
        candidates = alias_index().get(plain_heading(heading), ())
        unmapped = [
            name for name, _ in candidates if source_fields()[name].kind in _LOOKS and name not in mapping.fields
        ]
        if heading in mapped or not unmapped or table.columns:
            continue
        kind = source_fields()[unmapped[0]].kind
        cells = tidy(table.frame[heading], blank_words=True).drop_nulls().unique(maintain_order=True)
        cells = cells.filter(~is_label_or_footer(cells, heading))
        unlike = cells.filter(~looks_like(cells, kind)).head(_NAMED) if cells.len() else cells
        if unlike.len():
            examples = " and ".join(f'"{cell[:_CHARACTERS]}"' for cell in mask_cells(unlike, kind))
            text = f'the column "{heading}" was not read: its cells do not look like {_LOOKS[kind]} ({examples})'
            notices.append(Notice(f"{unmapped[0]}__not_read", text))
    return notices


def _holds_modifiers(cells: pl.Series, heading: str) -> bool:
    """Tell whether a column under an unknown heading holds modifiers."""
    plain = plain_heading(heading)
    if plain in known_headings() or plain in alias_index():
        return False
    return are_modifiers(tidy(cells.head(_LOOKED_AT), blank_words=True).drop_nulls())
