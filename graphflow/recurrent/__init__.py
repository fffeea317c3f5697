"""Recurrent nets: cells, wrappers of cells, and functions that run cells over sequences."""
