"""Parts of the page that prices one visit."""
