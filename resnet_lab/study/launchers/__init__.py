"""Launchers of a study, one per file."""
