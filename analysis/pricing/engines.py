"""The engines the pipeline can run on. Polars is the default; the others give the same result to the cent."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, get_args

import narwhals as nw
import polars as pl

from analysis.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Engine = Literal["polars", "duckdb", "spark", "pandas"]
ENGINES: tuple[Engine, ...] = get_args(Engine)

_SPARK_OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "4",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "4g",
}


def _missing(engine: str, what: str, package: str) -> BadInput:
    return BadInput(
        f"no {what} for --engine {engine}",
        expected=f"{what} to be installed",
        todo=f"run: pip install {package}, or remove --engine",
    )


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn categories into text: other engines have no shared dictionary to join on."""
    return frame.with_columns(pl.col(pl.Categorical).cast(pl.String))


@contextmanager
def _duckdb() -> Iterator[Callable[[pl.DataFrame], Any]]:
    try:
        import duckdb  # noqa: PLC0415  an optional engine is imported only when asked for
    except ImportError as error:
        raise _missing("duckdb", "DuckDB", "duckdb") from error
    with duckdb.connect(":memory:") as connection:
        yield lambda frame: connection.from_arrow(_plain(frame).to_arrow())


@contextmanager
def _spark() -> Iterator[Callable[[pl.DataFrame], Any]]:
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415  an optional engine is imported only when asked for
    except ImportError as error:
        raise _missing("spark", "PySpark (and Java 17)", "pyspark") from error
    builder = SparkSession.builder.master("local[*]").appName("revmix")
    for name, value in _SPARK_OPTIONS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        session.sparkContext.setLogLevel("OFF")
        yield lambda frame: session.createDataFrame(_plain(frame).to_arrow())
    finally:
        session.stop()


@contextmanager
def converter(engine: Engine) -> Iterator[Callable[[pl.DataFrame], nw.LazyFrame[Any]]]:
    """Return a function that passes a Polars frame to an engine as a lazy Narwhals frame, within the `with` block.

    Raises
    ------
    BadInput
        If the engine is unknown or not installed.
    """
    if engine == "polars":
        yield lambda frame: nw.from_native(frame.lazy())
    elif engine == "pandas":
        yield lambda frame: nw.from_native(_plain(frame).to_pandas(use_pyarrow_extension_array=True)).lazy()
    elif engine == "duckdb":
        with _duckdb() as convert:
            yield lambda frame: nw.from_native(convert(frame)).lazy()
    elif engine == "spark":
        with _spark() as convert:
            yield lambda frame: nw.from_native(convert(frame)).lazy()
    else:
        raise BadInput(f"the engine {engine!r}", expected=f"one of {', '.join(ENGINES)}", todo="correct --engine")


def collect(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    """Run the query and return a Polars frame, on any engine."""
    native = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        return native.collect(engine="streaming")
    result: pl.DataFrame = frame.collect("polars").to_native()
    return result
