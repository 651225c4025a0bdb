"""From files on disk to batches; knows no network."""
