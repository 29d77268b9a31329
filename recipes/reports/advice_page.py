"""The results of `recipes.advise` in words: a self-contained HTML page, and terminal output."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from markupsafe import Markup
from rich.console import Console
from rich.text import Text

from recipes.data.tasks import BOW, MOST_FREQUENT
from recipes.reports import figures, words
from recipes.reports.advice import (
    BOUNDED,
    CLEAR,
    LABELS,
    MARGIN,
    SAFE,
    Advice,
    Curve,
    Lead,
    Standing,
)
from recipes.reports.rows import grouped
from recipes.reports.stats import Estimate
from recipes.trials.candidate import ACCURACY, ENCODER, ONE_SIDED

BELONGS = {
    BOW: "bag of words (TF-IDF with logistic regression)",
    ENCODER: "sentence encoder (all-MiniLM-L6-v2, frozen, with logistic regression)",
}


def certainty(advice: Advice) -> str:
    """Return the verdict in a few words."""
    if advice.verdict != BOUNDED or advice.cost is None:
        return advice.verdict
    return f"costs at most {100 * advice.cost:.1f} points"


def answer(advice: Advice) -> list[str]:
    """Return the sentences of the answer, the most important first."""
    best = advice.winner
    rows = len(best.held.labels)
    of = "is right on" if best.held.measure == ACCURACY else "has a balanced accuracy of"
    name = words.capital(BELONGS.get(best.model, best.name))
    if advice.crossed:
        folds, size = best.held.folds, best.size
        sentences = [
            f"{name} did best: in {folds}-fold cross-validation, each time trained on {size:,} "
            f"texts, it {of} {_score(best.test)} of the {rows:,} texts. Each was tested once, by a "
            "model that had not seen it."
        ]
    else:
        sentences = [
            f"{name} did best on validation with the {best.size:,} training texts that there "
            f"are. On {rows:,} test texts, which had no part in the choice, it {of} "
            f"{_score(best.test)}."
        ]
    if advice.leads:
        sentences.append(sureness(advice))
    guess = next((one for one in advice.leads if one.model == MOST_FREQUENT), None)
    if best.model == MOST_FREQUENT:
        sentences.append(
            "Nothing that was tried does better than always saying the most frequent class. Are "
            "these the right columns? Else more texts are needed, or labels that follow from them."
        )
    elif guess is not None:
        over = advice.leads[guess]
        # For a network with one seed the interval covers the test rows only.
        low = over.crossed.estimate.low if over.crossed else None
        sentences.append(
            f"Always saying the most frequent class gets {words.percent(guess.test.mean)}"
            + ("." if low is not None and low > 0 else
               f"; the lead over that, {words.lead(over.difference)}, may be zero.")
        )  # fmt: skip
    if best.model == BOW:
        sentences.append(without_network(advice))
    return sentences


def without_network(advice: Advice) -> str:
    """Return the sentence for the case that the bag of words is the best."""
    taken = f"was trained in {words.seconds(advice.winner.mean('seconds'))}"
    blind = "the bag of words, which knows nothing of the order of words,"
    if advice.missing:
        verdict = (
            f"{words.capital(blind)} {taken}; whether a network does better with all texts is open."
        )
    elif advice.verdict in (CLEAR, SAFE):
        verdict = f"So these texts need no network: {blind} {taken}."
    else:
        verdict = f"No network was seen to do better than {blind} and that {taken}."
    network = advice.network
    if network is None:
        return f"{verdict} No network was trained."
    so_far = " so far" if advice.missing else ""
    at = "" if network.size == advice.winner.size else f" with {network.size:,} texts"
    return (
        f"{verdict} The best network{so_far} is {_the(network)}: {_score(network.test)}{at}, "
        f"trained in {words.seconds(network.mean('seconds'))}."
    )


def sureness(advice: Advice) -> str:
    """Return what the choice may cost, and what would lower the bound."""
    following = next(iter(advice.leads))
    second = following if advice.missing else advice.rival
    ahead = advice.leads[second]
    lead = words.lead(ahead.difference)
    other = f"the next best, {_the(second)}," if second is following else _the(second)
    if advice.missing:
        missing = words.listed([f"the {LABELS.get(name, name)}" for name in advice.missing])
        return (
            f"Not decided: of {missing} no trial with all texts has finished. Of what was tried "
            f"with them the next best is {_the(second)}; the lead over it is {lead}."
        )
    if advice.cost is None:
        return (
            f"Not decided: its lead over {other} is {lead}, and there is one seed of a network, so "
            f"how much luck is in it is not known: {AGAIN}"
        )
    if advice.verdict == CLEAR:
        return f"Clear: it is ahead of {other} by {lead}, and of all others (95%)."
    cost = f"taking it costs at most {100 * advice.cost:.1f} points"
    if advice.verdict == SAFE:
        return (
            f"Safe: {cost} against the best of the others (95%). Its lead over {other} is {lead}."
        )
    return (
        f"{words.capital(cost)} against the best of the others (95%). Its lead over {other} is "
        f"{lead}. {_settled(ahead)}"
    )


def _settled(ahead: Lead) -> str:
    """Return what would lower the bound on the cost."""
    crossed = ahead.crossed
    if crossed is not None and (crossed.seeds or 0.0) > crossed.rows:
        return "Most of the doubt is between training runs, so more minutes would tell: " + AGAIN
    return "Most of the doubt is the number of texts that the models are tested on."


AGAIN = "run the same command again, it goes on from here."


def more(advice: Advice) -> list[str]:
    """Return the expected effect of more texts."""
    sentences = []
    for curve in advice.curves.values():
        twice, four = curve.gains.items()
        name = LABELS.get(curve.model, curve.model)
        sentence = (
            f"{words.capital(name)}: twice as many texts ({twice[0]:,}) would bring about "
            f"{words.lead(twice[1])}, four times as many ({four[0]:,}) {words.lead(four[1])}."
        )
        if curve.seeds == 1 and not _fitted(curve, advice):
            sentence += " The interval knows of the test rows only, as some size had one seed."
        sentences.append(sentence)
    if not sentences:
        sizes = {one.size for one in advice.standings if one.model == advice.winner.model}
        return [
            f"Not known: a learning curve needs three sizes, and there "
            f"{'is' if len(sizes) == 1 else 'are'} {len(sizes)} here. With 400 training texts or "
            "more and time for it, an eighth, a quarter, half and all of them are tried."
        ]
    return sentences


def _fitted(curve: Curve, advice: Advice) -> bool:
    return any(one.fitted for one in advice.standings if one.model == curve.model)


def chosen(advice: Advice) -> str:
    """Return by what the model was chosen."""
    where = "out of fold" if advice.crossed else "on validation"
    by = f"By accuracy {where}."
    if advice.winner.held.measure != ACCURACY:
        by = (
            f"By balanced accuracy {where}, the mean over the classes of the share of its texts "
            f"that are found: more than {100 * ONE_SIDED:.0f}% of the texts are of one class, and "
            "accuracy would praise a model that knows that class alone. (The pass at which a "
            "network stops is chosen by accuracy.)"
        )
    if not advice.crossed:
        return f"{by} The test had no part in any choice."
    return (
        f"{by} The bound on the cost allows for this choice. C, and the pass at which a network "
        "stops, are chosen in each fold, on texts that it does not test."
    )


def use(models: Mapping[str, str]) -> list[str]:
    """Return how the written models are used; the first is the choice."""
    sentences: list[str] = []
    for model, folder in models.items():
        name = LABELS.get(model, model)
        which = f"The best network, the {name}," if sentences else f"The {name}"
        sentences.append(
            f"{which} is in {folder}: it takes strings and says your labels, without this package."
        )
    if BOW in models:
        sentences.append(
            "The bag of words is a SavedModel too, and not a pickle of scikit-learn's: loading a "
            "pickle runs whatever code is in it, and only the version that wrote it reads it well."
        )
    return sentences


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
    say(f"Which model for {facts['name']}? {choice}", answer(advice))
    say("What more texts would bring", more(advice))
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
    say("Chosen by", [chosen(advice)])
    say("How to use it", use(facts["models"]))


def write(folder: Path, advice: Advice, facts: Mapping[str, Any]) -> Path:
    """Write `advice.html` into a folder and return its path.

    Args:
        folder: folder of the trials.
        advice: their results.
        facts: other facts: `name`, `source`, `licence`, `notes`, `classes`, `counts` (of training
            texts by class), `mistakes` (of the chosen model on the test set, or None), `cuts`,
            `plan` (sentences), `units`, `models` (by name, the folder where each was written),
            `failed` (sentences), `command`, `machine`, `versions` (dict), `commit`, `seconds`,
            `finished`.
    """
    best = advice.winner
    return words.write(
        folder / "advice.html",
        "advice.html.j2",
        facts=facts,
        advice=advice,
        balanced=best.held.measure != ACCURACY,
        verdict=advice.verdict,
        certainty=certainty(advice),
        headline=words.capital(BELONGS.get(best.model, best.name)),
        answer=answer(advice),
        more=more(advice),
        chosen=chosen(advice),
        use=use(facts["models"]),
        blocks=blocks(advice),
        setting=_setting, interval=_interval, seeds=_seeds, lead=words.lead,
        drawing=Markup(drawn(advice)),
        margin=f"{100 * MARGIN:.0f}",
        duration=words.seconds(facts["seconds"]),
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
    short = LABELS | {"average": "average"}
    lines = []
    for model, own in by_model.items():
        points = [(one.size, one.test) for one in own]
        lines.append(figures.Curve(short.get(model, model), looks[model], points))
    for model in list(advice.curves)[:2]:
        fitted = advice.curves[model].fitted
        *_, last, twice, four = fitted
        start = Estimate(fitted[last].mean, None, None, 0)  # bar: the measured one's
        beyond = {last: start, twice: fitted[twice], four: fitted[four]}
        look = figures.Look(looks[model].colour, looks[model].marker, (0, (1, 2)))
        name = f"{short.get(model, model)}, fitted"
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


def _score(estimate: Estimate) -> str:
    return words.unbroken(words.score(estimate))


def _setting(one: Standing) -> str:
    """Return the hyperparameters that were chosen for a model on validation."""
    if one.model in (BOW, ENCODER):
        return f"C {one.records[0]['strength']:g}"
    return "" if one.fitted else f"rate {one.records[0]['settings']['learning_rate']:g}"


def _the(one: Standing) -> str:
    return f"the {one.name}"
