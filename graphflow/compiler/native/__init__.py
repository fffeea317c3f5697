"""Whole sequences of small steps as one function for numba, such as the body of a loop.

All shapes are known, and are numbers in the text.  `writer.py` writes statements, `steps.py` says
for each type of op which, `lists.py` does so for lists of tensors, and `loop.py` puts condition and
body of a loop together.
"""
