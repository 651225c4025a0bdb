"""Comparison of two arms from run folders: pairs, conditions, measures, claims and results. Imports no torch."""
