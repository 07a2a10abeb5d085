"""The kinds of what-if changes, one file each: record, entries of a file, checks, words, causes, swings, effect.

A new kind is a new file here with a subclass of `Change`, and its widget on the What-if page: it is found by itself.
"""

from importlib import import_module
from pkgutil import iter_modules

from analysis.system.toml_data import owners
from analysis.whatif.scenarios.change import Change

_MODULES = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
_KINDS: list[type[Change]] = [
    value
    for module in _MODULES
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Change) and value.__module__ == module.__name__
]
owners({kind.__name__: [kind.section.name] for kind in _KINDS}, "whatif/scenarios/kinds", "name")
owners({kind.__name__: [str(kind.section.turn)] for kind in _KINDS}, "whatif/scenarios/kinds", "turn")
KINDS: tuple[type[Change], ...] = tuple(sorted(_KINDS, key=lambda kind: kind.section.turn))
"""Every kind, in the order of files."""
