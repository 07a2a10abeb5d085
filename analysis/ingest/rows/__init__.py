"""Clean the rows: each is accepted, rejected or ignored, and all rows and dollars are accounted for."""
