"""Sections of a report, one module per section; each makes blocks from the results of a comparison."""
