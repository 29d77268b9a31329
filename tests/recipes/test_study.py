"""The study: its verdicts on made-up trials of known answers, its page, and that it resumes."""

import dataclasses
import gzip
import json
import re

import numpy as np
import pytest
from rich.console import Console

from recipes import study
from recipes.reports import stats, verdicts
from recipes.reports import study as page
from recipes.reports.comparison import sort
from recipes.reports.plan import SCALES, SMALL, Memory, Plan, Texts
from recipes.reports.stats import CONTRADICTED, SUPPORTED, UNDECIDED, Estimate
from recipes.sweeps import record
from recipes.sweeps.sweep import Outcome
from recipes.trials import memory, trial, tuning
from recipes.trials.trial import BASELINE, EQUAL_PARAMETERS, EQUAL_UNITS, Trial
from tests.recipes import texts

PARAMETERS = {"simple_rnn": 80, "lstm": 320, "gru": 240}


def lines(means, noise=0.002, seeds=10, size=500, arm=EQUAL_UNITS):
    """Lines of trials: each model's accuracy is about its mean, by seed."""
    made = []
    for place, (model, mean) in enumerate(means.items()):
        rng = np.random.default_rng(place)
        for seed in range(seeds):
            one = Trial("d", model, arm, size, seed, units=8)
            result = dict(status="done", reason=None, parameters=1_000, epochs=[],
                          cell_parameters=PARAMETERS[model], valid_accuracy=0.5, test_rows=900,
                          test_accuracy=float(mean + noise * rng.normal()))  # fmt: skip
            made.append(record.line(one, result, 2.0))
    return made


def judged(judge, *args, **more):
    (found,) = judge("words", sort(lines(*args, **more))[0])
    return found


# The verdicts


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.009, 0.009, SUPPORTED), (0.011, 0.03, CONTRADICTED), (-0.03, -0.011, CONTRADICTED),
     (-0.03, 0.03, UNDECIDED), (0.005, 0.02, UNDECIDED), (0.001, 0.009, SUPPORTED)],
)  # fmt: skip
def test_the_same_is_within_the_margin_as_a_whole(low, high, verdict):
    assert stats.equivalent(Estimate((low + high) / 2, low, high, 10)) == verdict


def test_without_an_interval_nothing_is_the_same():
    assert stats.equivalent(None) == UNDECIDED
    assert stats.equivalent(Estimate(0.0, None, None, 1)) == UNDECIDED


@pytest.mark.parametrize(
    ("gru", "noise", "verdict"),
    [(0.802, 0.002, SUPPORTED), (0.85, 0.002, CONTRADICTED), (0.75, 0.002, CONTRADICTED),
     (0.80, 0.05, UNDECIDED), (0.812, 0.01, UNDECIDED)],
)  # fmt: skip
def test_a_gru_does_as_an_lstm(gru, noise, verdict):
    found = judged(verdicts.alike, {"lstm": 0.8, "gru": gru}, noise)
    assert found.verdict == verdict
    assert found.note == "cells of 240 and 320 parameters"
    assert len(found.scores["lstm"]) == 10


@pytest.mark.parametrize(
    ("gru", "verdict"), [(0.85, SUPPORTED), (0.70, CONTRADICTED), (0.75, CONTRADICTED)]
)
def test_take_the_gru_if_it_is_better_than_both(gru, verdict):
    means = {"simple_rnn": 0.72, "lstm": 0.8, "gru": gru}
    found = judged(verdicts.little, means)
    assert found.verdict == verdict
    assert [*found.found] == ["lstm", "simple_rnn"]


def test_better_than_one_alone_decides_nothing():
    found = judged(verdicts.little, {"simple_rnn": 0.7, "lstm": 0.8, "gru": 0.8}, 0.01)
    assert found.found["simple_rnn"].verdict == SUPPORTED
    assert found.found["lstm"].verdict == UNDECIDED
    assert found.verdict == UNDECIDED


def test_more_texts_are_not_few_and_one_seed_is_no_verdict():
    means = {"simple_rnn": 0.7, "lstm": 0.8, "gru": 0.9}
    assert not verdicts.little("words", sort(lines(means, size=verdicts.FEW + 1))[0])
    assert judged(verdicts.little, means, seeds=1).verdict == UNDECIDED
    assert judged(verdicts.alike, means, seeds=1).verdict == UNDECIDED


def test_each_size_and_arm_is_a_place():
    means = {"lstm": 0.8, "gru": 0.8}
    records = [
        line
        for size in (250, 1_000)
        for arm in (EQUAL_UNITS, EQUAL_PARAMETERS)
        for line in lines(means, size=size, arm=arm)
    ]
    found = verdicts.alike("words", sort(records)[0])
    assert {(one.size, one.arm) for one in found} == {
        (size, arm) for size in (250, 1_000) for arm in (EQUAL_UNITS, EQUAL_PARAMETERS)
    }
    assert verdicts.tally([one.verdict for one in found]) == SUPPORTED
    assert verdicts.tally([]) == UNDECIDED


# A tiny study, with accuracies made up


ACCURACY = {"simple_rnn": 0.6, "lstm": 0.8, "gru": 0.801, "average": 0.7, "bow": 0.75}


class Sweep:
    """Runs trials in this process, their accuracies made up; ends after some, as Ctrl-C does."""

    def __init__(self):
        self.ran, self.most = [], 10**9

    def line(self, one):
        self.ran.append(one.key)
        rng = np.random.default_rng([one.seed, one.size, *one.model.encode()])
        remembers = 1.0 if one.model == "simple_rnn" else 0.125
        right = remembers if isinstance(one, memory.Trial) else ACCURACY[one.model]
        flow = {"back": [0, 5], "h": [1.0, 0.5]}
        more = (
            {"flow": {"before": flow, "after": flow}}
            if isinstance(one, memory.Trial)
            else {"strength": 1.0 if one.model == "bow" else None}
        )
        noise = 0.001 * rng.normal() if 0.2 < right < 0.9 else 0.0
        result = dict(status="done", reason=None, parameters=500, epochs=[], test_rows=900,
                      cell_parameters=PARAMETERS.get(one.model), valid_accuracy=right,
                      test_accuracy=right + noise, **more)  # fmt: skip
        return record.line(one, result, 3.0)

    def __call__(self, plan, run, runs, jobs, minutes, console, start=None):
        todo = [one for one in plan if not runs.done(one.key)]
        for place, one in enumerate(todo):
            if len(self.ran) >= self.most:
                return Outcome(todo[place:], True, 1.0)
            runs.append(self.line(one))
        return Outcome([], False, 1.0)


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Settings and plan of a study of a small file, its sweep, and what `main` printed."""
    path = tmp_path / "reviews.csv"
    texts.write(path, rows=400)
    path.write_text(path.read_text().replace("id,review,stars", "id,text,label", 1))
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    settings = study.Settings(
        runs=tmp_path / "runs", out=tmp_path / "docs" / "study", guide=readme, jobs=1
    )
    plan = Plan(
        "small",
        "no time",
        Memory("first_word", ("first_word",), (100,), (("default", 10),), filler=str(path)),
        (Texts("words", "words", str(path), (40,), 20, seeds=10, tune=2, units=8),),
    )
    sweep = Sweep()
    monkeypatch.setattr(tuning, "sweep", sweep)
    monkeypatch.setattr(study, "sweep", sweep)
    trial.load.cache_clear()
    return settings, plan, sweep


def three_sizes(plan):
    return dataclasses.replace(
        plan, texts=(dataclasses.replace(plan.texts[0], sizes=(40, 80, 160)),)
    )


def start(settings, plan):
    console = Console(record=True, width=300, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115
    return study.main(settings, console, plan), console.export_text()


def test_the_page_is_written_from_the_trials(tiny):
    settings, plan, sweep = tiny
    code, said = start(settings, three_sizes(plan))
    assert code == 0, said
    told = (settings.out / "README.md").read_text()
    # The first word: the simple RNN, here, keeps it; the others guess.
    assert f"“{verdicts.FIRST_WORD}” | **{CONTRADICTED.capitalize()}.**" in told
    assert f"“{verdicts.ALIKE}” | **{SUPPORTED.capitalize()}.**" in told
    assert "| the first word | 100 | LSTM | default | 12.5% | 10 | 0 | **supported** |" in told
    assert "same 2 settings were tried" in told
    assert "Nothing: every trial of the plan has run." in told
    assert "n^−" in told, "three sizes have a learning curve"
    assert "bag of words" in told
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", told)
    assert {"first_word.svg", "curve_words.svg", "lead_lstm.svg", "lead_simple_rnn.svg"} <= {*shown}
    for name in shown:
        assert (settings.out / name).read_text().startswith("<svg")
    assert {path.name for path in settings.out.glob("*.svg")} == {*shown}
    raw = [
        json.loads(line)
        for name in ("first_word", "words")
        for line in gzip.decompress((settings.out / f"{name}.jsonl.gz").read_bytes()).splitlines()
    ]
    assert sorted(one["key"] for one in raw) == sorted(sweep.ran)
    assert len(raw) == 30 + 3 * (6 * 2 + 6 * 10 + 1)
    # The findings stand in the guide with their intervals.
    written = settings.guide.read_text()
    assert written.startswith(f"before\n{page.BEGIN}\n- *{verdicts.FIRST_WORD}* **Contradicted.**")
    assert written.endswith(f"{page.END}\nafter\n")
    assert "old" not in written
    for size in (40, 80, 160):
        assert re.search(rf"points \[[^]]+\] \(words, {size}\)", written)
    assert "(docs/study/README.md)" in written


def test_started_again_it_runs_nothing_twice(tiny):
    settings, plan, sweep = tiny
    start(settings, plan)
    count, told = len(sweep.ran), (settings.out / "README.md").read_bytes()
    start(settings, plan)
    assert len(sweep.ran) == count == len(set(sweep.ran))
    assert (settings.out / "README.md").read_bytes() == told
    file = next(settings.runs.glob("*/words/trials.jsonl"))
    written = [json.loads(line) for line in file.read_text().splitlines()]
    del written[-1]["model"]
    file.write_text("".join(json.dumps(line) + "\n" for line in written))
    _, said = start(settings, plan)
    assert "1 unreadable line(s)" in said
    assert sweep.ran[count:] == [written[-1]["key"]]


@pytest.mark.parametrize("most", [0, 7, 36, 60])
def test_cut_short_the_page_says_what_is_missing_and_the_rest_follows(tiny, most):
    settings, plan, sweep = tiny
    sweep.most = most
    code, said = start(settings, plan)
    assert code == 130
    assert "goes on from here" in said
    told = (settings.out / "README.md").read_text()
    assert "Cut by a time budget or an interruption, or failed:" in told
    counted = sum(map(int, re.findall(r"(\d+) trials (?:of|on) ", told)))
    ran = sum(len(gzip.decompress(path.read_bytes()).splitlines())
              for path in settings.out.glob("*.jsonl.gz"))  # fmt: skip
    assert ran == most
    tuning_ran = min(max(most - 30, 0), 12)
    assert counted == 30 + 61 - (most - tuning_ran)
    if most < 30:
        assert "No trial of it has finished" in told
    sweep.most = 10**9
    assert start(settings, plan)[0] == 0
    assert len(sweep.ran) == len(set(sweep.ran)) == 30 + 73
    whole = (settings.out / "README.md").read_text()
    assert "Nothing: every trial" in whole


def test_only_what_the_page_had_is_taken_away(tiny):
    settings, plan, _ = tiny
    settings.out.mkdir(parents=True)
    strange = settings.out / "mine.svg"
    strange.write_text("mine")
    start(settings, plan)
    other = dataclasses.replace(plan, texts=(dataclasses.replace(plan.texts[0], name="other"),))
    start(settings, other)
    assert strange.exists()
    assert (settings.out / "other.jsonl.gz").exists()
    assert not (settings.out / "words.jsonl.gz").exists()
    assert not (settings.out / "curve_words.svg").exists()


def test_several_lengths_and_tasks_are_drawn(tiny):
    settings, plan, _ = tiny
    longer = dataclasses.replace(plan.memory, tasks=("first_word", "copy"), lengths=(5, 100))
    longer = dataclasses.replace(longer, seeds=(("default", 2), ("chrono", 2)))
    code, said = start(settings, dataclasses.replace(plan, memory=longer, texts=()))
    assert code == 0, said
    told = (settings.out / "README.md").read_text()
    for name in ("copy", "first_word_default", "copy_chrono", "copy_default_gradient_before"):
        assert f"({name}.svg)" in told
        assert (settings.out / f"{name}.svg").exists()


def test_the_page_alone_runs_nothing(tiny):
    settings, plan, sweep = tiny
    code, _ = start(dataclasses.replace(settings, page=True), plan)
    assert code == 0
    assert not sweep.ran
    assert "No trial of it has finished" in (settings.out / "README.md").read_text()


def test_a_page_is_not_replaced_by_one_that_knows_nothing(tiny):
    settings, plan, _ = tiny
    start(settings, plan)
    kept = {path.name: path.read_bytes() for path in settings.out.iterdir()}
    other = dataclasses.replace(
        plan,
        memory=dataclasses.replace(plan.memory, lengths=(5,)),
        texts=(dataclasses.replace(plan.texts[0], sizes=(80,), tune=0, units=9),),
    )
    fresh = dataclasses.replace(settings, page=True, runs=settings.runs / "other")
    code, told = start(fresh, other)
    assert code == 1
    assert "stays as it is" in " ".join(told.split())
    assert {path.name: path.read_bytes() for path in settings.out.iterdir()} == kept


def test_a_fresh_checkout_goes_on_from_what_was_published(tiny, tmp_path):
    settings, plan, sweep = tiny
    start(settings, plan)
    kept = {path.name: path.read_bytes() for path in settings.out.iterdir()}
    ran = len(sweep.ran)
    code, _ = start(dataclasses.replace(settings, runs=tmp_path / "fresh"), plan)
    assert code == 0
    assert len(sweep.ran) == ran, "nothing is run twice"
    assert {path.name: path.read_bytes() for path in settings.out.iterdir()} == kept


# Bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(sizes=(1,)), "size 1 cannot hold a text of each of the 2 classes"),
        (dict(sizes=(5_000,)), "size 5000 is more than the"),
        (dict(cells=("grru",)), "Unknown cell 'grru'"),
        (dict(data="embedded_imbd"), "embedded_imdb"),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused(tiny, change, message):
    settings, plan, _ = tiny
    broken = dataclasses.replace(plan, texts=(dataclasses.replace(plan.texts[0], **change),))
    code, said = start(settings, broken)
    assert code == 1
    assert message in said
    assert "old" in settings.guide.read_text(), "nothing is written"


def test_settings_that_cannot_be_used_are_refused_before_any_work(tiny):
    settings, plan, sweep = tiny
    for change, message in (
        (dict(minutes=-1), "--minutes must be at least 0; received -1"),
        (dict(jobs=0), "--jobs must be at least 1"),
        (dict(guide=settings.guide.parent / "none.md"), "No such file"),
    ):
        code, said = start(dataclasses.replace(settings, **change), plan)
        assert code == 1
        assert message in said
    settings.guide.write_text("no markers")
    code, said = start(settings, plan)
    assert code == 1
    assert page.BEGIN in said
    assert not sweep.ran


def test_markers_stand_once_and_in_order():
    for wrong in ("", page.BEGIN, f"{page.END}{page.BEGIN}", f"{page.BEGIN * 2}{page.END}"):
        with pytest.raises(ValueError, match="once each"):
            page.between(wrong, "x")


# The plans as they are


@pytest.mark.parametrize("scale", SCALES)
def test_plans_have_the_seeds_that_a_verdict_takes(scale):
    plan = SCALES[scale]
    assert len({part.name for part in plan.parts}) == len(plan.parts)
    assert dict(plan.memory.seeds)["default"] >= stats.ENOUGH
    assert 100 in plan.memory.lengths
    for part in plan.texts:
        assert part.seeds >= stats.ENOUGH
        assert part.tune > 0
        assert part.sizes == tuple(sorted(part.sizes))
    assert any(part.sizes[0] <= verdicts.FEW for part in plan.texts)
    assert {part.task for part in SCALES["full"].texts} == {
        "words", "characters", "tagging", "topics"
    }  # fmt: skip


@pytest.mark.slow
def test_a_tiny_study_runs(tmp_path):
    """With networks that learn, in processes of their own."""
    path = tmp_path / "reviews.csv"
    texts.write(path, rows=400)
    path.write_text(path.read_text().replace("id,review,stars", "id,text,label", 1))
    readme = tmp_path / "README.md"
    readme.write_text(f"{page.BEGIN}\n{page.END}\n")
    settings = study.Settings(runs=tmp_path / "runs", out=tmp_path / "study", guide=readme, jobs=2)
    plan = Plan(
        "small", "a minute",
        Memory("first_word", ("first_word",), (100,), (("default", 2),), 50, str(path),
               ("simple_rnn",)),
        (Texts("words", "words", str(path), (40,), 10, 2, 1, ("lstm", "gru"), 4),),
    )  # fmt: skip
    code, said = start(settings, plan)
    assert code == 0, said
    told = (settings.out / "README.md").read_text()
    assert "Nothing: every trial of the plan has run." in told
    assert "Trials of" in told
    assert BASELINE in told or "bag of words" in told
    assert SMALL.scale in told
