"""Functions for schedulers such as Airflow and Dagster."""
