"""Map the columns: which heading means what, proposed from headings and cells, kept if wished."""
