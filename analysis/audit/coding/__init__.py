"""Codes by themselves: add-ons, units without time, repeated evaluations, codes not in use, usual limits."""
