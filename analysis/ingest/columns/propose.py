"""Propose a mapping from headings and cells.

A heading decides only if it is known and its cells look like what it says. A similar heading, or cells that look like
something under an unknown heading, are suggestions for the user to confirm. Money is never suggested by similarity:
"Patient Paid" is not what insurers paid, and "Unit Price" is neither units nor the charge.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.ingest.cells.distinct import is_furniture, tidy
from analysis.ingest.cells.row_types import are_types
from analysis.ingest.columns.content import agreement, looks_like
from analysis.ingest.columns.masking import TEXTS, masked, shown
from analysis.ingest.columns.missing import missing_columns
from analysis.ingest.columns.money_columns import add_parts, tell_price_from_charge
from analysis.ingest.columns.names_above import ROW_ABOVE, names_above
from analysis.ingest.columns.summed_reports import SummaryOnly, read_summary
from analysis.ingest.mapping import IDENTITIES, Mapping, fingerprint
from analysis.ingest.read.headings import is_nameless
from analysis.ingest.settings import SourceField, alias_index, known_headings, plain_heading, source_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.ingest.read.raw_table import RawTable

_REPEATED = 0.05
"""Share of rows that repeat an earlier patient, date and code: from here on, a row without units is one unit."""
_SAMPLE_ROWS = 2_000
_BELIEVED = 0.5
"""Share of filled cells that must look like the field: below it, the column means something else or is broken."""
_BELIEVED_IF_REQUIRED = 0.1
"""The same for required fields and for modifiers, which change the price: report their faults row by row instead of
refusing the file or losing the column."""
_SURE = 0.9
"""Share of cells from which an unknown heading gets a suggestion."""
_SIMILAR = 0.84
_NEAR = 0.75
"""Share of a remembered mapping's columns a table needs for the mapping to be used with different columns."""
_LAST = 1_000
"""Rank of a heading supported only by its cells."""
_SHOWN = 3
EXPECTED = {
    "date_of_service": "a date such as 1/31/2026",
    "code": "a procedure code such as 97110",
    "units": "a whole number of units",
}
"""What a cell of a required field should be."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The first cell, by row and text, that does not look like the field its heading means."""

    field: str
    row: int
    found: str


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """What one column of the export is read as.

    Attributes
    ----------
    heading:
        As in the file.
    field:
        The field it is mapped to, or None: it is not read.
    why:
        The reason, in the user's words.
    confidence:
        Share of filled cells that look like the field (1.0 for fields without a pattern); 0.0 if not mapped.
    samples:
        Up to three cells; for columns private to the patient only the first character.
    suggested:
        A field the column might mean, for the user to confirm; never mapped by itself.
    doubt:
        For a known heading whose cells don't look like it: the field, and row and text of the first such cell.
    """

    heading: str
    field: str | None
    why: str
    confidence: float
    samples: tuple[str, ...]
    suggested: str | None = None
    doubt: Doubt | None = None

    @property
    def doubted(self) -> bool:
        """Tell whether the heading is known but its cells don't look like it."""
        return self.doubt is not None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed mapping by column, and the required fields it lacks (`Mapping.missing`).

    `remark` says which remembered mapping was used and whether it was made for different columns.
    """

    mapping: Mapping
    columns: tuple[ColumnProposal, ...]
    missing: tuple[str, ...]
    remark: str = ""

    def told(self, table: RawTable) -> RawTable:
        """Add the remark about the mapping to the table's own."""
        return replace(table, remarks=(*table.remarks, self.remark)) if self.remark else table

    def refusal(self, table: RawTable) -> BadInput:
        """Return the error for a table that lacks a required field; `SummaryOnly` for totals by code."""
        if (summary := read_summary(table, self.mapping)) is not None:
            return SummaryOnly(summary)
        doubts = [(column.heading, column.doubt) for column in self.columns if column.doubt]
        for heading, doubt in doubts:
            if doubt.field in self.missing:
                label = source_fields()[doubt.field].label
                return BadInput(
                    f'"{doubt.found}", where most cells are not {EXPECTED[doubt.field]}',
                    expected=EXPECTED[doubt.field],
                    todo=f"correct the column, or choose another one for {label} on the Data page or in a mapping file",
                    file=table.name,
                    row=doubt.row,
                    column=heading,
                )
        hints = tuple(f'"{column.heading}" {column.why}' for column in self.columns if column.suggested)
        return missing_columns(self.missing, table, hints)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A field a heading names, its rank in the field, and the share of cells that agree (None: no cells)."""

    heading: str
    field: SourceField
    rank: int
    share: float | None

    @property
    def believed(self) -> bool:
        """Tell whether the cells agree with the heading; an empty column counts only if it is required."""
        if self.share is None:
            return self.field.required
        told_by_row = self.field.required or self.field.kind == "modifiers"
        return self.share >= (_BELIEVED_IF_REQUIRED if told_by_row else _BELIEVED)


def propose(table: RawTable, *, saved: Iterable[Mapping] = ()) -> Proposal:
    """Return a table's mapping: a saved one for the same headings, else what headings and cells say."""
    sample = {heading: _sample(table.frame[heading], heading) for heading in table.headings}
    digest = fingerprint(table.headings)
    if table.columns:
        mapping = Mapping(table.columns, fingerprint=digest)
        columns = tuple(_saved_column(heading, field, "by the standard", sample) for heading, field in table.columns)
        return Proposal(mapping, columns, mapping.missing())
    for mapping in saved:
        if mapping.fingerprint == digest and all(
            heading in sample or heading == ROW_ABOVE for heading, _ in mapping.columns
        ):
            why = f'saved mapping "{mapping.name}"' if mapping.name else "saved mapping"
            columns = tuple(_saved_column(heading, mapping.field_of(heading), why, sample) for heading in sample)
            used = (
                f'read with the remembered mapping "{mapping.name}"'
                if mapping.name
                else "read with a remembered mapping"
            )
            return Proposal(mapping, columns, mapping.missing(), used)
    claims = [claim for heading in sample for claim in _claims(heading, sample[heading])]
    claims += [
        _Claim(heading, source_fields()["row_type"], _LAST, 1.0)
        for heading, cells in sample.items()
        if not alias_index().get(plain_heading(heading))
        and are_types(cells, among_unknown=True)
        and not _is_code(cells)
    ]
    near = _nearest(table.headings, saved)
    chosen = _choose(claims)
    if near is not None:
        _follow(near, chosen, table.headings)
    for field in source_fields().values():
        if field.several and field.kind == "money":
            believed = (claim.heading for claim in claims if claim.field is field and claim.believed and claim.share)
            add_parts(chosen, [heading for heading in believed if chosen.get(heading, field) is field], field, table)
    tell_price_from_charge(chosen, table, sample)
    _adopt_nameless_modifiers(chosen, table.headings, sample)
    pairs = tuple((heading, chosen[heading].name) for heading in table.headings if heading in chosen)
    mapping = Mapping(pairs, fingerprint=digest)
    if near is not None:
        options = {name: getattr(near, name) for name in ("date_order", "one_row_one_unit", "duplicates", "fill_down")}
        mapping = replace(mapping, **options, name=near.name)
    if mapping.missing() == ("units",) and _repeats(table, mapping):
        mapping = replace(mapping, one_row_one_unit=True)
    columns = tuple(_column(heading, chosen, claims, table, sample[heading]) for heading in table.headings)
    if mapping.missing() == ("patient_id",) and (names := names_above(table, mapping)) is not None:
        mapping = mapping.with_column(ROW_ABOVE, "patient_name")
        shown = samples(names.drop_nulls(), private=True)
        why = "patients' names are on separate rows; each charge belongs to the name above it"
        columns = (*columns, ColumnProposal(ROW_ABOVE, "patient_name", why, 1.0, shown))
    return Proposal(mapping, columns, mapping.missing(), _differs(near, table.headings) if near is not None else "")


def _is_code(cells: pl.Series) -> bool:
    """Tell whether a column holds procedure codes."""
    return (agreement(cells, "code") or 0) >= _BELIEVED


def _nearest(headings: Sequence[str], saved: Iterable[Mapping]) -> Mapping | None:
    """Find the remembered mapping that shares most columns with a table whose columns changed since."""
    own = set(map(plain_heading, headings))

    def share(mapping: Mapping) -> float:
        return sum(plain_heading(heading) in own for heading, _ in mapping.columns) / max(len(mapping.columns), 1)

    near = [mapping for mapping in saved if share(mapping) >= _NEAR]
    return max(near, key=share, default=None)


def _follow(near: Mapping, chosen: dict[str, SourceField], headings: Sequence[str]) -> None:
    """Give columns the meaning they have in a remembered mapping; other columns lose those fields."""
    fields = source_fields()
    remembered = {plain_heading(heading): field for heading, field in near.columns}
    own = {heading: remembered[plain] for heading in headings if (plain := plain_heading(heading)) in remembered}
    taken = {field for field in own.values() if not fields[field].several}
    for heading in [name for name, field in chosen.items() if field.name in taken or plain_heading(name) in remembered]:
        del chosen[heading]
    chosen.update({heading: fields[field] for heading, field in own.items()})


def _differs(near: Mapping, headings: Sequence[str]) -> str:
    """Describe how the columns differ from those of a remembered mapping."""
    own = set(map(plain_heading, headings))
    gone = [heading for heading, _ in near.columns if plain_heading(heading) not in own]
    name = f'"{near.name}"' if near.name else "that you saved"
    lost = (
        f'; it has no column "{gone[0]}"'
        if len(gone) == 1
        else f"; {len(gone)} of its columns are missing"
        if gone
        else ""
    )
    return f"read with the remembered mapping {name}, but this file's columns differ{lost}: check them below"


def _repeats(table: RawTable, mapping: Mapping) -> bool:
    """Tell whether the same patient, date and code repeat often, as when every row is one unit."""
    who = next(name for name in IDENTITIES if name in mapping.fields)
    named = [heading for name in (who, "date_of_service", "code") for heading in mapping.headings(name)]
    filled = table.frame.select(named).drop_nulls()
    return filled.height > 0 and 1 - filled.n_unique() / filled.height >= _REPEATED


def _sample(cells: pl.Series, heading: str) -> pl.Series:
    """Return filled cells from a column's beginning and end, without repeated headings and page footers."""
    ends = cells if cells.len() <= 2 * _SAMPLE_ROWS else pl.concat([cells.head(_SAMPLE_ROWS), cells.tail(_SAMPLE_ROWS)])
    filled = tidy(ends, blank_words=True).drop_nulls()
    said = filled.filter(~is_furniture(filled, heading))
    return said if said.len() else filled


def _claims(heading: str, cells: pl.Series) -> list[_Claim]:
    """Return the fields a heading names."""
    fields = source_fields()
    return [
        _Claim(heading, fields[name], rank, agreement(cells, fields[name].kind))
        for name, rank in alias_index().get(plain_heading(heading), ())
    ]


def _choose(claims: Sequence[_Claim]) -> dict[str, SourceField]:
    """Choose for each field the best heading whose cells agree, plus the headings added to it."""
    chosen: dict[str, SourceField] = {}
    for field in source_fields().values():
        open_claims = [
            claim for claim in claims if claim.field is field and claim.believed and claim.heading not in chosen
        ]
        if not open_claims:
            continue
        best = min(open_claims, key=lambda claim: ((claim.share or 0) < _BELIEVED, claim.rank))
        chosen[best.heading] = field
        if plain_heading(best.heading) in field.sums:
            chosen.update({claim.heading: field for claim in open_claims if plain_heading(claim.heading) in field.sums})
    return chosen


def _adopt_nameless_modifiers(
    chosen: dict[str, SourceField], headings: Sequence[str], sample: dict[str, pl.Series]
) -> None:
    """Claim unnamed modifier columns to the right of a heading that was merged over several columns."""
    modifiers = source_fields()["modifiers"]
    for left, heading in pairwise(headings):
        if (
            chosen.get(left) is modifiers
            and is_nameless(heading)
            and (agreement(sample[heading], "modifiers") or 0) > _SURE
        ):
            chosen[heading] = modifiers


def _column(
    heading: str, chosen: dict[str, SourceField], claims: Sequence[_Claim], table: RawTable, cells: pl.Series
) -> ColumnProposal:
    """Propose the meaning of one column."""
    mine = [claim for claim in claims if claim.heading == heading]
    known = known_headings().get(plain_heading(heading))
    if (field := chosen.get(heading)) is not None:
        share = next((claim.share for claim in mine if claim.field is field), 1.0)
        why = f"the heading means {field.label}" + (
            "" if field.kind == "any" else f"; {share or 0:.0%} of its cells fit"
        )
        return ColumnProposal(heading, field.name, why, share or 0.0, samples(cells, field, private=field.private))
    private = (known is not None and known.private) or any(claim.field.private for claim in mine)
    few = samples(cells, private=private)
    if mine:
        doubted = next((claim.field for claim in mine if not claim.believed and claim.share is not None), None)
        doubt = _first_doubt(table, heading, doubted) if doubted and not private else None
        return ColumnProposal(heading, None, _declined(mine, chosen), 0.0, few, doubt=doubt)
    if known is not None:
        return ColumnProposal(heading, None, f"{known.what}", 0.0, few)
    suggested = _suggest(heading, cells, {field.name for field in chosen.values()})
    why = f"might be {source_fields()[suggested].label}: please confirm" if suggested else "not a heading RevMix knows"
    return ColumnProposal(heading, None, why, 0.0, few, suggested)


def _first_doubt(table: RawTable, heading: str, field: SourceField) -> Doubt | None:
    """Return the first cell of a column that does not look like a field."""
    cells = tidy(table.frame[heading].head(_SAMPLE_ROWS), blank_words=True)
    distinct = cells.drop_nulls().unique()
    strange = distinct.filter(~looks_like(distinct, field.kind))
    places = cells.is_in(strange.implode()).fill_null(value=False).arg_true()
    if not places.len():
        return None
    [found] = shown(cells[places.head(1)], field.kind)
    return Doubt(field.name, table.first_row + int(places[0]), found[:60])


def _declined(mine: Sequence[_Claim], chosen: dict[str, SourceField]) -> str:
    """Say why a known heading was not used."""
    doubted = next((claim for claim in mine if not claim.believed), None)
    if doubted is None:
        taken = next(heading for claim in mine for heading, field in chosen.items() if field is claim.field)
        return f'"{taken}" is already used for {mine[0].field.label}'
    if doubted.share is None:
        return "the column is empty"
    return f"the heading means {doubted.field.label}, but only {doubted.share:.0%} of its cells fit"


def _suggest(heading: str, cells: pl.Series, taken: set[str]) -> str | None:
    """Suggest a field for an unknown heading: from a similar known heading, else from unmistakable cells."""
    fields = source_fields()
    for alias in difflib.get_close_matches(plain_heading(heading), alias_index(), n=3, cutoff=_SIMILAR):
        for name, _ in alias_index()[alias]:
            if (
                name not in taken
                and fields[name].kind != "money"
                and (agreement(cells, fields[name].kind) or 0) >= _BELIEVED
            ):
                return name
    for name in ("code", "date_of_service"):
        if name not in taken and (agreement(cells, fields[name].kind) or 0) >= _SURE:
            return name
    return None


def samples(cells: pl.Series, field: SourceField | None = None, *, private: bool) -> tuple[str, ...]:
    """Pick a few different cells to show; only the first character of private or unexpected ones."""
    few = cells.unique(maintain_order=True).head(_SHOWN)
    if field is not None and not private and field.kind not in TEXTS:
        few = shown(few, field.kind)
    return tuple(masked(cell) if private else cell[:60] for cell in few)


def _saved_column(heading: str, field: str | None, why: str, sample: dict[str, pl.Series]) -> ColumnProposal:
    """Propose one column under a saved mapping."""
    cells, known = sample[heading], known_headings().get(plain_heading(heading))
    if field is None:
        private = (known is not None and known.private) or heading in _private_by_name(heading)
        return ColumnProposal(heading, None, "not read by the " + why, 0.0, samples(cells, private=private))
    target = source_fields()[field]
    return ColumnProposal(
        heading, field, why, agreement(cells, target.kind) or 0.0, samples(cells, target, private=target.private)
    )


def _private_by_name(heading: str) -> tuple[str, ...]:
    """Return the heading itself if a field private to the patient claims it."""
    claims = alias_index().get(plain_heading(heading), ())
    return (heading,) if any(source_fields()[name].private for name, _ in claims) else ()
