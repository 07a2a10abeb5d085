"""Codes, modifiers, units and other small values of a line, each distinct text read once."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from analysis.ingest.settings import UNKNOWN, limits, meanings, payer_rules, words

CODE = r"(?:\d{5}|\d{4}[AFMTUX]|[A-Z]\d{4})"
"""Pattern of a CPT or HCPCS code: 97110, 0101T, G0283."""
_WITH_MODIFIERS = re.compile(
    rf"'?(?:(?:HC|CPT|HCPCS)[\s:#\u00ae-]*)?({CODE})(?:\.0+)?(?:(?=[\s,:;/*.(+&|_-])(.*)|((?:[A-Z0-9]{{2}}){{1,4}}))?"
)
_SEVERAL = re.compile(rf"(?<![A-Z0-9]){CODE}(?![A-Z0-9])")
_TIGHT = re.compile(r"[-:*./|_](?=[A-Z0-9])")
"""What joins a modifier to its code. After one of these comes a modifier; after a space there may be a word."""
_SHORT_WORD = re.compile(
    r"\s*(?:[,;(+&]|-(?=\s))?\s*([A-Z0-9]{2})"
    r"(?=$|[\s,;:/+&)]|-\s|-[A-Z0-9]{2}(?![A-Z0-9]))(?!\s*(?:MIN|MINS|MINUTES|UNITS?)\b)"
)
_ONLY_SHORT = re.compile(r"[\s,;:/+&()-]*(?:[A-Z0-9]{2}[\s,;:/+&()-]*)+")
"""Only two-character words: modifiers, known or not."""
_WORD_BEHIND = re.compile(r"^(?:[-:*./|_]([A-Z0-9]{2})|[\s,;:(-]+([A-Z]{2}))(?![A-Za-z0-9])")
_TIMES = re.compile(r"(?i)[\s(](?:x|\u00d7)\s*(\d{1,2})(?![0-9A-Z])")
_BRACKETS = str.maketrans("[]{}\u2010\u2011\u2012\u2013\u2014\u2212", "()()------")
"""Other brackets and dashes -> those on a keyboard."""
_LABELS = re.compile(r"(?i)(?<=[\s(])(?:modifiers?|mods?|with|w/)[:.]?(?=[\s])")
_DISCIPLINES = frozenset({"PT", "OT", "ST"})
_TOKEN = re.compile(r"[A-Z0-9]+")
_IN_PARENTHESES = re.compile(r"\([A-Z][A-Z .]{2,}\)")
"""A word in parentheses beside a modifier: "CQ (asst)"."""
_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_SEPARATORS = re.compile(r"[\s,:;/|*.()_+&-]+")
_WHOLE = re.compile(r"([+-]?)(\d{1,15})(?:[.,]0{0,4})?(?:\s*(?:units?|un|u))?", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:[.,]\d+)?")
_MINUTES = re.compile(r"(\d{1,4})(?:\.0+)?\s*(?:min|mins|minutes|m)?\.?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")
_ZIP = re.compile(r"(\d{3,5})(?:\.0)?(?:-?\d{4})?")
_PLACE = re.compile(r"(\d{1,2})(?:\.0)?(?:\D.*)?")


def split_code(text: str) -> tuple[str | None, str]:
    """Split a code cell into its code and the modifiers joined to it: ``97110-59`` is ("97110", "59").

    The code is None if the cell has none or several. Text after a code is a modifier if it is joined to the code
    (``97110-59``, ``97110:GP:KX``), or follows a space and is a therapy modifier or beside one (``97110 GP - Ther
    ex``); any other word is a description (``97161 PT Eval``, ``97530 Co-treat``, ``97116 GT``).

    >>> split_code("97110-59"), split_code("97110 GP - Ther ex"), split_code("97161 PT Eval")
    (('97110', '59'), ('97110', 'GP'), ('97161', ''))
    """
    if names_several(text):
        return None, ""
    text = _LABELS.sub(" ", text.translate(_BRACKETS)).strip()
    match = _WITH_MODIFIERS.fullmatch(text.upper())
    if match is None:
        return None, ""
    code, spaced, joined = match.groups()
    if joined:
        pairs = re.findall("..", joined)
        return (code, " ".join(pairs)) if known_modifiers().issuperset(pairs) else (None, "")
    tail = spaced or ""
    original_tail = text[len(text) - len(tail) :]
    tokens = set(_TOKEN.findall(tail))
    beside_therapy_modifier = bool(tokens & _spaced_modifiers())
    listed = tail.lstrip().startswith((",", "/", "+", "&"))
    only_modifiers = beside_therapy_modifier and bool(_ONLY_SHORT.fullmatch(tail))

    def is_modifier(token: str, position: int) -> bool:
        """Tell whether a short word is a modifier: "Co" begins a word, "CO" is a modifier; so is "GT" beside "GP"."""
        original = original_tail[position : position + 2]
        upper = not original.isalpha() or original.isupper() or original_tail.islower()
        fits = only_modifiers or (
            token in known_modifiers() and (beside_therapy_modifier or listed or not token.isalpha())
        )
        return upper and token not in _DISCIPLINES and fits

    modifiers: list[str] = []
    position = 0
    while position < len(tail):
        joined_on = _TIGHT.match(tail, position)
        token = _TOKEN.match(tail, position + 1) if joined_on else None
        if token is not None and token[0] in known_modifiers():
            modifiers.append(token[0])
            position = token.end()
        elif (word := _SHORT_WORD.match(tail, position)) and is_modifier(word[1], word.start(1)):
            modifiers.append(word[1])
            position = word.end()
        else:
            break
    return code, " ".join(modifiers)


def word_or_modifier(text: str) -> str | None:
    """Return the word after a code that looks like a modifier but was not read as one.

    >>> word_or_modifier("97116 GT"), word_or_modifier("97116-GP")
    ('GT', None)
    """
    code, modifiers = split_code(text)
    tail = text[text.upper().find(code) + len(code) :] if code else ""
    match = _WORD_BEHIND.search(tail)
    word = (match[1] or match[2]) if match else ""
    if word in modifiers.split() or word in _DISCIPLINES:
        return None
    return word if word and (word in known_modifiers() or (match and match[1])) else None


def units_beside(text: str) -> int | None:
    """Return the units named in a code cell, or None.

    >>> units_beside("97110 x2")
    2
    """
    match = _TIMES.search(text)
    return int(match[1]) if match and split_code(text)[0] else None


def names_several(text: str) -> bool:
    """Tell whether a cell names several procedure codes: ``97110, 97140``, ``97110-GP/97140-GP``."""
    return len(set(_SEVERAL.findall(text.upper()))) > 1


def read_codes(cells: pl.Series) -> pl.DataFrame:
    """Read distinct cells as ``code`` and ``joined`` modifiers.

    ``lettered``: a word, not a code; ``several``: several codes; ``beside``: `units_beside`; ``doubtful``:
    `word_or_modifier`.
    """
    pairs = [split_code(text) for text in cells]
    return pl.DataFrame(
        {
            "code": pl.Series([code for code, _ in pairs], dtype=pl.String),
            "joined": pl.Series([joined for _, joined in pairs], dtype=pl.String),
            "lettered": pl.Series([not any(letter.isdigit() for letter in text) for text in cells], dtype=pl.Boolean),
            "beside": pl.Series([units_beside(text) for text in cells], dtype=pl.Int64),
            "doubtful": pl.Series([word_or_modifier(text) for text in cells], dtype=pl.String),
            "several": pl.Series([names_several(text) for text in cells], dtype=pl.Boolean),
        }
    )


@cache
def _spaced_modifiers() -> frozenset[str]:
    """Return modifiers that also count as modifiers after a space."""
    return frozenset(word.upper() for word in words("modifiers", "beside"))


@cache
def known_modifiers() -> frozenset[str]:
    """Return modifiers that may be written together without a separator."""
    return frozenset(word.upper() for word in words("modifiers", "known"))


def split_modifiers(text: str) -> str | None:
    """Read modifiers with any separator, sorted, each once; None if a part is not a modifier.

    >>> split_modifiers("kx, GP"), split_modifiers("GP today")
    ('GP KX', None)
    """
    modifiers: set[str] = set()
    plain = _IN_PARENTHESES.sub(" ", re.sub(r"\b(\d{2})\.0\b", r"\1", text).upper())
    for token in filter(None, _SEPARATORS.split(plain)):
        pairs = [token] if len(token) == len("GP") else re.findall("..", token)
        if "".join(pairs) != token or not all(map(_MODIFIER.fullmatch, pairs)):
            return None
        if len(pairs) > 1 and not known_modifiers().issuperset(pairs):
            return None
        modifiers.update(pairs)
    return " ".join(sorted(modifiers))


def read_modifiers(cells: pl.Series) -> pl.DataFrame:
    """Read distinct cells as ``modifiers``; null if the cell holds something else."""
    return pl.DataFrame({"modifiers": pl.Series([split_modifiers(text) for text in cells], dtype=pl.String)})


def read_units(cells: pl.Series) -> pl.DataFrame:
    """Read distinct cells as whole ``units``, with the ``fault`` of the others: not_a_number, fraction, too_many."""
    units: list[int | None] = []
    faults: list[str | None] = []
    for text in cells:
        match = _WHOLE.fullmatch(text)
        value = int(match[1] + match[2]) if match else None
        fault = None
        if value is None:
            fault = "fraction" if _NUMBER.fullmatch(text) and any(map(str.isdigit, text)) else "not_a_number"
        elif abs(value) > limits().units:
            value, fault = None, "too_many"
        elif value == 0:
            fault = "zero"
        units.append(value)
        faults.append(fault)
    return pl.DataFrame({"units": pl.Series(units, dtype=pl.Int64), "fault": pl.Series(faults, dtype=pl.String)})


def read_minutes(cells: pl.Series) -> pl.DataFrame:
    """Read distinct cells as whole ``minutes`` (``45``, ``45 min``, ``0:45``); null if the cell has none."""
    return pl.DataFrame({"minutes": pl.Series([_minutes(text) for text in cells], dtype=pl.Int64)})


def _minutes(text: str) -> int | None:
    """Read the minutes of one cell."""
    if match := _MINUTES.fullmatch(text):
        return int(match[1])
    if match := _CLOCK.fullmatch(text):
        return int(match[1]) * 60 + int(match[2])
    return None


def read_places(cells: pl.Series) -> pl.DataFrame:
    """Read distinct cells as two-digit ``place`` of service (``11``, ``11 - Office``, ``Office``), else null."""
    return pl.DataFrame({"place": pl.Series([_place_of_service(text) for text in cells], dtype=pl.String)})


def _place_of_service(text: str) -> str | None:
    """Read the place of service of one cell."""
    match = _PLACE.fullmatch(text)
    return match[1].zfill(2) if match and int(match[1]) else meanings("place_of_service").get(text.casefold())


def read_disciplines(cells: pl.Series) -> pl.DataFrame:
    """Read distinct cells as ``discipline`` PT, OT or SLP, else null."""
    disciplines = [meanings("discipline").get(text.casefold()) for text in cells]
    return pl.DataFrame({"discipline": pl.Series(disciplines, dtype=pl.String)})


def read_zips(cells: pl.Series) -> pl.DataFrame:
    """Read distinct cells as five-digit ``zip``, restoring leading zeros that Excel dropped; else null."""
    zips = [match[1].zfill(5) if (match := _ZIP.fullmatch(text)) else None for text in cells]
    return pl.DataFrame({"zip": pl.Series(zips, dtype=pl.String)})


def payer_class(kind: str | None, name: str | None) -> str:
    """Return a payer's class from its type, else its name (data/ingest/payer_classes.toml); else "Unknown"."""
    rules = payer_rules()
    if kind and (listed_class := rules.type_ids.get(kind.removesuffix(".0"))):
        return listed_class
    by_kind, by_name = _class_of(kind), _class_of(name)
    # Systems also give the type "Medicare" to plans whose names say they are Medicare Advantage.
    if by_kind in {None, "Medicare"} and by_name is not None:
        return by_name if by_kind is None or by_name == "Medicare Advantage" else by_kind
    return by_kind or UNKNOWN


def proposed_class(name: str) -> str:
    """Suggest a class for a payer that no rule knows, for the user to confirm."""
    return next((label for pattern, label in payer_rules().hints if pattern.search(name)), "Commercial")


def _class_of(text: str | None) -> str | None:
    """Return the class from the first pattern that fits one text, else None."""
    return next((label for pattern, label in payer_rules().patterns if pattern.search(text)), None) if text else None
