"""Read single cells: money, dates, codes and units, however exports write them."""
