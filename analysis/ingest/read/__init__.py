"""Read a file of any kind: from its bytes to a table of text cells under headings."""
