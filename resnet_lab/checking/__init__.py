"""Check of a data set for errors and doubts. Imports no torch."""
