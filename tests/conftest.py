"""Settings of every test run: quiet, one thread per worker, and programs that compile quickly."""

import os
import tempfile

# A cell that must not be on the list of all runs: `test_own_cell.py` puts it there.
collect_ignore = ["own_cell.py"]

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

# Tests run a program of XLA's once or twice: its optimization would take longer than it saves.
# `make test-all` sets XLA_FLAGS to nothing: the slow tests run programs as users get them.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
)

# Compiling is most of the time on JAX, and many tests compile the same small programs: all workers
# share them, from the disk. The folder is removed when the first process of the run exits.
if os.environ.get("KERAS_BACKEND") == "jax" and "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    _programs = tempfile.TemporaryDirectory(prefix="jax_programs_", ignore_cleanup_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _programs.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
