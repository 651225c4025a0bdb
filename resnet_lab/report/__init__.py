"""The report on a comparison: words, sections, document, rendering."""
