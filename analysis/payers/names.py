"""Payers' names: contracts of payers that no line names, and names that may be one payer."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

from analysis.lines.payers import payer_key
from analysis.system.toml_data import load
from analysis.whatif.scenarios.values import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analysis.whatif.scenarios import Contract

_ALIKE = 0.85
"""How alike two names have to be (difflib's ratio) before the user is asked whether they are one payer."""


def without_lines(contracts: Iterable[Contract], payers: Iterable[str]) -> dict[Contract, str | None]:
    """Return the contracts of payers that no line names, each with the payer that is probably meant, if any.

    Parameters
    ----------
    payers:
        The payers of the lines.
    """
    by_key = {payer_key(payer): payer for payer in payers}
    return {
        contract: nearest_payer(contract.payer, by_key.values())
        for contract in contracts
        if contract.payer is not None and payer_key(contract.payer) not in by_key
    }


def nearest_payer(name: str, payers: Iterable[str]) -> str | None:
    """Return the payer whose name is nearest to one: it begins with it, or is spelled much like it."""
    listed = sorted(payers)
    key = payer_key(name)
    begins = [
        payer for payer in listed if key and (payer_key(payer).startswith(key) or key.startswith(payer_key(payer)))
    ]
    return begins[0] if len(begins) == 1 else nearest(name, listed)


def alike(payers: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Return groups of names that may be one payer, in each the one with the most lines first.

    Names that differ in a word for a kind of plan (PPO, HMO, Medicare) are contracts of their own.

    Parameters
    ----------
    payers:
        Name -> how many lines have it; of spellings that only differ in case, spaces and punctuation, one each.
    """
    ordered = sorted(payers, key=lambda name: (-payers[name], name))
    groups: list[list[str]] = []
    for name in ordered:
        group = next((group for group in groups if _may_be_one(name, group[0])), None)
        if group is None:
            groups.append([name])
        else:
            group.append(name)
    return [tuple(group) for group in groups if len(group) > 1]


def _may_be_one(name: str, other: str) -> bool:
    (words, plans), (other_words, other_plans) = _words(name), _words(other)
    if plans != other_plans or not words or not other_words:
        return False
    return SequenceMatcher(None, "".join(words), "".join(other_words)).ratio() >= _ALIKE


def _words(name: str) -> tuple[Sequence[str], frozenset[str]]:
    """Return the words that tell a payer from others, and those for a kind of plan."""
    listed = _lists()
    words = re.findall(r"[^\W_]+", name.lower())
    plans = frozenset(words) & listed["plans"]
    return [word for word in words if word not in listed["plans"] and word not in listed["empty"]], plans


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    table = load("ingest/payer_names.toml", {"words": {"plans": [str], "empty": [str]}})["words"]
    return {name: frozenset(words) for name, words in table.items()}
