"""The study: its page on made-up records with known answers, its order of trials, and resuming."""

import dataclasses
import gzip
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from recipes import study
from recipes.reports import findings
from recipes.reports import plan as plans
from recipes.reports import study as page
from recipes.reports.plan import Known, Memory, Place, Plan
from recipes.sweeps import record
from recipes.sweeps.sweep import Outcome
from recipes.trials import encoder, memory, replicate
from recipes.trials.replicate import MAIN, TUNED_ON
from recipes.trials.trial import packed

REVIEWS = Place("embedded_rotten_tomatoes", "words", 1_000, 60, varied=True)
TAGS = Place("brown", "tagging", 250, 60)
LARGE = Place("brown", "tagging", 4_000, 60)
PLAN = Plan(
    "small", "no time", (REVIEWS, TAGS, LARGE), Memory((10, 100), (2e-3, 1e-2), seeds=5),
    settings=2, tuned_on=1, looks=(4, 6), widths=(16,), explored=("mgu",),
    known=(Known("copy", 1_000, 50, 9, {"gru": 60, "lstm": 50}, 0.03, {"gru": 0.02, "lstm": 0.02}),
           Known("copy", 200, 50, 9, {"gru": 60}, 0.09)),
)  # fmt: skip
ACCURACY = {"simple_rnn": 0.6, "lstm": 0.8, "gru": 0.8, "average": 0.7, "bow": 0.9,
            "embedding": 0.7, "most_frequent": 0.5, "mgu": 0.75, "minilm": 0.95}  # fmt: skip


class Sweep:
    """Runs trials in this process with made-up accuracies; stops after some, as on Ctrl-C."""

    def __init__(self):
        self.ran, self.most, self.accuracy, self.noise = [], 10**9, dict(ACCURACY), 0.002

    def line(self, one):
        self.ran.append(one)
        if isinstance(one, memory.Trial):
            right = float(one.learning_rate == 1e-2 and (one.model != "lstm" or one.size < 100))
            flow = {"before": {"back": [0, 5], "h": [1.0, 1e-4]}}
            result = {"valid_accuracy": right, "test_accuracy": right, "test_rows": 9,
                      "flow": flow, "test_loss": one.learning_rate, "parameters": 99,
                      "epochs": [{}] * 3}  # fmt: skip
        else:
            rng = np.random.default_rng([one.seed, one.size, *one.model.encode()])
            mean = self.accuracy[one.model] + self.noise * rng.normal()
            if one.task == "tagging":
                rows, right = 5_000, [round(100 * mean)] * 50
                share = sum(right) / rows
                sizes = {"test_blocks": [100] * 50}
            else:
                rows, sizes = 20_000, {}
                of_rows = np.arange(rows) < rows * mean
                right, share = packed(of_rows), float(of_rows.mean())
            result = {"valid_accuracy": share, "test_accuracy": share, "test_rows": rows,
                      "test_right": right, "cell_parameters": one.units and 100 * one.units,
                      "best_update": 50, **sizes}  # fmt: skip
        return record.line(one, {"status": "done", "reason": None, **result}, 3.0)

    def __call__(self, wanted, run, runs, jobs, minutes, console):
        for place, one in enumerate(todo := [one for one in wanted if not runs.done(one.key)]):
            if len(self.ran) >= self.most:
                return Outcome(todo[place:], True, 1.0)
            runs.append(self.line(one))
        return Outcome([], False, 1.0)

    @property
    def arms(self):
        return {(one.data, one.size, one.arm, one.units, one.seed) for one in self.ran}


@pytest.fixture
def made(tmp_path, monkeypatch):
    guide = tmp_path / "docs" / "guides" / "which_cell.md"
    guide.parent.mkdir(parents=True)
    guide.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    monkeypatch.chdir(tmp_path)
    settings = study.Settings(
        runs=Path("runs"), out=Path("docs/study"), guide=Path("docs/guides/which_cell.md"), jobs=1,
        dirty=True,
    )  # fmt: skip
    sweep = Sweep()
    monkeypatch.setattr(study, "sweep", sweep)
    monkeypatch.setattr(encoder, "installed", lambda: False)
    return settings, sweep


def start(settings, plan=PLAN):
    console = Console(record=True, width=300, file=open("/dev/null", "w"))  # noqa: SIM115
    return study.main(settings, console, plan), console.export_text()


def told(settings):
    return (settings.out / "README.md").read_text()


def test_the_page_is_written_from_the_lines(made):
    settings, sweep = made
    code, said = start(settings)
    assert code == 0, said
    text = told(settings)
    first, alike, little = re.findall(r"^\d\. \*(.+)\* \*\*(.+)\.\*\* (.+)$", text, re.M)
    assert first[:2] == (findings.FIRST_WORD, "Contradicted")
    assert "simple RNN 5 of 5" in first[2]
    assert "LSTM 0 of 5" in first[2]
    assert alike[0] == findings.ALIKE
    assert "mean of 2 tasks" in alike[2]
    assert little[:2] == (findings.LITTLE, "Contradicted"), "the GRU is here what the LSTM is"
    for heading in ("The GRU against", "Accuracy", "How many settings", "The first word", "Widths",
                    "Published results"):  # fmt: skip
        assert f"\n## {heading}" in text
    row = "| copy memory, N = 1,000 | GRU | 99 | 0.03 | 0.02 | 0.01 | 100.0% | 0.01 | 150 |"
    assert row in text, "of the learning rate that was better on validation"
    row = "| copy memory, N = 200 | GRU | 99 | 0.09 |  | 0.01 | 100.0% | 0.01 | 150 |"
    assert row in text, "a length that the paper does not have"
    assert "has not run yet" not in text
    shown = re.findall(r"\]\(([^)]+\.(?:svg|csv|tex|jsonl\.gz))\)", text)
    assert {"lead_lstm.svg", "lead_simple_rnn.svg", "curve_brown.svg", "accuracies.csv"} <= {*shown}
    assert {path.name for path in settings.out.iterdir()} == {*shown, "README.md"}
    latex = (settings.out / "gru_minus_lstm.tex").read_text()
    assert latex.startswith("% needs \\usepackage{booktabs}\n\\begin{tabular}")
    assert latex.isascii()
    numbers = pd.read_csv(settings.out / "gru_minus_lstm.csv")
    assert {*numbers.texts} == {250, 1_000, 4_000}
    lead = numbers["GRU minus LSTM"]
    assert (numbers["GRU minus LSTM, low"] < lead).all()
    assert lead.abs().max() < 0.01
    raw = [
        json.loads(line)
        for name in ("texts", "memory", "known")
        for line in gzip.decompress(
            (settings.out / f"small_{name}.jsonl.gz").read_bytes()
        ).splitlines()
    ]
    assert sorted(one["key"] for one in raw) == sorted(one.key for one in sweep.ran)
    guide = settings.guide.read_text()
    assert "1,000 texts:** highest mean accuracy: bag of words." in guide
    assert re.search(r"best model that ignores order: bag of words, (89|90)\.\d%", guide)
    assert "LSTM and GRU:** solved, of 20 trials with the same learning rates and seeds" in guide
    assert "by initialization (default: Keras's): default 5; default, curriculum 5;" in guide
    assert guide.startswith(f"before\n{page.BEGIN}\n- *{findings.FIRST_WORD}* **Contradicted.**")
    assert guide.endswith("(../study/README.md).\n" + f"{page.END}\nafter\n")


@pytest.mark.parametrize(
    ("gru", "verdict"), [(0.85, "Supported"), (0.7, "Contradicted"), (0.8, "Contradicted")]
)
def test_take_the_gru_if_it_is_better_than_both_by_more_than_a_point(made, gru, verdict):
    settings, sweep = made
    sweep.accuracy["gru"] = gru
    start(settings)
    assert f"*{findings.LITTLE}* **{verdict}.**" in told(settings)


def test_a_mean_of_tasks_that_differ_decides_nothing(made):
    settings, sweep = made
    line = sweep.line

    def other_on_reviews(one):
        sweep.accuracy["gru"] = 0.7 if one.data == REVIEWS.data else 0.8
        return line(one)

    sweep.line = other_on_reviews
    start(settings)
    assert f"*{findings.ALIKE}* **Not decided.**" in told(settings)
    few = (
        "The tasks differ too much for a mean of 2 to decide it; with tasks that differ as much as"
    )
    assert re.search(f"{few} these, about [0-9]+ would be needed\\.", told(settings))
    assert f"the same at 2, worse at 1 ({REVIEWS.name} texts)." in told(settings)


def test_before_the_first_look_nothing_is_decided(made):
    settings, sweep = made
    sweep.accuracy["gru"] = 0.9
    tuning = 2 * 4
    sweep.most = tuning + 3 * 6  # three of four replicates at the first place
    start(settings)
    text = told(settings)
    assert f"- {REVIEWS.name} texts: 3 of 4 replicates" in text
    assert "## The GRU against" not in text
    assert f"*{findings.LITTLE}* **Not decided.**" in text


@pytest.mark.parametrize(("noise", "replicates"), [(0.0, 4), (0.05, 6)])
def test_a_second_look_only_where_the_first_did_not_decide(made, noise, replicates):
    settings, sweep = made
    sweep.noise = noise
    start(settings)
    for place in PLAN.places:
        seeds = {one.seed for one in sweep.ran if (one.data, one.size) == (place.data, place.size)}
        assert {seed for seed in seeds if seed < TUNED_ON} == set(range(replicates))


def test_widths_and_starts_come_at_the_varied_places_alone(made):
    settings, sweep = made
    start(settings)
    arms = {(data, arm, units) for data, _, arm, units, _ in sweep.arms}
    assert (REVIEWS.data, replicate.WIDTH, 16) in arms
    assert (REVIEWS.data, replicate.START, 64) in arms
    assert (REVIEWS.data, replicate.EXPLORED, 64) in arms
    opened = {one.model for one in sweep.ran if one.arm == replicate.OPEN}
    assert opened == {"gru"}
    others = {replicate.WIDTH, replicate.START, replicate.OPEN, replicate.EXPLORED}
    assert not {arm for data, arm, _ in arms if data == TAGS.data} & others
    text = told(settings)
    row = re.search(r"\| MGU \|.*", text)[0]
    assert re.search(r"7[45]\.\d% .*−5\.\d.*\| 6,400 \| 50 \|", row), row
    assert "LSTM, matched starts | 64 | 80." in text
    assert re.search(r"GRU, update gate open \| 64 \| (79|80)\.", text)
    assert re.search(r"\| GRU: matched.* \| GRU: bias alone minus Keras's \|", text)
    guide = settings.guide.read_text()
    assert "- **Initialization:** a bias of 1 for the gate that keeps the past" in guide
    assert re.search(r": GRU [^,]*\[[^]]*\] \(.* by the bias alone\), LSTM", guide)
    assert f"- **Other cells, minus the LSTM,** on {REVIEWS.name} texts: MGU −5" in guide.replace(
        "\u00a0", " "
    )
    units = f"minus those of 64 units, on {REVIEWS.name} texts: 16 units"
    assert f"- **Units, LSTM and GRU:** points of test accuracy {units}" in guide


def test_variants_that_lack_a_replicate_are_named_and_not_shown(made):
    settings, _ = made
    start(settings)
    file = settings.runs / "study_small" / "texts" / "trials.jsonl"
    kept = [
        line
        for line in file.read_text().splitlines()
        if (json.loads(line)["arm"], json.loads(line)["seed"]) != (replicate.WIDTH, 3)
    ]
    file.write_text("\n".join(kept) + "\n")
    (settings.out / "small_texts.jsonl.gz").unlink()
    start(dataclasses.replace(settings, page=True))
    text = told(settings)
    assert f"- other widths at {REVIEWS.name} texts: simple RNN (16 units), LSTM (16 units)" in text
    assert "| LSTM | 16 |" not in text
    assert "| mgu | 64 |" in text.lower()
    assert "Units, LSTM and GRU" not in settings.guide.read_text()


def test_a_part_of_the_second_look_changes_no_verdict(made):
    settings, sweep = made
    sweep.noise = 0.05
    start(settings, dataclasses.replace(PLAN, looks=(4, 4)))
    first = re.search(r"\*\*.*GRU minus LSTM.*", told(settings))[0]
    sweep.most = len(sweep.ran) + 6
    assert start(settings)[0] == 130
    assert "the second look" in told(settings)
    assert re.search(r"\*\*.*GRU minus LSTM.*", told(settings))[0] == first


def test_a_look_that_is_still_to_come_is_named(made):
    settings, sweep = made
    sweep.noise = 0.05
    start(settings, dataclasses.replace(PLAN, looks=(4, 4)))
    assert "second look" not in told(settings)
    start(dataclasses.replace(settings, page=True))
    assert f"- the second look at {REVIEWS.name} texts" in told(settings)


def test_the_setting_that_validates_best_is_used(made, monkeypatch):
    settings, sweep = made
    first, second = plans.settings(2)
    line = sweep.line

    def better_second(one):
        found = line(one)
        if getattr(one, "dropout", None) == second.dropout:
            found["valid_accuracy"] = 1.0
        return found

    monkeypatch.setattr(sweep, "line", better_second)
    start(settings)
    finals = [one for one in sweep.ran if one.arm == MAIN and one.seed < TUNED_ON]
    assert finals
    assert {one.dropout for one in finals} == {second.dropout} != {first.dropout}


def test_started_again_it_runs_nothing_twice(made):
    settings, sweep = made
    start(settings)
    count, text = len(sweep.ran), (settings.out / "README.md").read_bytes()
    start(settings)
    assert len(sweep.ran) == count == len({one.key for one in sweep.ran})
    assert (settings.out / "README.md").read_bytes() == text


@pytest.mark.parametrize("most", [1, 11, 20, 60])
def test_cut_short_the_page_says_what_is_missing_and_the_rest_follows(made, most):
    settings, sweep = made
    sweep.most = most
    code, said = start(settings)
    assert code == 130
    assert "goes on from here" in said
    assert "## What has not run yet" in told(settings)
    assert f"- {LARGE.name} texts" in told(settings)
    sweep.most = 10**9
    assert start(settings)[0] == 0
    assert len(sweep.ran) == len({one.key for one in sweep.ran})
    assert "## What has not run yet" not in told(settings)


def test_the_sentence_encoder_joins_where_it_is_installed(made, monkeypatch):
    settings, sweep = made
    assert start(settings)[0] == 0
    assert "no pretrained encoder was tried" in told(settings)
    assert "entence encoder" not in told(settings)
    before = len(sweep.ran)
    monkeypatch.setattr(encoder, "installed", lambda: True)
    sweep.most = before + 2
    assert start(settings)[0] == 130
    assert f"- the sentence encoder at {REVIEWS.name} texts" in told(settings)
    sweep.most = 10**9
    assert start(settings)[0] == 0
    mine = [(one.data, one.size, one.model, one.seed) for one in sweep.ran[before:]]
    assert mine == [(REVIEWS.data, 1_000, "minilm", k) for k in range(4)], "texts, not words"
    row = next(r for r in told(settings).splitlines() if r.startswith(f"| {REVIEWS.name} | 60"))
    assert re.search(r"\| 9[45]\.\d% \[[^|]+\] \|$", row)
    assert "no pretrained encoder" not in told(settings)
    guide = settings.guide.read_text()
    assert "highest mean accuracy: sentence encoder. Best cell" in guide
    assert "best model that ignores order: bag of words" in guide
    assert re.search(r"Sentence encoder: 9[45]\.\d% \[", guide)


def test_one_part_runs_alone(made):
    settings, sweep = made
    start(dataclasses.replace(settings, parts=("known",)))
    assert {(one.data, one.size, one.steps) for one in sweep.ran} == {
        ("copy", 1_000, 50),
        ("copy", 200, 50),
    }
    assert {one.learning_rate for one in sweep.ran} == set(PLAN.known_rates)
    assert f"- {REVIEWS.name} texts" in told(settings)


def test_a_page_is_not_replaced_by_one_that_knows_nothing(made):
    settings, sweep = made
    other = dataclasses.replace(PLAN, scale="other")
    code, said = start(dataclasses.replace(settings, page=True), other)
    assert code == 1
    assert "so nothing is written into docs/study" in " ".join(said.split())
    assert not sweep.ran
    assert "old" in settings.guide.read_text()


def test_a_fresh_checkout_goes_on_from_what_was_published(made):
    settings, sweep = made
    start(settings)
    kept = {path.name: path.read_bytes() for path in settings.out.iterdir()}
    ran = len(sweep.ran)
    assert start(dataclasses.replace(settings, runs=Path("fresh")))[0] == 0
    assert len(sweep.ran) == ran, "nothing is run twice"
    assert {path.name: path.read_bytes() for path in settings.out.iterdir()} == kept


def test_records_beside_the_page_are_added_to_those_of_an_older_run(made):
    settings, sweep = made
    start(settings)
    ran = len(sweep.ran)
    file = settings.runs / "study_small" / "texts" / "trials.jsonl"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:5]))
    before = (settings.out / "README.md").read_bytes()
    assert start(settings)[0] == 0
    assert len(sweep.ran) == ran
    assert (settings.out / "README.md").read_bytes() == before


def test_damaged_records_beside_the_page_are_refused_and_nothing_is_lost(made):
    settings, sweep = made
    start(settings)
    fresh = dataclasses.replace(settings, runs=Path("fresh"))
    file, ran = settings.out / "small_texts.jsonl.gz", len(sweep.ran)
    whole = file.read_bytes()
    lines = gzip.decompress(whole).splitlines()
    for damaged, message in (
        (whole[:-50], "is damaged"),
        (whole[:200] + b"x" + whole[201:], "is damaged"),
        (gzip.compress(b"\n".join([*lines[:3], b'{"a": 1}', *lines[3:]])), "line 4 is no record"),
    ):
        file.write_bytes(damaged)
        for _ in range(2):
            code, said = start(fresh)
            assert code == 1
            assert message in said
        assert file.read_bytes() == damaged
    file.write_bytes(whole)
    assert start(fresh)[0] == 0
    assert len(sweep.ran) == ran


def test_an_error_while_the_page_is_written_leaves_it_as_it_was(made, monkeypatch):
    settings, _ = made
    start(settings)
    before = {path.name: path.read_bytes() for path in settings.out.iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page, "gradients", full)
    code, said = start(settings)
    assert code == 1
    assert "No space left" in said
    assert {path.name: path.read_bytes() for path in settings.out.iterdir()} == before


def test_a_small_study_leaves_the_published_one_alone(made):
    settings, _ = made
    medium = dataclasses.replace(PLAN, scale="medium", places=(REVIEWS,))
    own = dataclasses.replace(settings, out=None, guide=None)
    assert start(own, medium)[0] == 0
    folder = Path("docs/study")
    before = {path: path.read_bytes() for path in (*folder.iterdir(), settings.guide)}
    assert page.BEGIN in settings.guide.read_text()
    assert "(../study/README.md)" in settings.guide.read_text()
    assert start(own)[0] == 0
    assert {path: path.read_bytes() for path in (*folder.iterdir(), settings.guide)} == before
    assert "The small study" in Path("runs/study_small/README.md").read_text()
    start(dataclasses.replace(own, out=folder))
    assert (folder / "medium_texts.jsonl.gz").exists(), "records of another scale are kept"


def test_failed_trials_and_those_beyond_the_budget_are_named(made, monkeypatch):
    settings, sweep = made
    line = sweep.line

    def no_lstm(one):
        found = line(one)
        if one.model == "lstm" and not isinstance(one, memory.Trial):
            return found | {"status": "failed", "reason": "Full`:\n| no <b>room"}
        return found

    monkeypatch.setattr(sweep, "line", no_lstm)
    code, said = start(settings)
    assert code == 0
    assert f"failed, 2 trials: LSTM, {REVIEWS.data}, 1,000: `Full': | no <b>room`" in said
    text = told(settings)
    assert text.count("- failed, 2 trials: LSTM") == 3
    assert f"- {REVIEWS.name} texts: 0 of 4 replicates of every model" in text
    assert "No place has all its replicates yet." in text

    monkeypatch.setattr(study, "sweep", lambda wanted, *_: Outcome([*wanted], False, 1.0))
    code, said = start(settings)
    assert code == 0
    assert re.search(r"\d trials were beyond the time budget; the same command goes on", said)


def test_settings_that_cannot_be_used_are_refused_before_any_work(made, monkeypatch):
    settings, sweep = made
    for change, message in (
        (dict(minutes=-1), "--minutes must be at least 0; received -1"),
        (dict(jobs=0), "--jobs must be at least 1"),
        (dict(guide=Path("none.md")), "No such file"),
        (dict(parts=()), "--parts names one or more"),
        (dict(out=settings.guide), "is no folder that can be written"),
    ):
        code, said = start(dataclasses.replace(settings, **change))
        assert code == 1
        assert message in said
    monkeypatch.setattr(record, "commit", lambda: "0123456789ab+")
    code, said = start(dataclasses.replace(settings, dirty=False))
    assert code == 1
    assert "files differ from commit 0123456789ab" in said
    settings.guide.write_text("no markers")
    code, said = start(settings)
    assert code == 1
    assert page.BEGIN in said
    assert not sweep.ran


def test_markers_stand_once_and_in_order(tmp_path):
    guide = tmp_path / "guide.md"
    for wrong in ("", page.BEGIN, f"{page.END}{page.BEGIN}", f"{page.BEGIN * 2}{page.END}"):
        guide.write_text(wrong)
        with pytest.raises(ValueError, match=r"--guide .*guide\.md needs a line .*, once each"):
            page.between(guide, "x")
