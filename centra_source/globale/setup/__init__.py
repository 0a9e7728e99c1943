"""Whether a shop is set up for Global-e, as far as its loaded tables show."""
