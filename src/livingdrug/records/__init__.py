"""Products, diseases, treatments and trials as records, each number with its source."""
