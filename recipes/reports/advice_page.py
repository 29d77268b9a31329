"""The results of `recipes.advise` in words: a self-contained HTML page, and terminal output."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recipes.data.tasks import BOW, MOST_FREQUENT
from recipes.reports import figures, words
from recipes.reports.advice import (
    BEHIND,
    CLEAR,
    EQUAL,
    LABELS,
    MARGIN,
    SAFE,
    UNDECIDED,
    Advice,
    Curve,
    Lead,
    Standing,
)
from recipes.reports.stats import Estimate
from recipes.trials.candidate import ACCURACY

BELONGS = {BOW: "bag of words (TF-IDF with logistic regression)"}


def answer(advice: Advice) -> list[str]:
    """Return the sentences of the answer, the most important first."""
    best = advice.winner
    rows = len(best.labels)
    of = "is right on" if best.measure == ACCURACY else "has a balanced accuracy of"
    said = [
        f"{_capital(BELONGS.get(best.model, best.name))} did best on validation with the "
        f"{advice.size:,} training texts that there are. On {rows:,} test texts, "
        f"which had no part in the choice, it {of} {_score(best.test)}."
    ]
    if advice.others:
        said.append(sureness(advice))
        if advice.cost is not None and not advice.missing and advice.verdict != CLEAR:
            said.append(
                f"Taking it costs at most {100 * advice.cost:.1f} points against the best of the "
                "others (95%)."
            )
    guess = next((one for one in advice.others if one.model == MOST_FREQUENT), None)
    if best.model == MOST_FREQUENT:
        said.append(
            "Nothing that was tried does better than always saying the most frequent class. Are "
            "these the right columns? Else more texts are needed, or labels that follow from them."
        )
    elif guess is not None:
        over = advice.leads[advice.others.index(guess)]
        # For a network with one seed the interval covers the test rows only.
        low = (
            over.difference.mean - over.rows
            if over.difference.low is None
            else (over.difference.low)
        )
        said.append(
            f"Always saying the most frequent class gets {_percent(guess.test.mean)}"
            + ("." if low > 0 else
               f"; the lead over that, {points(over.difference)}, is not told apart from nothing.")
        )  # fmt: skip
    if best.model == BOW:
        said.append(without_network(advice))
    return said


def without_network(advice: Advice) -> str:
    """Return the sentence for the case that the bag of words is the best."""
    taken = f"was trained in {_seconds(advice.winner.mean('seconds'))}"
    blind = "the bag of words, which knows nothing of the order of words,"
    if advice.missing:
        said = f"{_capital(blind)} {taken}; whether a network does better with all texts is open."
    elif any(
        ahead.verdict == BEHIND and not one.fitted
        for one, ahead in zip(advice.others, advice.leads, strict=True)
    ):
        said = f"{_capital(blind)} {taken}; on the test a network did better."
    elif advice.verdict == UNDECIDED:
        said = f"No network was seen to do better than {blind} and that {taken}."
    else:
        said = f"So these texts need no network: {blind} {taken}."
    network = advice.network
    if network is None:
        return f"{said} No network was trained."
    so_far = " so far" if advice.missing else ""
    at = "" if network.size == advice.size else f" with {network.size:,} texts"
    return (
        f"{said} The best network{so_far} is {_the(network)}: {_score(network.test)}{at}, "
        f"trained in {_seconds(network.mean('seconds'))}."
    )


def sureness(advice: Advice) -> str:
    """Return how certain the choice is, and what would increase the certainty."""
    rival = 0 if advice.missing else advice.rival
    best, second, ahead = advice.winner, advice.others[rival], advice.leads[rival]
    lead = f"{points(ahead.difference)} on the test"
    other = f"the next best, {_the(second)}," if not rival else _the(second)
    if advice.missing:
        missing = listed([f"the {LABELS.get(name, name)}" for name in advice.missing])
        return (
            f"Not decided: of {missing} no trial with all texts has finished. Of what was tried "
            f"with them the next best is {_the(second)}; the lead over it is {lead}."
        )
    if ahead.verdict == CLEAR:
        return f"Clear: it is ahead of {other} by {lead}."
    if ahead.verdict == BEHIND:
        said = "Safe, though behind" if advice.verdict == SAFE else "Not decided"
        return (
            f"{said}: on the test {_the(second)} did better, the lead over it is {lead}. The "
            "test has no part in the choice, as a choice by the test would make its score too "
            "good; more texts to validate on would tell which to take."
        )
    if advice.verdict == SAFE:
        return (
            f"Safe: its lead over {other} is {lead}, so which is better is not decided; but it is "
            "not behind by more than does not matter."
        )
    if ahead.verdict == EQUAL:
        slower, faster = sorted((second, best), key=lambda one: -one.mean("seconds"))
        return (
            f"About equal: its lead over {other} is {lead}, so within "
            f"{100 * MARGIN:.0f} points either way. Take whichever suits you: {_the(faster)} was "
            f"trained in {_seconds(faster.mean('seconds'))}, {_the(slower)} in "
            f"{_seconds(slower.mean('seconds'))}."
        )
    return (
        f"Not decided: its lead over {other} is {lead}. It is the better "
        f"bet, no more. {_settled(best, second, ahead)}"
    )


def _settled(first: Standing, second: Standing, ahead: Lead) -> str:
    """Return what it would take to decide between two models."""
    if ahead.seeds is None:
        return "There is one seed of a network, so how much luck is in it is not known: " + AGAIN
    size = abs(ahead.difference.mean)
    if ahead.seeds > ahead.rows:
        return "Most of the doubt is between training runs, so more seeds would tell: " + AGAIN
    if size > MARGIN / 4:
        needed = math.ceil(len(first.labels) * (ahead.rows / size) ** 2)
        return (
            "Most of the doubt is the size of the test, not of the training: to see a difference "
            f"of that size takes about {_rounded(needed)} test texts."
        )
    return "The difference is so small that it would take far more texts to see it."


AGAIN = "run the same command again, it goes on from here."


def more(advice: Advice) -> list[str]:
    """Return the expected effect of more texts."""
    said = []
    for curve in advice.curves.values():
        twice, four = curve.gains.items()
        name = LABELS.get(curve.model, curve.model)
        sentence = (
            f"{_capital(name)}: twice as many texts ({twice[0]:,}) would bring about "
            f"{points(twice[1])}, four times as many ({four[0]:,}) {points(four[1])}."
        )
        if curve.seeds == 1 and not _fitted(curve, advice):
            sentence += " The interval knows of the test rows only, as some size had one seed."
        said.append(sentence)
    if not said:
        sizes = {one.size for one in advice.standings if one.model == advice.winner.model}
        return [
            f"Not known: a learning curve needs three sizes, and there "
            f"{'is' if len(sizes) == 1 else 'are'} {len(sizes)} here. With 400 training texts or "
            "more and time for it, an eighth, a quarter, half and all of them are tried."
        ]
    return said


def _fitted(curve: Curve, advice: Advice) -> bool:
    return any(one.fitted for one in advice.standings if one.model == curve.model)


def rows(advice: Advice) -> list[dict[str, Any]]:
    """Return the rows of the table: every model at every size, best first."""
    leads = {id(one): ahead for one, ahead in zip(advice.others, advice.leads, strict=True)}
    return [
        {
            "size": one.size,
            "model": one.name,
            "best": one is advice.winner,
            "score": _percent(one.test.mean),
            # With balanced accuracy, always predicting one class gives a constant score.
            "interval": ""
            if one.model == MOST_FREQUENT and one.measure != ACCURACY
            else _interval(one.test),
            "accuracy": _percent(one.mean("test_accuracy")),
            "valid": _percent(one.valid),
            "behind": points(leads[id(one)].difference) if id(one) in leads else "",
            "seeds": "" if one.fitted else str(len(one.records)),
            "setting": _setting(one),
            "parameters": f"{one.records[0]['parameters']:,}" if one.records[0]["parameters"]
            else "",
            "seconds": _seconds(one.mean("seconds")),
        }
        for one in advice.standings
    ]  # fmt: skip


def tell(console: Console, advice: Advice, facts: Mapping[str, Any]) -> None:
    """Print the content of the page, without its figures."""

    def say(title: str, lines: Sequence[str]) -> None:
        if lines:
            console.print(Text(title, style="bold"))
            for line in lines:
                console.print(Text(f"  {line}"), highlight=False)

    console.print()
    say(f"Which model for {facts['name']}? {_capital(advice.winner.name)} ({advice.verdict})",
        answer(advice))  # fmt: skip
    say("What more texts would bring", more(advice))
    caption = f"Test {advice.winner.measure} in percent with its 95% interval."
    out = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, caption=caption)
    out.add_column("texts, model", no_wrap=True)
    for column in ("valid", "test", "95%", "seeds", "a trial"):
        out.add_column(column, justify="right", no_wrap=True)
    size = None
    for row in rows(advice):
        if row["size"] != size:
            size = row["size"]
            out.add_row(Text(f"{size:,} texts", style="cyan"))
        out.add_row(
            Text(f" {row['model']}"), row["valid"], row["score"], row["interval"], row["seeds"],
            row["seconds"], style="bold" if row["best"] else "",
        )  # fmt: skip
    console.print(out)
    say("What the budget cut", facts["cuts"])
    say("Chosen by", [facts["chosen"]])
    say("How to use it", facts["use"])


def write(folder: Path, advice: Advice, facts: Mapping[str, Any]) -> Path:
    """Write `advice.html` into a folder and return its path.

    Args:
        folder: folder of the trials.
        advice: their results.
        facts: other facts: `name`, `source`, `licence`, `notes`, `classes`, `counts` (of training
            texts by class), `mistakes` (of the chosen model on the test set), `cuts`, `plan`,
            `chosen` and `limits` (sentences), `models` (where each model was written, and its
            kind), `served` (the folder that the example loads, or None), `use`, `failed`
            (records), `command`, `machine`, `versions`, `commit`, `seconds`, `finished`.
    """
    best = advice.winner
    table = rows(advice)
    return words.write(
        folder / "advice.html",
        "advice.html.j2",
        facts={"mistakes": None, **facts},
        advice=advice,
        balanced=best.measure != ACCURACY,
        verdict=advice.verdict,
        headline=_capital(BELONGS.get(best.model, best.name)),
        answer=answer(advice),
        more=more(advice),
        by_size={size: [row for row in table if row["size"] == size]
                 for size in dict.fromkeys(row["size"] for row in table)},
        drawing=Markup(drawn(advice)),
        classes=[
            {"name": name, "train": f"{facts['counts'][label]:,}",
             "test": f"{int((best.labels == label).sum()):,}",
             "found": _percent(best.found(label)) if (best.labels == label).any() else ""}
            for label, name in enumerate(facts["classes"])
        ],
        margin=f"{100 * MARGIN:.0f}",
        duration=_seconds(facts["seconds"]),
    )  # fmt: skip


def drawn(advice: Advice) -> str:
    """Return the learning curves: measured points, and hollow points extrapolated by the fit.

    Empty if only the most frequent class had finished when the user pressed Ctrl-C.
    """
    by_model: dict[str, list[Standing]] = {}
    for one in sorted(advice.standings, key=lambda one: one.size):
        by_model.setdefault(one.model, []).append(one)
    guess = by_model.pop(MOST_FREQUENT, None)
    if not by_model:
        return ""
    looks = figures.looks(by_model)
    short = LABELS | {"average": "average"}
    lines = []
    for model, own in by_model.items():
        places: list[float] = [one.size for one in own]
        scores: list[Estimate] = [one.test for one in own]
        lines.append(figures.Curve(short.get(model, model), looks[model], places, scores))
    for model in list(advice.curves)[:2]:
        fitted = advice.curves[model].fitted
        beyond = {place: score for place, score in fitted.items() if place > advice.size}
        start = Estimate(fitted[advice.size].mean, None, None, 0)  # bar: the measured one's
        beyond = {advice.size: start} | beyond
        look = figures.Look(looks[model].colour, looks[model].marker, (0, (1, 2)))
        name = f"{short.get(model, model)}, fitted"
        lines.append(figures.Curve(name, look, list(beyond), list(beyond.values())))
    chance = guess[0].test.mean if guess else None
    return figures.curves(
        "learning",
        f"Test {advice.winner.measure} against training texts; the table has the numbers.",
        lines,
        over="training texts",
        span=figures.accuracy_range(lines, chance),
        level=None if chance is None else ("guessing", chance),
    )


# Numbers in words.


def points(estimate: Estimate) -> str:
    """Return a difference in points with its interval."""
    said = f"{100 * estimate.mean:+.1f} points"
    if estimate.low is not None and estimate.high is not None:
        said += f" [{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"
    return said.replace("-", "−").replace(" ", "\u00a0")


def _score(estimate: Estimate) -> str:
    return f"{_percent(estimate.mean)} {_interval(estimate)}".replace(" ", "\u00a0")


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"[{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _seconds(seconds: float) -> str:
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s" if minutes else f"{rest} s"


def _rounded(number: int) -> str:
    """Return a number rounded to two significant digits."""
    digits = max(len(str(number)) - 2, 0)
    return f"{round(number, -digits):,}"


def _setting(one: Standing) -> str:
    """Return the hyperparameters that were chosen for a model on validation."""
    if one.model == BOW:
        return f"C {one.records[0]['strength']:g}"
    return "" if one.fitted else f"rate {one.records[0]['settings']['learning_rate']:g}"


def _the(one: Standing) -> str:
    return f"the {one.name}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
