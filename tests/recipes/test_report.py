"""The page and the table, on trials with made-up scores."""

import functools
import io
import math
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from recipes.reports import choice, stats
from recipes.reports import comparison as report
from recipes.reports.rows import outcomes_of, sort
from recipes.trials.trial import packed

MARGIN = choice.MARGIN

EVIL = "<script>alert('x')</script>"
CEILINGS = {"simple_rnn": 0.80, "lstm": 0.87, "gru": 0.88, "average": 0.86, "bow": 0.89}
CELL_SIZES = {"simple_rnn": 8256, "lstm": 33024, "gru": 24960}
SIZES = (500, 2000, 20000)


def trial(model, arm="equal units", size=500, seed=0, accuracy=None, data="made_up", **fields):
    """Return a finished trial, with a made-up score that grows with size and differs by seed."""
    place = [*CEILINGS, model].index(model)
    random = np.random.default_rng([place, size, seed, len(arm), len(data)])
    if accuracy is None:
        noise = 0 if model == "bow" else random.normal(0, 3 / size**0.7)
        accuracy = CEILINGS.get(model, 0.84) - 4 / size**0.5 * (1 + place / 9) + noise
    epochs = [
        {
            "train_loss": 0.7 / epoch,
            "valid_loss": 0.7 / epoch + 0.02 * epoch,
            "valid_accuracy": float(accuracy - 0.1 / epoch**2 - 0.01 * max(epoch - 4, 0)),
            "seconds": 0.5,
        }
        for epoch in range(1, 1 if model == "bow" else 6 + seed)
    ]
    return {
        "key": f"{data} {model} {arm} {size} {seed}",
        "status": "done",
        "reason": None,
        "data": data,
        "model": model,
        "arm": arm,
        "size": size,
        "seed": seed,
        "settings": {},
        "units": 64 if arm == "equal units" else None if arm == "baseline" else 70,
        "parameters": 640_000 + place,
        "cell_parameters": CELL_SIZES.get(model),
        "epochs": epochs,
        "best_epoch": 4 if epochs else None,
        "valid_accuracy": accuracy,
        "test_accuracy": float(accuracy),
        "test_loss": 0.4,
        "test_rows": 2500,
        "seconds": 0.5 + size / 900 * (1 + place / 3),
        "commit": "0" * 12,
        "versions": {"made-up": "1.0"},
        "finished": f"2026-01-01T00:00:{seed:02}",
    } | fields


def failure(reason, **fields):
    keep = ("key", "data", "model", "arm", "size", "seed")
    made = trial(**fields)
    return {name: made[name] for name in keep} | {"status": "failed", "reason": reason}


def sweep(data="made_up", sizes=SIZES, seeds=3):
    """Return the trials of a whole sweep; the LSTM's are in both arms, as in the recipe."""
    trials = []
    for size in sizes:
        trials.append(trial("bow", "baseline", size, data=data))
        for seed in range(seeds):
            trials.append(trial("average", "baseline", size, seed, data=data))
            for model in ("simple_rnn", "lstm", "gru"):
                trials.append(trial(model, size=size, seed=seed, data=data))
            for model in ("simple_rnn", "gru"):
                trials.append(trial(model, "equal parameters", size, seed, data=data))
            trials.append(trials[-4] | {"arm": "equal parameters"})
    return trials


def facts(*names, **others):
    return {
        "title": "Made-up comparison",
        "question": "Which of these made-up models is best?",
        "command": "python -m recipes.compare_cells --name made_up",
        "machine": "no machine: the numbers are made up",
        "versions": {"made-up": "1.0"},
        "commit": "0" * 12,
        "seconds": 754.2,
        "planned": 40,
        "cuts": ["One seed on the largest size."],
        "interrupted": None,
        "limits": [],
        "tuning": None,
        "data": {
            name: SimpleNamespace(
                source="https://example.org/made-up",
                licence="none",
                notes=["Nothing here is real."],
                classes=["negative", "positive"],
                chance=0.5,
            )
            for name in names
        },
    } | others


def page(tmp_path, trials, **others):
    names = dict.fromkeys(trial["data"] for trial in trials)
    return report.write(tmp_path, trials, facts(*names, **others)).read_text("utf-8")


def words(html):
    """Return the visible text, without tags and figures, with single spaces."""
    html = re.sub(r"<(style|svg).*?</\1>", " ", html, flags=re.DOTALL)
    text = []
    parser = HTMLParser()
    parser.handle_data = text.append
    parser.feed(html)
    return " ".join(" ".join(text).split())


def printed(trials, width=80):
    console = Console(file=io.StringIO(), width=width)
    console.print(report.table(trials))
    return console.file.getvalue()


CASES = {
    "all": sweep(),
    "two sets": sweep() + sweep("another", sizes=(500, 6800), seeds=2),
    "one seed": sweep(seeds=1),
    "one size": sweep(sizes=(500,)),
    "one cell": [trial("gru", size=size, seed=seed) for size in SIZES for seed in range(3)],
    "one trial": [trial("lstm")],
    "only baselines": [trial("bow", "baseline"), trial("average", "baseline")],
    "only bag of words": [trial("bow", "baseline")],
    "strange": [*sweep(), *(trial(f"cell_{n}", seed=s) for n in range(9) for s in range(2))],
    "strange arm": [*sweep(), trial("gru", "equal time")],
    "broken off": sweep()[::5],
    "failures": [*sweep()[:40], failure("out of memory", model="gru", size=20000)],
    "only failures": [failure("out of memory", model="gru")],
    "nothing": [],
    "bare": [
        {k: trial("gru")[k] for k in ("status", "data", "model", "arm", "size", "test_accuracy")}
    ],
    "perfect": [trial("gru", seed=s, accuracy=1.0) for s in range(3)],
    "wild": [trial("gru", seed=s, accuracy=a) for s, a in enumerate((0.2, 1.0))],
    "useless": [trial("gru", accuracy=a, seed=s) for s, a in enumerate((math.nan, None, 3.0))],
}
CASES["useless"][1]["test_accuracy"] = None


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """From a case to its page, rendered once for all tests."""

    @functools.cache
    def drawn(case):
        return page(tmp_path_factory.mktemp("page"), CASES[case])

    return drawn


@pytest.mark.parametrize("case", CASES)
def test_any_state_of_a_sweep_gives_a_whole_page(pages, case):
    html = pages(case)
    assert html.rstrip().endswith("</html>")
    assert "nan" not in re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL).lower().split()
    assert "None" not in words(html).replace("None is bold", "")
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(svg)
    printed(CASES[case])


def test_nothing_finished_is_said(tmp_path):
    html = page(tmp_path, CASES["only failures"])
    assert "No trial has finished yet" in html
    assert "out of memory" in html
    assert "<svg" not in html
    assert "No trial finished" in printed([])


def test_means_and_intervals_are_those_of_the_trials(tmp_path):
    trials = [trial("gru", seed=seed, accuracy=a) for seed, a in enumerate((0.80, 0.82, 0.84))]
    text = words(page(tmp_path, trials))
    assert "82.0% ± 5.0" in text  # 4.3027 x 0.02 / sqrt(3)
    assert "(3 seeds)" in text
    assert re.search(r"82\.0% +5\.0 .* 3\b", printed(trials))


def test_one_seed_is_said_and_has_no_interval(tmp_path, pages):
    trials = [trial("gru", accuracy=0.8), trial("lstm", accuracy=0.7)]
    html = page(tmp_path, trials)
    assert "GRU at equal units has the highest mean: 80.0% (1 seed)" in words(html)
    assert "is not decided: +10.0 points, 1 seed" in words(html)
    numbers = words(html).split("What you may conclude Where")[0]
    assert "±" not in re.sub("± (95%|half)", "", numbers)
    assert 'class="best"' not in html
    learning = html[html.index('id="curves"') : html.index('id="training"')]
    # A bar's caps are the only markers two units long on each side of it.
    assert not re.search(r'd="M 2 0\s+L -2 -?0', learning)
    several = pages("all")
    assert re.search(r'd="M 2 0\s+L -2 -?0', several)


@pytest.mark.parametrize(
    ("lead", "verdict"),
    [((0.05, 0.06, 0.055), "supported"), ((-0.05, -0.06, -0.055), "contradicted"),
     ((0.05, -0.05, 0.01), "not decided"), ((0.05, 0.05, 0.05), "not decided")],
)  # fmt: skip
def test_claims_follow_the_paired_interval(tmp_path, lead, verdict):
    trials = []
    for seed, more in enumerate(lead):
        trials.append(trial("lstm", seed=seed, accuracy=0.75 + seed / 20))
        trials.append(trial("gru", seed=seed, accuracy=0.75 + seed / 20 + more))
    html = page(tmp_path, trials)
    assert f"“GRU is more accurate than LSTM, equal units”: {verdict} at 500 rows" in words(html)
    assert ('class="best"' in html) == (verdict in ("supported", "contradicted"))


def test_bag_of_words_must_beat_every_cell(tmp_path):
    cells = [trial("gru", seed=s, accuracy=0.70 + s / 100) for s in range(3)]
    bow = [trial("bow", "baseline", accuracy=0.8)]
    claim = "“Bag of words is more accurate than every cell”: "
    assert claim + "supported" in words(page(tmp_path, cells + bow))
    unsure = [trial("lstm", seed=s, accuracy=a) for s, a in enumerate((0.6, 0.9, 0.7))]
    assert claim + "not decided" in words(page(tmp_path, cells + unsure + bow))
    better = [trial("lstm", seed=s, accuracy=0.9 + s / 100) for s in range(3)]
    text = words(page(tmp_path, cells + unsure[:0] + better + bow))
    assert claim + "contradicted at 500 rows" in text
    assert "contradicted against LSTM at equal units: −11.0 points" in text


def test_a_small_lead_is_held_against_the_test_set(tmp_path):
    trials = [
        trial(model, seed=seed, accuracy=0.80 + seed / 1000 + more + seed * more / 100)
        for seed in range(3)
        for model, more in (("lstm", 0), ("gru", 0.01))
    ]
    assert "smaller than the sampling error of the test set, up to 2.2" in words(
        page(tmp_path, trials)
    )


def test_the_reference_in_both_arms_is_one_model(tmp_path):
    trials = [trial("lstm", seed=s, accuracy=0.9 + s / 100) for s in range(3)]
    trials += [one | {"arm": "equal parameters"} for one in trials]
    trials += [trial("gru", seed=s, accuracy=0.7 + s / 90) for s in range(3)]
    html = page(tmp_path, trials)
    assert html.count('<tr class="best">') == 2
    assert "Next is GRU" in html
    assert "6 trials finished" in html


def test_failed_trials_are_listed_and_left_out(tmp_path):
    trials = [trial("gru", seed=0), failure("the loss is not a number", model="gru", seed=1)]
    text = words(page(tmp_path, trials))
    assert "the loss is not a number" in text
    assert "1 trial finished of 40 planned, 1 failed" in text
    assert "1 trial failed" in " ".join(printed(trials).split())


def test_a_trial_run_again_counts_once(tmp_path):
    trials = [failure("power cut", model="gru"), trial("gru", accuracy=0.5)]
    trials += [trial("gru", accuracy=0.75)]
    text = words(page(tmp_path, trials))
    assert "75.0% (1 seed)" in text
    assert "power cut" not in text


def test_text_is_escaped_everywhere(tmp_path):
    name = f"data{EVIL}"
    trials = [trial("gru", data=name, seed=s) for s in range(2)]
    trials += [trial(f"cell{EVIL}\x00$\\frac$", data=name, seed=s) for s in range(2)]
    trials.append(failure(f"reason{EVIL}", model="lstm", data=name))
    known = {
        name: SimpleNamespace(
            source=f"javascript:{EVIL}", licence=EVIL, notes=[EVIL],
            classes=["good", f"class{EVIL} \ud83d"], chance=0.5,
        )
    }  # fmt: skip
    html = page(
        tmp_path, trials, data=known, title=EVIL, question=EVIL, command=EVIL,
        machine=EVIL, cuts=[EVIL], limits=[EVIL], versions={EVIL: EVIL},
    )  # fmt: skip
    assert "<script" not in html
    assert "javascript:" not in re.findall('href="([^"]*)"', html)
    for place in ("class", "reason", "data", "cell"):
        assert place + "&lt;script&gt;" in html
    assert EVIL in printed(trials, width=200)


def test_markup_of_the_terminal_is_not_obeyed():
    assert "[red]cell" in printed([trial("[red]cell")], width=200)


def test_the_page_needs_nothing_else(pages):
    html = pages("all")
    assert not re.search(r"<(script|link|img|iframe|object)\b|@import|url\((?!#)|\bsrc=", html)
    links = re.findall(r'href="([^"]*)"', html)
    assert [link for link in links if not link.startswith("#")] == ["https://example.org/made-up"]


def test_ids_are_unique_and_references_lead_somewhere(pages):
    html = pages("two sets")
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids)) > 30
    assert {*re.findall(r'href="#([^"]*)"', html), *re.findall(r"url\(#([^)]*)\)", html)} <= {*ids}


def test_the_same_trials_give_the_same_page(tmp_path, pages):
    assert page(tmp_path, CASES["strange"]) == pages("strange")


def test_drawings_take_their_colours_from_the_page(pages):
    for svg in re.findall(r"<svg.*?</svg>", pages("strange"), re.DOTALL):
        assert not re.search(
            r"(?<!url\()#[0-9a-f]{6}\b(?!-)", re.sub(r'(href|id)="[^"]*"', "", svg)
        )
        assert "var(--ink)" in svg


def test_a_model_looks_the_same_in_every_panel(tmp_path):
    trials = [trial("b"), trial("a", data="another"), trial("b", data="another")]
    trials += [trial("b", "equal parameters")]
    html = page(tmp_path, trials)
    label = r'<text style="[^"]*fill: (var\(--\w+\))"[^>]*>%s</text>'
    assert len(re.findall(label % "b", html)) == 7
    assert len({*re.findall(label % "b", html)}) == 1
    assert {*re.findall(label % "a", html)}.isdisjoint(re.findall(label % "b", html))


def test_chance_is_drawn_and_distinguished(tmp_path):
    trials = [trial("gru", seed=s, accuracy=0.49 + s / 100) for s in range(3)]
    html = page(tmp_path, trials)
    assert ">chance</text>" in html
    assert "Not distinguished from chance (50.0%): GRU at equal units with 500 rows" in words(html)
    skewed = facts("made_up")["data"]
    skewed["made_up"].chance = 0.9
    assert "Not distinguished" not in words(page(tmp_path, trials, data=skewed))


def test_what_the_test_set_leaves_open_is_said(tmp_path):
    trials = [trial("gru", seed=s, accuracy=0.79 + s / 100, test_rows=10) for s in range(3)]
    text = words(page(tmp_path, trials))
    assert "the test set has 10 rows" in text
    assert "between about 49.0% and 94.3%" in text


def test_whether_order_pays_stands_in_the_list_of_its_verdict(tmp_path):
    blind = [trial("average", "baseline", seed=s, accuracy=0.70 + s / 100) for s in range(3)]
    claim = "the best cell, GRU at equal units, is more accurate than an average of embeddings"
    for lead, decided in ((0.05, True), (0.0001, False)):
        cells = [trial("gru", seed=s, accuracy=0.70 + lead + s / 90) for s in range(3)]
        text = words(page(tmp_path, blind + cells))
        may, may_not = text.split("What you may not conclude")
        assert (claim in may) == decided
        assert (claim in may_not) == (not decided)


def test_labels_do_not_touch(pages):
    html = pages("strange")
    heights = [float(hit[1]) for hit in re.finditer(r'y="([\d.]+)"[^>]*>cell_\d</text>', html)][:9]
    assert len(heights) == 9
    assert np.diff(sorted(heights)).min() > 9  # units, as is the size of the letters


def test_the_first_screen_answers(pages):
    html = pages("two sets")
    first = words(html[: html.index("<details")])
    assert "Take the LSTM." in first
    assert "One seed on the largest size." in first
    assert "embedded" not in first
    assert html.index("<svg") < html.index("<details"), "the learning curves stand beside it"
    assert "<details open" not in html


def with_rows(model, share, seeds=3, rows=400, **fields):
    """Return trials that record which test rows were right; some rows are easy for every model."""
    rng = np.random.default_rng(len(model))
    ease = np.random.default_rng(0).random(rows)
    trials = []
    for seed in range(seeds):
        right = ease + rng.normal(0, 0.05, rows) < share
        trials.append(
            trial(model, seed=seed, accuracy=float(right.mean()), test_rows=rows,
                  test_right=packed(right), **fields)
        )  # fmt: skip
    return trials


def test_what_to_take_is_decided_over_seeds_and_test_rows():
    trials = [*with_rows("bow", 0.8, seeds=1, arm="baseline"), *with_rows("gru", 0.6)]
    trials += with_rows("lstm", 0.6)
    found = choice.choose(sort(trials)[0])
    assert (found.model, found.verdict, found.decided) == ("bow", "clear", 1)
    assert found.cost == 0
    said = " ".join(found.sentences)
    assert "Most accurate at the one size here" in said
    assert "ahead of every other model by more than chance" in said
    assert "behind the bag of words" in said
    assert found.single == 0


def test_one_seed_decides_for_the_trained_models_alone():
    trials = [*with_rows("bow", 0.8, seeds=1, arm="baseline"), *with_rows("gru", 0.6, seeds=1)]
    found = choice.choose(sort(trials)[0])
    assert found.verdict == "clear"
    assert "one seed each" in found.sentences[-1]
    assert "trained models" in found.sentences[-1]


def chosen_of(rng, shares, rows, noise):
    """Choose among models that are right on these shares of all texts, by three seeds each."""
    ease, trials = rng.random(rows), []
    for model, share in shares.items():
        for seed in range(3):
            right = ease + rng.normal(0, noise, rows) < share
            trials.append(
                trial(model, seed=seed, accuracy=float(right.mean()), test_rows=rows,
                      test_right=packed(right))
            )  # fmt: skip
    return choice.choose(sort(trials)[0])


def test_what_a_choice_costs_is_bounded():
    rng = np.random.default_rng(3)
    bounded, safe, wrong = [], 0, 0
    for _ in range(80):
        found = chosen_of(rng, {"gru": 0.7, "lstm": 0.715}, 300, 0.1)
        bounded.append(found.model == "lstm" or found.cost >= 0.0145)
        wrong += found.model == "gru"
        safe += found.verdict in ("safe", "clear")
    assert np.mean(bounded) > 0.93
    assert wrong > 5, "the worse of the two is taken at times, else nothing is bounded"
    assert safe > 40, "two that are nearly alike are told to be safe to choose from, mostly"


def test_the_best_of_many_is_bounded_for_all_of_them():
    """Of the same scores under more names luck chooses among more, so the bound is higher."""
    few = [*with_rows("lstm", 0.61), *with_rows("gru", 0.6)]
    many = few + [one | {"model": f"cell_{k}"} for one in with_rows("gru", 0.6) for k in range(6)]
    bounds = []
    for trials in (few, many):
        found = choice.choose(sort(trials)[0])
        (place,) = found.places
        lead = stats.crossed(stats.differences(*outcomes_of(place["lstm"], place["gru"])))
        bounds.append(found.cost)
        assert found.model == "lstm"
        assert found.cost == pytest.approx(-lead.at_least(0.95 ** (1 / (len(place) - 1))))
    assert 0 < bounds[0] < bounds[1]


def test_it_is_said_which_cells_are_compared():
    trials = [*with_rows("bow", 0.7, seeds=1, arm="baseline"), *with_rows("lstm", 0.6)]
    assert "cells having" not in " ".join(choice.choose(sort(trials)[0]).sentences)
    trials += with_rows("gru", 0.6) + with_rows("gru", 0.9, arm="equal parameters")
    found = choice.choose(sort(trials)[0])
    assert found.model == "bow"
    assert "at the one size here, cells having equal units: " in " ".join(found.sentences)


def test_scores_alone_give_no_bound(pages):
    found = choice.choose(sort(CASES["all"])[0])
    assert found.cost is None
    assert choice.choose([]) is None
    mixed = [*sweep(), *with_rows("gru", 0.7, data="other", arm="equal units", size=50)]
    assert choice.choose(sort(mixed)[0]).model in ("gru", "lstm")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.01, 0.03, "better"), (-0.03, -0.001, "worse"), (-0.01, 0.015, "level"),
     (-0.01, 0.03, "not decided"), (None, None, "not decided")],
)  # fmt: skip
def test_standings(low, high, said):
    assert choice.standing(stats.Estimate(0.0, low, high, 3)) == said


@pytest.mark.parametrize("name", ["embedded_imdb", "brown", "/a/b/posts.csv", "my_set"])
def test_data_sets_have_names_that_people_know(name):
    said = {"embedded_imdb": "IMDB reviews", "brown": "Brown corpus", "my_set": "my_set"}
    assert report.words.data(name) == said.get(name, "posts.csv")


def test_the_table_fits_a_terminal_of_80_columns():
    lines = printed(sweep("embedded_rotten_tomatoes", seeds=2)).splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)


def test_learning_curves_stand_alone(tmp_path):
    page(tmp_path, [*sweep("one"), *sweep("a/b c.csv")])
    files = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert files == ["learning_curve_b_c.svg", "learning_curve_one.svg"]
    for name in files:
        text = (tmp_path / name).read_text()
        root = ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        used = set(re.findall(r"var\(--(\w+)\)", text))
        assert used
        assert all(f"--{colour}:#" in text for colour in used), "every colour is in the file"


def test_pairs_of_cells_are_corrected_for_each_other(tmp_path):
    # p of GRU against LSTM is 2.1%: significant alone, but not in a family of three.
    rise = (0.02, 0.03, 0.06, 0.01, 0.04)
    pair = [trial("lstm", seed=s, accuracy=0.75) for s in range(5)]
    pair += [trial("gru", seed=s, accuracy=0.75 + more) for s, more in enumerate(rise)]
    claim = "“GRU is more accurate than LSTM, equal units”: "
    assert claim + "supported" in words(page(tmp_path, pair))
    third = [trial("simple_rnn", seed=s, accuracy=0.75 + (-1) ** s / 30) for s in range(5)]
    text = words(page(tmp_path, pair + third))
    assert claim + "not decided" in text
    assert "corrected for the other pairs of this size p is 0.0" in text
    assert "minimum detectable difference" in text


def test_a_tagging_s_baselines_are_baselines(tmp_path):
    trials = [trial("most_frequent", "baseline", accuracy=0.9)]
    trials += [trial("embedding", "baseline", seed=s, accuracy=0.87 + s / 1000) for s in range(3)]
    trials += [trial("gru", seed=s, accuracy=0.95 + s / 1000, test_rows=None) for s in range(3)]
    text = words(page(tmp_path, trials))
    assert "“Most frequent tag is more accurate than every cell”: contradicted" in text
    assert "is more accurate than an embedding alone, which is blind to order" in text
    assert "GRU at equal units has the highest mean: 95.1%" in text
