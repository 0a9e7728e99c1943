"""What jobs print, log, write and send."""
