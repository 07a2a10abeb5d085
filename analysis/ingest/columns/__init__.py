"""Map the columns: what each heading means, proposed from headings and cells, and remembered if the user wants."""
