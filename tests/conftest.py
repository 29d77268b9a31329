"""Settings of every test run: quiet, and one thread per worker, since workers run in parallel."""

import os

# A cell that must not be on the list of all runs: `test_own_cell.py` puts it there.
collect_ignore = ["own_cell.py"]

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
