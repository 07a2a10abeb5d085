"""Results as files and terminals show them."""
