"""How a cell is carried over time; no cell is named here.

`loop.py` is the definition: whatever else carries a cell over time must equal it.
"""
