"""Models and weights from elsewhere, and to elsewhere."""
