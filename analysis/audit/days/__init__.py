"""Days that cannot be, or are unlike the others: hours, duplicates, places, closed days."""
