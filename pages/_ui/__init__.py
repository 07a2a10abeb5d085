"""What the pages are made of: `kit` for all of them, and a folder for each."""
