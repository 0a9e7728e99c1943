"""How fast the source loads, side by side with other ways to load the same answers."""
