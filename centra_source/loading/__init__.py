"""One resource in one run: what is read, in which order, how far the bookmark moves."""
