"""Layers: objects that own variables and add operations, and their functions."""
