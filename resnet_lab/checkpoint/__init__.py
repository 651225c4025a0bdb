"""Checkpoints: how they are written, what may be read, which one is meant."""
