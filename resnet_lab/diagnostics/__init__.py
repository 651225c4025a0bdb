"""Diagnostics of a fit: measurements per layer while a network trains; one diagnostic per file."""
