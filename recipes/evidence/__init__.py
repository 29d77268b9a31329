"""The study: what it runs, what it concludes, how it is told; the parts of `recipes.study`."""
