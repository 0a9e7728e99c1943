"""What a first load takes: `centra forecast`."""
