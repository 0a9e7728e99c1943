"""One module for each command of `centra`. Its function `run` takes the options and returns the exit code."""
