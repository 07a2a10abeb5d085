"""Parts of the Contracts page."""
