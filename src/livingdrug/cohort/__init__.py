"""Cohorts: the values, covariates and doses of N subjects."""
