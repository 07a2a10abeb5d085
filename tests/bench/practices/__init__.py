"""A bench for a discoverer of payers' contracts: made-up practices whose contracts are known, and a scorer."""

from tests.bench.practices.practice import Practice, make_practice
from tests.bench.practices.scorer import score
from tests.bench.practices.terms import pays

__all__ = ["Practice", "make_practice", "pays", "score"]
