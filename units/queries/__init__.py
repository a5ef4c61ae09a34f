"""Reads that are more than a filter, each with a fixed number of queries."""
