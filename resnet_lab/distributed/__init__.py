"""Several processes per run: process group, launcher, signals, shutdown."""
