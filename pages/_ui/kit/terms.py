"""Help texts for the terms of the field, where one first appears on a page (data/glossary.toml)."""

from __future__ import annotations

from analysis.metrics.glossary import glossary
from pages._ui.kit.text import safe


def explain(*keys: str) -> str:
    """The definitions of some terms as a help text, a paragraph each. Raises KeyError for a term that is not there."""
    terms = (glossary()[key] for key in keys)
    return "\n\n".join(f"**{safe(entry.term)}**: {safe(entry.text)}" for entry in terms)
