"""What a token may read of a shop: `centra check`."""
