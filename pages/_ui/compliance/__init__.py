"""The parts of the Compliance page."""
