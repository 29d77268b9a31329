"""Texts: TFDS by name, embedded data sets, the user's own files, splits."""
