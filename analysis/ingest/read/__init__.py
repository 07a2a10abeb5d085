"""Read the file: from its bytes, whatever kind it is, to a table of text cells under headings."""
