"""Clean the rows: each one accepted, rejected or ignored, and the account of all rows and dollars."""
