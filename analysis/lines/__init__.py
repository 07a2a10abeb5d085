"""The billing line, used by everything after the reader, and the filters that select lines."""
