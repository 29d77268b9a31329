"""The cells: one file each, with equations, paper and step."""
