"""Tasks that need a memory and nothing else, the parts of `recipes.first_word`."""
