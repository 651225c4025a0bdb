"""Pure functions of numbers: intervals, tests, summaries; no project types."""
