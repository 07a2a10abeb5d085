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
from analysis.ingest.cells.distinct import is_label_or_footer, tidy
from analysis.ingest.cells.row_types import are_types
from analysis.ingest.columns.content import agreement, looks_like
from analysis.ingest.columns.masking import TEXTS, mask_cells, masked
from analysis.ingest.columns.missing import missing_columns
from analysis.ingest.columns.money_columns import add_parts, tell_price_from_charge
from analysis.ingest.columns.names_above import ROW_ABOVE, names_above
from analysis.ingest.columns.summed_reports import SummaryOnly, read_summary
from analysis.ingest.mapping import IDENTITIES, Mapping, fingerprint
from analysis.ingest.read.headings import has_no_heading
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
    text: str


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

    def with_remark(self, table: RawTable) -> RawTable:
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
                    f'"{doubt.text}", where most cells are not {EXPECTED[doubt.field]}',
                    expected=EXPECTED[doubt.field],
                    todo=f"correct the column, or choose another one for {label} on the Data page or in a mapping file",
                    file=table.name,
                    row=doubt.row,
                    column=heading,
                )
        hints = tuple(f'"{column.heading}" {column.why}' for column in self.columns if column.suggested)
        return missing_columns(self.missing, table, hints)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A field a heading names, its rank in the field, and the share of cells that agree (None: no cells)."""

    heading: str
    field: SourceField
    rank: int
    share: float | None

    @property
    def is_believed(self) -> bool:
        """Tell whether the cells agree with the heading; an empty column counts only if it is required."""
        if self.share is None:
            return self.field.required
        reports_by_row = self.field.required or self.field.kind == "modifiers"
        return self.share >= (_BELIEVED_IF_REQUIRED if reports_by_row else _BELIEVED)


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
            remark = (
                f'read with the remembered mapping "{mapping.name}"'
                if mapping.name
                else "read with a remembered mapping"
            )
            return Proposal(mapping, columns, mapping.missing(), remark)
    candidates = [candidate for heading in sample for candidate in _candidates(heading, sample[heading])]
    candidates += [
        _Candidate(heading, source_fields()["row_type"], _LAST, 1.0)
        for heading, cells in sample.items()
        if not alias_index().get(plain_heading(heading))
        and are_types(cells, among_unknown=True)
        and not _is_code(cells)
    ]
    similar_mapping = _nearest(table.headings, saved)
    fields_by_heading = _choose(candidates)
    if similar_mapping is not None:
        _follow(similar_mapping, fields_by_heading, table.headings)
    for field in source_fields().values():
        if field.several and field.kind == "money":
            believed = (
                candidate.heading
                for candidate in candidates
                if candidate.field is field and candidate.is_believed and candidate.share
            )
            add_parts(
                fields_by_heading,
                [heading for heading in believed if fields_by_heading.get(heading, field) is field],
                field,
                table,
            )
    tell_price_from_charge(fields_by_heading, table, sample)
    _adopt_unnamed_modifiers(fields_by_heading, table.headings, sample)
    pairs = tuple(
        (heading, fields_by_heading[heading].name) for heading in table.headings if heading in fields_by_heading
    )
    mapping = Mapping(pairs, fingerprint=digest)
    if similar_mapping is not None:
        options = {
            name: getattr(similar_mapping, name)
            for name in ("date_order", "one_row_one_unit", "duplicates", "fill_down")
        }
        mapping = replace(mapping, **options, name=similar_mapping.name)
    if mapping.missing() == ("units",) and _repeats_services(table, mapping):
        mapping = replace(mapping, one_row_one_unit=True)
    columns = tuple(
        _column(heading, fields_by_heading, candidates, table, sample[heading]) for heading in table.headings
    )
    if mapping.missing() == ("patient_id",) and (names := names_above(table, mapping)) is not None:
        mapping = mapping.with_column(ROW_ABOVE, "patient_name")
        name_samples = samples(names.drop_nulls(), private=True)
        why = "patients' names are on separate rows; each charge belongs to the name above it"
        columns = (*columns, ColumnProposal(ROW_ABOVE, "patient_name", why, 1.0, name_samples))
    return Proposal(
        mapping,
        columns,
        mapping.missing(),
        _differs(similar_mapping, table.headings) if similar_mapping is not None else "",
    )


def _is_code(cells: pl.Series) -> bool:
    """Tell whether a column holds procedure codes."""
    return (agreement(cells, "code") or 0) >= _BELIEVED


def _nearest(headings: Sequence[str], saved: Iterable[Mapping]) -> Mapping | None:
    """Find the remembered mapping that shares most columns with a table whose columns changed since."""
    plain_headings = set(map(plain_heading, headings))

    def share(mapping: Mapping) -> float:
        return sum(plain_heading(heading) in plain_headings for heading, _ in mapping.columns) / max(
            len(mapping.columns), 1
        )

    similar = [mapping for mapping in saved if share(mapping) >= _NEAR]
    return max(similar, key=share, default=None)


def _follow(remembered_mapping: Mapping, fields_by_heading: dict[str, SourceField], headings: Sequence[str]) -> None:
    """Give columns the meaning they have in a remembered mapping; other columns lose those fields."""
    fields = source_fields()
    remembered = {plain_heading(heading): field for heading, field in remembered_mapping.columns}
    remembered_fields = {
        heading: remembered[plain] for heading in headings if (plain := plain_heading(heading)) in remembered
    }
    single_fields = {field for field in remembered_fields.values() if not fields[field].several}
    for heading in [
        name
        for name, field in fields_by_heading.items()
        if field.name in single_fields or plain_heading(name) in remembered
    ]:
        del fields_by_heading[heading]
    fields_by_heading.update({heading: fields[field] for heading, field in remembered_fields.items()})


def _differs(remembered_mapping: Mapping, headings: Sequence[str]) -> str:
    """Describe how the columns differ from those of a remembered mapping."""
    present = set(map(plain_heading, headings))
    absent = [heading for heading, _ in remembered_mapping.columns if plain_heading(heading) not in present]
    name = f'"{remembered_mapping.name}"' if remembered_mapping.name else "that you saved"
    problem = (
        f'; it has no column "{absent[0]}"'
        if len(absent) == 1
        else f"; {len(absent)} of its columns are missing"
        if absent
        else ""
    )
    return f"read with the remembered mapping {name}, but this file's columns differ{problem}: check them below"


def _repeats_services(table: RawTable, mapping: Mapping) -> bool:
    """Tell whether the same patient, date and code repeat often, as when every row is one unit."""
    identity = next(name for name in IDENTITIES if name in mapping.fields)
    headings = [heading for name in (identity, "date_of_service", "code") for heading in mapping.headings(name)]
    filled = table.frame.select(headings).drop_nulls()
    return filled.height > 0 and 1 - filled.n_unique() / filled.height >= _REPEATED


def _sample(cells: pl.Series, heading: str) -> pl.Series:
    """Return filled cells from a column's beginning and end, without repeated headings and page footers."""
    sampled = (
        cells if cells.len() <= 2 * _SAMPLE_ROWS else pl.concat([cells.head(_SAMPLE_ROWS), cells.tail(_SAMPLE_ROWS)])
    )
    filled = tidy(sampled, blank_words=True).drop_nulls()
    values = filled.filter(~is_label_or_footer(filled, heading))
    return values if values.len() else filled


def _candidates(heading: str, cells: pl.Series) -> list[_Candidate]:
    """Return the fields a heading names."""
    fields = source_fields()
    return [
        _Candidate(heading, fields[name], rank, agreement(cells, fields[name].kind))
        for name, rank in alias_index().get(plain_heading(heading), ())
    ]


def _choose(candidates: Sequence[_Candidate]) -> dict[str, SourceField]:
    """Choose for each field the best heading whose cells agree, plus the headings added to it."""
    fields_by_heading: dict[str, SourceField] = {}
    for field in source_fields().values():
        options = [
            candidate
            for candidate in candidates
            if candidate.field is field and candidate.is_believed and candidate.heading not in fields_by_heading
        ]
        if not options:
            continue
        best = min(options, key=lambda candidate: ((candidate.share or 0) < _BELIEVED, candidate.rank))
        fields_by_heading[best.heading] = field
        if plain_heading(best.heading) in field.sums:
            fields_by_heading.update(
                {candidate.heading: field for candidate in options if plain_heading(candidate.heading) in field.sums}
            )
    return fields_by_heading


def _adopt_unnamed_modifiers(
    fields_by_heading: dict[str, SourceField], headings: Sequence[str], sample: dict[str, pl.Series]
) -> None:
    """Map unnamed modifier columns to the right of a heading that was merged over several columns."""
    modifiers = source_fields()["modifiers"]
    for left, heading in pairwise(headings):
        if (
            fields_by_heading.get(left) is modifiers
            and has_no_heading(heading)
            and (agreement(sample[heading], "modifiers") or 0) > _SURE
        ):
            fields_by_heading[heading] = modifiers


def _column(
    heading: str,
    fields_by_heading: dict[str, SourceField],
    candidates: Sequence[_Candidate],
    table: RawTable,
    cells: pl.Series,
) -> ColumnProposal:
    """Propose the meaning of one column."""
    of_heading = [candidate for candidate in candidates if candidate.heading == heading]
    known_heading = known_headings().get(plain_heading(heading))
    if (field := fields_by_heading.get(heading)) is not None:
        share = next((candidate.share for candidate in of_heading if candidate.field is field), 1.0)
        why = f"the heading means {field.label}" + (
            "" if field.kind == "any" else f"; {share or 0:.0%} of its cells fit"
        )
        return ColumnProposal(heading, field.name, why, share or 0.0, samples(cells, field, private=field.private))
    private = (known_heading is not None and known_heading.private) or any(
        candidate.field.private for candidate in of_heading
    )
    cell_samples = samples(cells, private=private)
    if of_heading:
        doubted = next(
            (candidate.field for candidate in of_heading if not candidate.is_believed and candidate.share is not None),
            None,
        )
        doubt = _first_doubt(table, heading, doubted) if doubted and not private else None
        return ColumnProposal(heading, None, _declined(of_heading, fields_by_heading), 0.0, cell_samples, doubt=doubt)
    if known_heading is not None:
        return ColumnProposal(heading, None, f"{known_heading.meaning}", 0.0, cell_samples)
    suggested = _suggest(heading, cells, {field.name for field in fields_by_heading.values()})
    why = f"might be {source_fields()[suggested].label}: please confirm" if suggested else "not a heading RevMix knows"
    return ColumnProposal(heading, None, why, 0.0, cell_samples, suggested)


def _first_doubt(table: RawTable, heading: str, field: SourceField) -> Doubt | None:
    """Return the first cell of a column that does not look like a field."""
    cells = tidy(table.frame[heading].head(_SAMPLE_ROWS), blank_words=True)
    distinct = cells.drop_nulls().unique()
    unlike = distinct.filter(~looks_like(distinct, field.kind))
    positions = cells.is_in(unlike.implode()).fill_null(value=False).arg_true()
    if not positions.len():
        return None
    [text] = mask_cells(cells[positions.head(1)], field.kind)
    return Doubt(field.name, table.first_row + int(positions[0]), text[:60])


def _declined(candidates: Sequence[_Candidate], fields_by_heading: dict[str, SourceField]) -> str:
    """Say why a known heading was not used."""
    doubted = next((candidate for candidate in candidates if not candidate.is_believed), None)
    if doubted is None:
        used_heading = next(
            heading
            for candidate in candidates
            for heading, field in fields_by_heading.items()
            if field is candidate.field
        )
        return f'"{used_heading}" is already used for {candidates[0].field.label}'
    if doubted.share is None:
        return "the column is empty"
    return f"the heading means {doubted.field.label}, but only {doubted.share:.0%} of its cells fit"


def _suggest(heading: str, cells: pl.Series, mapped_fields: set[str]) -> str | None:
    """Suggest a field for an unknown heading: from a similar known heading, else from unmistakable cells."""
    fields = source_fields()
    for alias in difflib.get_close_matches(plain_heading(heading), alias_index(), n=3, cutoff=_SIMILAR):
        for name, _ in alias_index()[alias]:
            if (
                name not in mapped_fields
                and fields[name].kind != "money"
                and (agreement(cells, fields[name].kind) or 0) >= _BELIEVED
            ):
                return name
    for name in ("code", "date_of_service"):
        if name not in mapped_fields and (agreement(cells, fields[name].kind) or 0) >= _SURE:
            return name
    return None


def samples(cells: pl.Series, field: SourceField | None = None, *, private: bool) -> tuple[str, ...]:
    """Pick a few different cells to show; only the first character of private or unexpected ones."""
    texts = cells.unique(maintain_order=True).head(_SHOWN)
    if field is not None and not private and field.kind not in TEXTS:
        texts = mask_cells(texts, field.kind)
    return tuple(masked(cell) if private else cell[:60] for cell in texts)


def _saved_column(heading: str, field: str | None, why: str, sample: dict[str, pl.Series]) -> ColumnProposal:
    """Propose one column under a saved mapping."""
    cells, known_heading = sample[heading], known_headings().get(plain_heading(heading))
    if field is None:
        private = (known_heading is not None and known_heading.private) or heading in _private_by_name(heading)
        return ColumnProposal(heading, None, "not read by the " + why, 0.0, samples(cells, private=private))
    target = source_fields()[field]
    return ColumnProposal(
        heading, field, why, agreement(cells, target.kind) or 0.0, samples(cells, target, private=target.private)
    )


def _private_by_name(heading: str) -> tuple[str, ...]:
    """Return the heading itself if it can mean a field private to the patient."""
    candidates = alias_index().get(plain_heading(heading), ())
    return (heading,) if any(source_fields()[name].private for name, _ in candidates) else ()
