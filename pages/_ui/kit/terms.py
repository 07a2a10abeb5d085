"""Help texts for the terms of the field, where one first appears on a page (data/glossary.toml)."""

from __future__ import annotations

from analysis.metrics.glossary import glossary
from pages._ui.kit.text import safe


def explain(*keys: str) -> str:
    """Return terms' definitions as a help text, one paragraph each. Raises KeyError for an unknown term."""
    terms = (glossary()[key] for key in keys)
    return "\n\n".join(f"**{safe(entry.term)}**: {safe(entry.text)}" for entry in terms)
