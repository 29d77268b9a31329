"""The former name of `recipes.classify_text`."""

import sys

if __name__ == "__main__":
    sys.exit("recipes.train is now recipes.classify_text, with the same options.")
