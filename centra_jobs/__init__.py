"""What runs around the source: jobs with a command line, checks of what arrived, reports, schedules."""
