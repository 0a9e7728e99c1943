"""What must hold of a catalog before Global-e gets it: rules, findings, and the table of them."""
