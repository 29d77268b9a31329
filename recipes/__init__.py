"""Scripts that train, compare and look at models: `python -m recipes.NAME`."""
