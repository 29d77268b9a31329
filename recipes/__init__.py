"""Scripts that train, compare and look at models: `python -m recipes.NAME`."""

import os


def _load_tensorflow_quietly() -> None:
    """Import TensorFlow without its notes on start-up, which would bury what a recipe says.

    It writes them from C++, to the file descriptor, before any setting of its own can stop it;
    an error of the import is raised as ever.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    screen, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    finally:
        os.dup2(screen, 2)
        os.close(screen)
        os.close(nowhere)


_load_tensorflow_quietly()
