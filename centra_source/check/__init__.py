"""What a token may read of a shop: `python centra_pipeline.py check`."""
