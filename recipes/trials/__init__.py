"""One trial of each task."""
