"""Preparing a TFDS data set: from files that the user provides, else by downloads.

Without a network TFDS retries each download for minutes. Here each download first checks, with a
timeout of three seconds, whether its host answers; if not, it reports at once what is missing.
"""

import contextlib
import io
import os
import queue
import random
import sys
import tempfile
import threading
import urllib.parse

import requests
import tensorflow_datasets as tfds


def prepare(builder: tfds.core.DatasetBuilder, name: str) -> tfds.core.DatasetBuilder:
    """Prepare a data set if necessary, and return a builder that can read it.

    It prints only one line for each downloaded file: TFDS's progress bars flood a terminal, and
    cannot be switched off and on again. (Preparing imports `importlib_resources`, which TFDS does
    not declare as a dependency on Python 3.11; the extra `recipes` does.)

    Raises:
        ConnectionError: a file is missing and cannot be downloaded.
        OSError: the folder of the prepared data is not writable.
    """
    if builder.data_path.exists():  # it is moved there when complete
        return builder
    root = os.fspath(builder.data_dir_root)
    _writable(root)
    terminal = sys.stderr
    make = builder._make_download_manager

    def make_manager(**kwargs):
        manager = make(**kwargs)
        download = manager._download  # called for files that are missing

        def ask_first(resource):
            if reason := silence(resource.url):
                raise ConnectionError(_missing(builder, name, manager, resource.url, reason))
            print(f"{name}: downloading {resource.url}", file=terminal, flush=True)
            return download(resource)

        manager._download = ask_first
        return manager

    # TFDS has no public hook before a download; this private one was tested with 4.9.10.
    builder._make_download_manager = make_manager
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            _unseeded(),
        ):
            builder.download_and_prepare()
    except tfds.download.DownloadError as error:
        raise ConnectionError(f"{builder.name}: the download failed: {error}") from error
    except tfds.core.download.download_manager.NonMatchingChecksumError as error:
        raise ValueError(
            f"{builder.name}: a file is not the one that TFDS knows; take it away or get it "
            f"again. {' '.join(str(error).split())}"
        ) from error
    except AssertionError as error:  # TFDS's request for files that only the user can download
        raise ValueError(f"{builder.name}: {' '.join(str(error).split())}") from error
    except OSError:
        # Another process may have prepared the same data set in the meantime.
        if not builder.data_path.exists():
            raise
    return tfds.builder(name, data_dir=root)


@contextlib.contextmanager
def _unseeded():
    """Let `random` give what no seed gives.

    TFDS draws the name of its temporary folder from it. Trials seed it, so that two that prepare
    the same data at once would write into one folder, and corrupt its files.
    """
    state = random.getstate()
    random.seed()
    try:
        yield
    finally:
        random.setstate(state)


def in_order(builder: tfds.core.DatasetBuilder, split: str):
    """Return the rows of a prepared split, in the order in which they were written."""
    # One file after the other: in parallel, the order would depend on the number of files.
    config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    return builder.as_dataset(split=split, read_config=config)


def origin(builder: tfds.core.DatasetBuilder) -> dict[str, str]:
    """Return the source of a data set, and its licence."""
    info = builder.info
    licence = info.redistribution_info.license.strip()
    return {
        "source": f"TFDS {info.full_name}: {getattr(builder, 'origin', info.homepage)}",
        "licence": licence or "TFDS names none; see the source",
    }


def silence(url: str, seconds: float = 3.0) -> str | None:
    """Return why a file cannot be downloaded, or None if its host offers it.

    It runs in a thread, since the lookup of a host name has no timeout.
    """
    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            with requests.head(url, timeout=seconds, allow_redirects=True) as answer:
                # 405 and 501: the host answers, but does not support HEAD requests.
                offered = answer.status_code < 400 or answer.status_code in (405, 501)
                answers.put(None if offered else f"answers {answer.status_code}")
        except requests.RequestException:
            answers.put("does not answer")

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return f"does not answer within {seconds:g} seconds"


def _missing(builder, name: str, manager, url: str, reason: str) -> str:
    """Return one line: what is missing, and the three ways to provide it."""
    host = urllib.parse.urlsplit(url).hostname
    by_hand = (builder.url_infos or {}).get(url)
    put = (
        f"put {by_hand.filename} into {manager._manual_dir}, or "
        if by_hand and by_hand.filename
        else ""
    )
    return (
        f"{name} is not prepared in {builder.data_dir_root}, and {host} {reason}; "
        f"run `tfds build {name}` where there is a network and copy "
        f"{builder.data_dir_root / builder.name} from there, or {put}"
        "take data that needs no network: embedded_imdb or embedded_rotten_tomatoes (for a "
        "language model embedded_shakespeare)."
    )


def _writable(folder: str) -> None:
    """Raise an error for a folder that is not writable, before any download."""
    if "://" in folder:
        return  # a bucket reports this itself
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(
            f"the data sets are prepared in {folder}, which cannot be written "
            f"({error.strerror}); name another folder: data_dir=FOLDER or TFDS_DATA_DIR=FOLDER."
        ) from error
