"""What a run of the bench found: counts by size and by kind, and the wrong ones beside the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.practices.scorer import FOUND, UNNAMED, WRONG, plain, rows_of, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl

    from tests.bench.practices.practice import Payer, Practice

SIZES = {"fewer than 25": (0, 24), "25-99": (25, 99), "100 or more": (100, 10**9)}
VERDICTS = (FOUND, WRONG, UNNAMED)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one payer; `said` are the discovered rows as text."""

    seed: int
    columns: str
    payer: Payer
    verdict: str
    said: tuple[str, ...]


def results(practice: Practice, discovered: pl.DataFrame) -> list[Result]:
    """Score a practice: one result per payer."""
    verdicts = score(practice, discovered)
    rows = rows_of(discovered)
    return [
        Result(
            practice.seed,
            practice.columns,
            payer,
            verdicts[payer.name],
            tuple(
                f"{row.basis} since {row.since or 'the first'}: {row.text} ({row.explained} of {row.visits} visits)"
                for row in rows
                if plain(row.payer) == plain(payer.name)
            ),
        )
        for payer in practice.payers
    ]


def _share(part: int, whole: int) -> str:
    return f"{part:>5} {100 * part / whole:5.1f} %" if whole else f"{part:>5}        "


def _counts(title: str, found: Sequence[Result]) -> str:
    numbers = (sum(result.verdict == verdict for result in found) for verdict in VERDICTS)
    return f"{title:32}{len(found):>7}  " + "  ".join(_share(number, len(found)) for number in numbers)


def _table(title: str, groups: Iterable[tuple[str, Sequence[Result]]]) -> Iterator[str]:
    yield f"{title:32}{'payers':>7}  " + "  ".join(f"{verdict:>13}" for verdict in VERDICTS)
    yield from (_counts(name, group) for name, group in groups if group)
    yield ""


def _sized(found: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    return [
        (name, [result for result in found if low <= len(result.payer.visits) <= high])
        for name, (low, high) in SIZES.items()
    ]


def _by(found: Sequence[Result], key: Callable[[Result], str]) -> list[tuple[str, list[Result]]]:
    return [(name, [result for result in found if key(result) == name]) for name in sorted(set(map(key, found)))]


def _side_by_side(result: Result) -> Iterator[str]:
    payer, manner = result.payer, result.payer.manner
    rounded = ", rounded per unit" if manner.per_unit else ""
    yield (
        f"practice {result.seed}, {payer.name}: {payer.kind}, {len(payer.visits)} visits, "
        f"export holds {result.columns}, {100 * manner.odd:.0f} % odd, amounts {manner.stands}{rounded}"
    )
    for since, terms in payer.truth or payer.as_paid:
        yield f"    truth since {since or 'the first'}: {terms.basis} {terms}"
    if payer.second_plan:
        yield f"    and a second plan: {payer.second_plan.basis} {payer.second_plan}"
    yield from (f"    said  {row}" for row in result.said or ("nothing",))


def table(found: Sequence[Result], shown: Sequence[str] = (WRONG,), smallest: int = 0) -> str:
    """Return the counts as text, and the results of the `shown` verdicts with `smallest` visits or more."""
    with_terms = [result for result in found if result.payer.truth]
    without = [result for result in found if not result.payer.truth]
    lines = [
        *_table("visits", _sized(with_terms)),
        *_table("nothing to find (named = wrong)", _sized(without)),
        *_table("all payers", _sized(found)),
        *_table(
            "kind, 25 visits or more", _by([r for r in found if len(r.payer.visits) >= 25], lambda r: r.payer.kind)
        ),
        *_table(
            "export holds, 25 visits or more",
            _by([r for r in with_terms if len(r.payer.visits) >= 25], lambda r: r.columns),
        ),
    ]
    for verdict in shown:
        lines.append(f"{verdict}:")
        chosen = (r for r in found if r.verdict == verdict and len(r.payer.visits) >= smallest)
        lines += [line for result in chosen for line in _side_by_side(result)]
    return "\n".join(lines)
