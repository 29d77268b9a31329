"""Texts: TFDS by name, embedded sets, the user's own files, splits."""
