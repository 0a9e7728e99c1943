"""What a scheduler runs: groups of resources, and the steps of a night."""
