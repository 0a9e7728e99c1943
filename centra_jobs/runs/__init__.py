"""Opening a pipeline, loading it in as many loads as it takes, and ending well."""
