"""Plots of reports, ``inspect`` and TensorBoard, one module per kind; they take plain data."""
