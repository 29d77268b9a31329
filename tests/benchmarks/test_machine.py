"""The commit that a record names."""

import subprocess

from benchmarks import machine


def git(*arguments):
    name = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *name, *arguments], check=True, capture_output=True)


def test_the_records_that_are_written_do_not_count(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = [tmp_path / "code.py", tmp_path / "benchmarks" / "results" / "speed.json"]
    git("init")
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("1")
    git("add", ".")
    git("commit", "-m", "a")
    clean = machine.commit()
    assert len(clean) == 12
    files[1].write_text("2")
    assert machine.commit() == clean
    files[0].write_text("2")
    assert machine.commit() == f"{clean}+"


def test_without_a_repository_there_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert machine.commit() is None
