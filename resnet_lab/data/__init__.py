"""Data sets: from files on disk to batches. Nothing here knows of a network."""
