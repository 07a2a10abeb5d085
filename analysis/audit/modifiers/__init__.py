"""Modifiers: the plan of care's discipline, assistants, and KX."""
