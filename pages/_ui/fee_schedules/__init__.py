"""The parts of the Fee schedules page."""
