"""The billing line, which everything after the reader works on, and the filters that choose some of them."""
