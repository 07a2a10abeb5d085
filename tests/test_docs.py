"""Documents that repeat what the code says are held to it."""

from __future__ import annotations

import argparse
import ast
import re
import tomllib
from pathlib import Path

import pytest

import tasks
from analysis.cli import COMMANDS, _parser
from analysis.lines.billing_line import FIELDS
from analysis.metrics.glossary import glossary

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT / "docs" / "data-contract.md"
GLOSSARY = ROOT / "docs" / "glossary.md"


def table() -> str:
    rows = (
        f"| {field.name} | {field.dtype} | {'may be absent' if field.optional else 'always'} | {field.meaning} |"
        for field in FIELDS
    )
    return "\n".join(("| column | type | there | what it holds |", "|---|---|---|---|", *rows))


def test_the_data_contract_lists_the_columns_of_a_line() -> None:
    # When it fails, paste what table() gives into the document.
    assert table() in CONTRACT.read_text("utf-8")


def terms() -> str:
    rows = (
        f"| {found.term} | {found.text} | {', '.join(f'`{name}`' for name in found.identifier.split(', '))} |"
        for found in sorted(glossary().values(), key=lambda found: found.term.casefold())
    )
    return "\n".join(("| term | what it means | in the code |", "|---|---|---|", *rows))


def test_the_glossary_lists_the_terms_of_the_help_texts() -> None:
    # When it fails, paste what terms() gives into the document.
    assert terms() in GLOSSARY.read_text("utf-8")


@pytest.mark.parametrize("key", list(glossary()))
def test_the_code_uses_the_identifier_of_a_term(key: str) -> None:
    files = [*ROOT.glob("analysis/**/*.py"), *ROOT.glob("data/*.toml"), *ROOT.glob("data/policy/*.toml")]
    text = "\n".join(file.read_text("utf-8") for file in files if file.name != "glossary.toml")
    for name in glossary()[key].identifier.split(", "):
        assert re.search(rf"\b{re.escape(name)}\b", text), name


def test_the_screens_explain_terms_that_are_in_the_glossary() -> None:
    used = {
        key
        for file in (ROOT / "pages").glob("**/*.py")
        for call in re.findall(r"(?:explain|terms=)\(([^()]*)\)", file.read_text("utf-8"))
        for key in re.findall(r"\"(\w+)\"", call)
    }
    assert used
    assert used <= set(glossary())


def test_the_checks_before_a_commit_are_those_of_make_lint() -> None:
    hooks = re.findall(r"^ {8}name: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"), re.MULTILINE)
    assert hooks == list(tasks.CHECKS)


def test_every_file_that_contributors_are_sent_to_is_there() -> None:
    paths = re.findall(r"`((?:analysis|data|docs|pages|tests)/[^`<*]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert len(paths) > 40


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/*/README.md")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_text_is_wrapped_at_120(path: Path) -> None:
    """All but what cannot be wrapped: rows of tables, and code."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert [line for line in text.splitlines() if len(line) > 120 and not line.startswith(("|", "    "))] == []


def street() -> list[str]:
    """The rows of the street as documents draw them: no parentheses, which only say that a module may be absent."""
    importing = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    [layers] = [each["layers"] for each in importing["contracts"] if each.get("containers") == ["analysis"]]
    return [re.sub(r"[()]", "", layer) for layer in layers]


def test_the_street_is_drawn_as_the_import_contract_has_it() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawn = re.search(r"<!-- layers.*?-->\n```\n(.*?)\n```", text, re.DOTALL)
    assert drawn
    assert drawn[1].splitlines() == street()


def test_every_room_has_its_sentence() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = {path.parent.name for path in (ROOT / "analysis").glob("*/__init__.py")}
    assert rooms == set(re.findall(r"^\| `analysis/(\w+)/` \| [A-Z].+\. \|$", text, re.MULTILINE))
    files = {path.name for path in (ROOT / "analysis").glob("*.py")} - {"__init__.py"}
    assert files == set(re.findall(r"`analysis/(\w+\.py)`", text))


def test_every_function_on_the_way_of_a_line_is_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    walks = text[text.index("## A billing line") :]
    named = {name.rsplit(".", 1)[-1] for name in re.findall(r"`([a-z_.]+|[A-Z]\w+(?:\.\w+)?)(?:\(\w*\))?`", walks)}
    named |= set(re.findall(r"`[a-z]+\(work\)\.(\w+)\(\)`", walks))
    paths = [*(ROOT / "analysis").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    trees = [ast.parse(path.read_text("utf-8")) for path in paths]
    kinds = (ast.FunctionDef, ast.ClassDef)
    there = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)}
    assert named - there == set()
    assert len(named) > 40
    files = re.findall(r"`((?:analysis|pages)/[\w/.]+)`", walks)
    assert [path for path in files if not (ROOT / path).exists()] == []


def options(command: str) -> list[str]:
    """What a command takes, as its parser has it: the longest name of each option, the name of each argument."""
    [commands] = [one for one in _parser(command)._actions if isinstance(one, argparse._SubParsersAction)]
    return [max(one.option_strings, key=len, default=one.dest) for one in commands.choices[command]._actions]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_docs_name_every_option_of_a_command(command: str) -> None:
    # What several commands take stands in the first table, with the commands that take it.
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    shared, *sections = re.split(r"^## (?=[a-z-]+$)", text, flags=re.MULTILINE)
    told = {section.split("\n", 1)[0]: section for section in sections}
    assert list(told) == list(COMMANDS)
    assert f"    revmix {command} " in told[command]
    table = set(
        re.findall(
            r"`(--[a-z-]+|export|file|service)`", "".join(re.findall(r"^\| `[^|]+\|", told[command], re.MULTILINE))
        )
    )
    assert table | {"--help"} == set(options(command))
    for option, users in re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", shared, re.MULTILINE):
        assert (users == "all" or command in users.split(", ")) == (option in options(command)), option


def test_the_mapping_is_taken_by_every_command_that_takes_exports() -> None:
    takes = [command for command in COMMANDS if "--mapping" in options(command)]
    assert takes == [command for command in COMMANDS if "export" in options(command)]


def test_no_two_commands_define_one_option_differently() -> None:
    # Defined once, in analysis/cli/common.py; places, files and formats are what each command wants of them.
    said: dict[str, set[tuple[object, ...]]] = {}
    for command in COMMANDS:
        [commands] = [one for one in _parser(command)._actions if isinstance(one, argparse._SubParsersAction)]
        for one in commands.choices[command]._actions:
            name = max(one.option_strings, key=len, default=one.dest)
            choices = tuple(one.choices) if one.choices else None
            said.setdefault(name, set()).add((one.help, one.type, choices, one.nargs, repr(one.default)))
    assert {name for name, ways in said.items() if len(ways) > 1} == {"--locality", "--out", "--format", "file"}
