"""Everything a checkout needs, using only the standard library: ``python tasks.py run|test|lint|bench|lock|install``.

Works on Linux, macOS and Windows. The first call creates ``.venv`` and fills it from a hashed lock file; later calls
do so again only if that file changed. ``make run`` and the other Makefile targets only call this script.
"""

import sys

OLDEST = (3, 11)
if sys.version_info < OLDEST:  # before anything an older Python cannot parse
    sys.exit(
        "RevMix needs Python %d.%d or newer, but this is %d.%d; install one and name it: "  # noqa: UP031 -- see above
        "make run PYTHON=python3.11, on Windows: py -3.11 tasks.py run" % (OLDEST + tuple(sys.version_info[:2]))
    )

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
RUN_LOCK = ROOT / "requirements.txt"
DEV_LOCK = ROOT / "requirements-dev.txt"
SPARK_LOCK = ROOT / "requirements-spark.txt"
PROJECT = ROOT / "pyproject.toml"
CHECKS: Mapping[str, tuple[str, ...]] = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "import contracts": ("-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"),
}
"""What `lint` runs, by name; .pre-commit-config.yaml runs the same."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one task and return the exit status."""
    parser = argparse.ArgumentParser(prog="tasks.py", description="Run, test and maintain RevMix.")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    for name, task in TASKS.items():
        # The docstring is the help: its first line in the list of tasks, all of it for one task.
        text = (task.__doc__ or "").replace("``", "")
        tasks.add_parser(name, help=text.split("\n", 1)[0], description=text)
    chosen, rest = parser.parse_known_args(arguments)
    try:
        return TASKS[chosen.task](rest)
    except subprocess.CalledProcessError as error:
        # The tool already printed the error; only its name and status are missing.
        print(f"tasks.py {chosen.task}: {_shown(error.cmd)} ended with status {error.returncode}", file=sys.stderr)
        return error.returncode if error.returncode > 0 else 1
    except KeyboardInterrupt:
        return 130


# ------------------------------------------------------------------------------------------------------------ the tasks
def run(rest: Sequence[str]) -> int:
    """Open the app with the sample clinic at http://localhost:8501; further arguments go to ``revmix serve``."""
    install_for_running()
    _python("-m", "analysis.cli", "serve", "--demo", *rest)
    return 0


def test(rest: Sequence[str]) -> int:
    """Run lint, types, import contracts, then all tests with coverage; further arguments go to pytest.

    ``--require-browser`` and ``--require-nginx`` make it an error if those tests cannot run on this machine.
    """
    if lint(()):
        return 1
    if shutil.which("java") or os.environ.get("JAVA_HOME"):  # without Java the tests marked spark are skipped
        _install_lock(SPARK_LOCK)
    required = {"--require-browser": "REVMIX_REQUIRE_BROWSER", "--require-nginx": "REVMIX_REQUIRE_NGINX"}
    environment = {variable: "1" for option, variable in required.items() if option in rest}
    chosen = [argument for argument in rest if argument not in required]
    # Some tests cover only some code, so the limit applies to the full run, which uses every core.
    whole = () if chosen else ("--cov", "--cov-report=term", "--numprocesses=auto", "--dist=loadfile")
    _python("-m", "pytest", *whole, *chosen, environment=environment)
    return 0


def lint(_: Sequence[str]) -> int:
    """Run Ruff, mypy and the import contracts, then list which failed."""
    install_for_developing()
    failed = []
    for name, check in CHECKS.items():
        try:
            _python(*check)
        except subprocess.CalledProcessError:
            failed.append(name)
    if failed:
        print(f"tasks.py lint: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def bench(rest: Sequence[str]) -> int:
    """Time our pricer and a plain-pandas one, then many sessions on one server; arguments go to the first."""
    install_for_developing()
    _python("-m", "tests.bench", *rest)
    if not rest:
        _python("-m", "tests.bench.load")
    return 0


def lock(rest: Sequence[str]) -> int:
    """Rewrite the lock files (Python 3.11); ``--upgrade`` or ``--upgrade-package NAME`` go to pip-compile."""
    if sys.version_info[:2] != OLDEST:
        sys.exit("tasks.py lock: run it with Python 3.11; a newer one may choose releases that 3.11 cannot use")
    install_for_developing()
    compile_lock = (
        *("-m", "piptools", "compile", "--quiet", "--no-config", "--newline=lf", "--annotation-style=line"),
        *("--generate-hashes", "--strip-extras", "--allow-unsafe"),
        # Neither the machine nor a registry's address goes into the file.
        *("--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-emit-options"),
    )
    # Hashes are for the public registry's files, whatever mirror or local folder this machine's pip uses.
    environment = {"CUSTOM_COMPILE_COMMAND": "python tasks.py lock", "PIP_CONFIG_FILE": os.devnull}
    environment |= dict.fromkeys(("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"), "")
    run_extras = ("--extra=engines", "--extra=office", "--extra=lock")
    spark = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]["spark"]
    for path, chosen, given in (
        (RUN_LOCK, (*run_extras, PROJECT.name), None),
        (DEV_LOCK, (*run_extras, "--extra=dev", f"--constraint={RUN_LOCK.name}", PROJECT.name), None),
        # Spark alone, not what is in the other two: from the standard input, so that no file of this machine is named.
        (SPARK_LOCK, (f"--constraint={DEV_LOCK.name}", "-"), "\n".join(spark)),
    ):
        _python(*compile_lock, *rest, *chosen, f"--output-file={path.name}", environment=environment, given=given)
    return 0


def install(_: Sequence[str]) -> int:
    """Create .venv and install everything for running and developing, without starting anything."""
    install_for_developing()
    return 0


TASKS: Mapping[str, Callable[[Sequence[str]], int]] = {
    task.__name__: task for task in (run, test, lint, bench, lock, install)
}


# ---------------------------------------------------------------------------------------------- the virtual environment
def install_for_running() -> None:
    """Bring .venv in line with requirements.txt, with this checkout installed in place."""
    _make_venv()
    _install_lock(RUN_LOCK)
    # --no-build-isolation: setuptools comes from the lock, so that nothing unhashed is fetched to build.
    _once("revmix", _digest(PROJECT), "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def install_for_developing() -> None:
    """Install the same, plus the tools of requirements-dev.txt, whose versions match requirements.txt."""
    install_for_running()
    _install_lock(DEV_LOCK)


def _make_venv() -> None:
    """Create .venv, or recreate it if its Python is gone or too old, or the folder has moved."""
    if _is_usable():
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "RevMix needs Python's venv and ensurepip modules, which this Python lacks; "
            "on Debian or Ubuntu: sudo apt install python3-venv"
        )
    print(f"Making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)


def _is_usable() -> bool:
    """Tell whether .venv holds a recent enough Python that belongs to this folder."""
    if not PYTHON.exists():
        return False
    question = f"import os, sys; print(sys.version_info >= {OLDEST}, os.path.samefile(sys.prefix, {str(VENV)!r}))"
    answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True, check=False)
    return answer.stdout.split() == ["True", "True"]


def _install_lock(path: Path) -> None:
    # --use-pep517: pyspark comes as source; an older pip would build it in a way of its own without it.
    _once(
        path.stem,
        _digest(path),
        *("--require-hashes", "--no-deps", "--no-build-isolation", "--use-pep517"),
        "-r",
        str(path),
    )


def _once(name: str, state: str, *arguments: str) -> None:
    """Run ``pip install`` with these arguments, unless a stamp in .venv shows this state is installed."""
    stamp = VENV / f"installed-{name}.stamp"
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    stamp.unlink(missing_ok=True)
    print(f"Installing {name} into {VENV.name}; the first time takes a minute or more", flush=True)
    # -qq: errors alone; what pip warns of is the machine's own set-up, a line for every package.
    _python("-m", "pip", "install", "-qq", "--disable-pip-version-check", *arguments)
    stamp.write_text(state, encoding="ascii")


def _digest(path: Path) -> str:
    """Return the SHA-256 of a text file and its location, whatever the checkout's line endings."""
    text = path.read_text(encoding="utf-8")
    return hashlib.sha256(f"{path}\n{text}".encode()).hexdigest()


def _python(*arguments: str, environment: Mapping[str, str] | None = None, given: str | None = None) -> None:
    """Run the virtual environment's Python at the checkout's root; raises CalledProcessError if it fails."""
    # An empty value takes a variable away: pip reads an empty one as a setting.
    changed = {**os.environ, "PYTHONUTF8": "1", **(environment or {})}
    kept = {name: value for name, value in changed.items() if value}
    subprocess.run([str(PYTHON), *arguments], cwd=ROOT, env=kept, check=True, input=given, encoding="utf-8")


def _shown(command: Sequence[str]) -> str:
    """Return a command as a person would type it, on one line."""
    return " ".join(("python", *command[1:4])) if command else "python"


if __name__ == "__main__":
    sys.exit(main())
