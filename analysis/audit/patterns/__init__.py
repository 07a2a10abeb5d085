"""Patterns over many visits: a therapist's mix, a sudden shift, the same codes every time."""
