"""One request to Centra: sent within the limits, retried, its answer and its errors read."""
