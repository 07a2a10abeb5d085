"""What the screens share: session store, filters, tables, charts, downloads, empty states and errors."""
