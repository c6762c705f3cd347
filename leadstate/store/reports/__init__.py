"""The queries of the reports: the database counts, and hands over small tables."""
