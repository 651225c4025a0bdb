"""Commands of our own, one a file."""
