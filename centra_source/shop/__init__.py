"""What one shop and one token can answer."""
