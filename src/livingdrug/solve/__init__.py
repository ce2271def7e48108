"""Run systems for cohorts."""
