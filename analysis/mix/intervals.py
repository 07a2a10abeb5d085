"""Small statistics for shares of units."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054
"""The normal quantile that leaves 2.5 % above it: a two-sided 95 % interval."""


def wilson(part: int, whole: int, *, z: float = Z_95) -> tuple[float, float] | None:
    """Return Wilson's score interval of a share, as fractions of one; None if there are no units.

    It stays inside 0..1 and works for small counts, where the textbook interval does not (E. B. Wilson, Journal of the
    American Statistical Association 22, 1927, 209-212). It treats units as independent draws. Units of one visit are
    not, so the true uncertainty is somewhat wider: say so wherever the interval is shown.

    Raises
    ------
    ValueError
        If `part` is not between 0 and `whole`.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is not a share")
    if whole == 0:
        return None
    share = part / whole
    scale = 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return low, high
