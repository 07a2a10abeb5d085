"""Parts of the Payments page."""
