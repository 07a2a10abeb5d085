"""The parts of the Code guide page."""
