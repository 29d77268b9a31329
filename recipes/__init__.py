"""Scripts that train, compare and inspect models: `python -m recipes.NAME`.

TensorFlow is imported only when a trial or model first needs it, so mistakes on the command line
are reported at once.
"""

import importlib.abc
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any


class _Quiet(importlib.abc.MetaPathFinder):
    """Silences TensorFlow's start-up messages, which would bury a recipe's own output.

    TensorFlow writes them from C++ to the file descriptor before any of its settings takes effect.
    Errors raised by the import are not affected. Whoever only asks whether TensorFlow is installed
    (etils does) finds it too, so this finder stays until a module is loaded.
    """

    def find_spec(self, name, path=None, target=None):
        if name not in ("keras", "tensorflow"):
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            load = loader.exec_module

            def load_quietly(module: ModuleType) -> None:
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                screen, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 2)
                try:
                    load(module)
                finally:
                    os.dup2(screen, 2)
                    os.close(screen)
                    os.close(nowhere)

            loader.exec_module = load_quietly
        return spec


def lazily(name: str) -> Any:
    """Return a module that is imported on first access to one of its attributes."""
    if name not in sys.modules:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        spec.loader = importlib.util.LazyLoader(spec.loader)
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        package, _, last = name.rpartition(".")
        setattr(sys.modules[package], last, module)
    return sys.modules[name]


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if not {"keras", "tensorflow"} & sys.modules.keys():
    sys.meta_path.insert(0, _Quiet())
