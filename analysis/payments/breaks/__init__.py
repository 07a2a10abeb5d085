"""Changes in how payers pay that surface by themselves: a code paid less, slower answers, a reason denied more."""

from analysis.payments.breaks.find import Break, breaks
from analysis.payments.breaks.lists import lines_of

__all__ = ["Break", "breaks", "lines_of"]
