"""The parts of the Code mix page."""
