"""Checkpoints: writing, safe reading, and the choice of those that are evaluated."""
