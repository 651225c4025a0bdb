"""Pure functions of numbers: intervals, tests and summaries. They use no types of other rooms."""
