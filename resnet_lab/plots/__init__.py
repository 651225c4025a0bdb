"""The figures of a report, one kind a file, each about as wide as a phone's screen."""
