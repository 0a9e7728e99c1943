"""Output tables: planned from the queries, filled with Arrow, and merged by dlt."""
