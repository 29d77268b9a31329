"""Comparison of the main job's trials; the command itself takes twenty minutes."""

import io
import json

import pytest
from rich.console import Console

from benchmarks import main_job, readme
from recipes.trials.trial import EQUAL_UNITS, Trial


def record(seconds, *passes, **more):
    told = {"data": "embedded_imdb", "size": 500, "model": "gru", "units": 64, "status": "done"}
    epochs = [{"seconds": of_pass} for of_pass in passes]
    return told | {"seconds": seconds, "epochs": epochs, "reason": None} | more


class Some:
    """Texts of which the plan uses only the number."""

    train, classes = range(5_000), range(2)

    def subset(self, size):
        return self


@pytest.fixture(autouse=True)
def texts(monkeypatch):
    monkeypatch.setattr(main_job.trial, "load", lambda *_: Some())


def test_the_loop_makes_as_many_passes():
    one = Trial("embedded_imdb", "gru", EQUAL_UNITS, 500, 0, units=64)
    other = main_job.like(one, record(9.0, 3.0, 0.5, 0.4))
    assert (other.engine, other.epochs, other.patience) == ("loop", 3, 10**9)
    assert other.key != one.key


def test_table_and_line_have_sums():
    rows = [
        main_job.row(record(4.0, 2.0, 0.5, 0.4), record(6.0, 1.5, 1.2, 1.3)),
        main_job.row(record(2.0, 1.0, 0.6, size=2000), record(1.0, 0.5, 0.3, size=2000)),
    ]
    assert rows[0]["passes"] == 3
    assert rows[0]["auto"] == {"seconds": 4.0, "fastest_pass": 0.4}
    screen = Console(width=120, record=True, file=io.StringIO())
    screen.print(main_job.table(rows))
    lines = [line for line in screen.export_text().splitlines() if "all" in line]
    assert [cell.strip() for cell in lines[-1].strip("│ ").split("│")][-6:] == [
        "7.0",
        "6.0",
        "1.17",
        "1.50",
        "1.00",
        "1.50",
    ]
    said = readme._main_job(rows)
    assert "1.5 times as fast as on the plain loop (0.5 to 3.0)" in said
    assert "are 1.2 times as fast" in said


@pytest.mark.parametrize("failing", ["auto", "loop"])
def test_a_failed_trial_gives_no_table(monkeypatch, tmp_path, failing):
    def ran(settings, path, plan, console):
        broken = {"status": "failed", "reason": "ValueError: lost"} if path == failing else {}
        return {one.key: record(1.0, 0.5, **broken) for one in plan}

    monkeypatch.setattr(main_job, "ran", ran)
    screen = Console(width=200, record=True)
    settings = main_job.Settings(sizes=(500,), runs=tmp_path / "runs", out=tmp_path / "out.json")
    assert main_job.main(settings, screen) == 1
    assert "failed: gru: ValueError: lost" in screen.export_text()
    assert not settings.out.exists()


def test_what_is_written(monkeypatch, tmp_path):
    monkeypatch.setattr(
        main_job, "ran", lambda _, __, plan, ___: {one.key: record(1.0, 0.5) for one in plan}
    )
    settings = main_job.Settings(sizes=(500,), runs=tmp_path / "runs", out=tmp_path / "out.json")
    assert main_job.main(settings, Console(width=200, quiet=True)) == 0
    told = json.loads(settings.out.read_text())
    assert len(told["rows"]) == 10, "two data sets, five networks"
    assert {"machine", "versions", "commit", "command", "jobs"} < told.keys()
