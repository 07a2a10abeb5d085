"""What every page uses: the frame, filters, tables, charts, tiles, words, downloads, and what a session holds."""
