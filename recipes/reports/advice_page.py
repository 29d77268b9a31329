"""The results of `recipes.advise` in words: a self-contained HTML page, and terminal output."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from recipes.data.tasks import BOW, ENCODER, MOST_FREQUENT
from recipes.reports import figures, words
from recipes.reports.advice import BOUNDED, MARGIN, Advice, Standing
from recipes.reports.rows import grouped
from recipes.reports.stats import Estimate
from recipes.trials.candidate import ACCURACY, FIXED, ONE_SIDED

BELONGS = {
    BOW: "bag of words (TF-IDF with logistic regression)",
    ENCODER: "sentence encoder (all-MiniLM-L6-v2, frozen, with logistic regression)",
}


def certainty(advice: Advice) -> str:
    """Return the verdict in a few words."""
    if advice.verdict != BOUNDED or advice.cost is None:
        return advice.verdict
    return f"costs at most {100 * advice.cost:.1f} points"


def headline(advice: Advice) -> str:
    """Return the name of the chosen model."""
    return words.capital(BELONGS.get(advice.winner.model, advice.winner.name))


def sentences(part: str, advice: Advice, models: Mapping[str, str] | None = None) -> list[str]:
    """Return a part of `advice.txt.j2`: "answer", "more" (texts), "chosen" (by what) or "use".

    `models` are the folders of the written models, by name.
    """
    return words.sentences(
        "advice.txt.j2", part, advice=advice, models=models or {}, headline=headline(advice),
        fixed=FIXED, one_sided=f"{100 * ONE_SIDED:.0f}",
    )  # fmt: skip


def blocks(advice: Advice) -> dict[str, list[Standing]]:
    """Return the models at each size, best first, by the heading of their block."""

    def heading(one: Standing) -> str:
        folds = f", {one.held.folds}-fold cross-validation" if one.held.folds > 1 else ""
        return f"{one.size:,} training texts{folds}"

    return grouped(advice.standings, heading)


def tell(console: Console, advice: Advice, facts: Mapping[str, Any]) -> None:
    """Print the content of the page, without its figures."""

    def say(title: str, lines: Sequence[str]) -> None:
        if lines:
            console.print(Text(title, style="bold"))
            for line in lines:
                console.print(Text(f"  {line}"), highlight=False)

    console.print()
    choice = f"{words.capital(advice.winner.name)} ({certainty(advice)})"
    say(f"Which model for {facts['name']}? {choice}", sentences("answer", advice))
    say("What more texts would bring", sentences("more", advice))
    out = words.table("texts, model", "valid", "test", "95%", "seeds", "a trial")
    out.caption = f"Test {advice.winner.held.measure} in percent with its 95% interval."
    for heading, block in blocks(advice).items():
        out.add_row(Text(heading, style="cyan"))
        for one in block:
            out.add_row(
                Text(f" {one.name}"), words.percent(one.valid), words.percent(one.test.mean),
                _interval(one), _seeds(one), words.seconds(one.mean("seconds")),
                style="bold" if one is advice.winner else "",
            )  # fmt: skip
    console.print(out)
    say("What the budget cut", facts["cuts"])
    say("Chosen by", sentences("chosen", advice))
    say("How to use it", sentences("use", advice, facts["models"]))


def write(folder: Path, advice: Advice, facts: Mapping[str, Any]) -> Path:
    """Write `advice.html`, with the facts of `recipes.advise.facts`; return its path."""
    return words.write(
        folder / "advice.html",
        "advice.html.j2",
        facts=facts,
        advice=advice,
        balanced=advice.winner.held.measure != ACCURACY,
        certainty=certainty(advice),
        headline=headline(advice),
        **{
            part: sentences(part, advice, facts["models"])
            for part in ("answer", "more", "chosen", "use")
        },
        blocks=blocks(advice),
        setting=_setting, interval=_interval, seeds=_seeds,
        drawing=drawn(advice),
        margin=f"{100 * MARGIN:.0f}",
    )  # fmt: skip


def drawn(advice: Advice) -> str:
    """Return the learning curves: measured points, and hollow points extrapolated by the fit.

    Empty if only the most frequent class had finished when the user pressed Ctrl-C.
    """
    shown = [
        one for one in advice.standings if one.held.folds == 1 or one.size == advice.winner.size
    ]
    shown.sort(key=attrgetter("size"))
    by_model = grouped(shown, attrgetter("model"))
    guess = by_model.pop(MOST_FREQUENT, None)
    if not by_model:
        return ""
    looks = figures.looks(by_model)
    lines = []
    for model, own in by_model.items():
        points = [(one.size, one.test) for one in own]
        lines.append(figures.Curve(words.SHORT.get(model, model), looks[model], points))
    for model in list(advice.curves)[:2]:
        fitted = advice.curves[model].fitted
        *_, last, twice, four = fitted
        start = Estimate(fitted[last].mean, None, None, 0)  # bar: the measured one's
        beyond = {last: start, twice: fitted[twice], four: fitted[four]}
        look = figures.Look(looks[model].colour, looks[model].marker, (0, (1, 2)))
        name = f"{words.SHORT.get(model, model)}, fitted"
        lines.append(figures.Curve(name, look, [*beyond.items()]))
    chance = guess[0].test.mean if guess else None
    return figures.curves(
        "learning",
        f"Test {advice.winner.held.measure} against training texts; the table has the numbers.",
        lines,
        over="training texts",
        span=figures.accuracy_range(lines, chance),
        level=None if chance is None else ("chance", chance),
    )


# Numbers in words.


def _interval(one: Standing) -> str:
    # With balanced accuracy, always predicting one class gives a constant score.
    constant = one.model == MOST_FREQUENT and one.held.measure != ACCURACY
    return "" if constant else words.bounds(one.test)


def _seeds(one: Standing) -> str:
    return "" if one.fitted else str(len(one.records))


def _setting(one: Standing) -> str:
    """Return the hyperparameters that were chosen for a model on validation."""
    if one.model in (BOW, ENCODER):
        return f"C {one.records[0]['strength']:g}"
    return "" if one.fitted else f"rate {one.records[0]['settings']['learning_rate']:g}"
