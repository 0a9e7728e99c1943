"""What is loaded: tables laid out from the queries, their rows in Arrow, and the hints that merge them."""
