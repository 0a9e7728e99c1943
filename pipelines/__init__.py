"""The commands of `centra` as scripts, as dlt's projects have them, and templates for schedulers."""
