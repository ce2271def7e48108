"""Products, diseases, treatments and trials as records: what differs, and where it is known from."""
