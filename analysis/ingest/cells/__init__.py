"""Read a cell: money, dates, codes, units, as exports write them."""
