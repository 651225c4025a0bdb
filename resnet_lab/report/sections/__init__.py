"""The sections of a report, one a file: each makes blocks of a comparison's results, in one language."""
