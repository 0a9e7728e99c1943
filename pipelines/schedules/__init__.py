"""Schedules that run the jobs of this folder: Airflow, Dagster, GitHub Actions, cron, systemd."""
