"""Readers that turn tables into study data sets and event records."""
