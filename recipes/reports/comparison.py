"""The report of a comparison: finished trials in, one HTML page and one terminal table out.

A trial is a dict as written by `recipes.compare_cells`, one JSON line each. Nothing here trains or
has state: a page can be made of an unfinished sweep, and says what is missing. Each sentence is
derived from the numbers beside it, and a difference counts as decided only if its interval says so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup
from rich import box
from rich.table import Table
from rich.text import Text

from recipes.data.tasks import FITTED
from recipes.reports import figures, stats, words
from recipes.reports.stats import CONTRADICTED, SUPPORTED, UNDECIDED, Estimate
from recipes.reports.words import BASELINES, CELLS
from recipes.trials.trial import unpacked

ARMS = ("equal units", "equal parameters", "baseline")
PAIRS = (("gru", "lstm"), ("lstm", "simple_rnn"), ("gru", "simple_rnn"))
SENTIMENT = (
    "embedded_imdb", "embedded_rotten_tomatoes", "imdb_reviews", "yelp_polarity_reviews",
    "glue/sst2", "sentiment140",
)  # fmt: skip
IDENTITY = ("data", "size", "arm", "model", "seed")  # the fields of Row, and the seed
FACTS = (
    "title", "question", "command", "machine", "versions", "commit", "started", "seconds",
    "planned", "cuts", "limits", "examples", "tuning",
)  # fmt: skip

Trial = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A row of a table: the finished trials of a model in one arm, at one size of one data set."""

    data: str
    size: int
    arm: str
    model: str
    trials: tuple[Trial, ...]

    @property
    def baseline(self) -> bool:
        """Whether this is a baseline, not a cell."""
        return self.arm == "baseline" or self.model in BASELINES

    @property
    def name(self) -> str:
        """Return the model, with its arm if it has one."""
        label = words.label(self.model)
        return label if self.baseline else f"{label}, {self.arm}"

    @property
    def phrase(self) -> str:
        """Return the same for use in a sentence."""
        return self.name.replace(f", {self.arm}", f" at {self.arm}")

    @cached_property
    def scores(self) -> dict[Any, float]:
        """Return the test accuracy of each seed."""
        return {trial.get("seed"): float(trial["test_accuracy"]) for trial in self.trials}

    @cached_property
    def accuracy(self) -> Estimate:
        """Return the mean test accuracy over seeds, with its interval."""
        return stats.mean(self.scores.values())

    @cached_property
    def outcomes(self) -> dict[Any, Any]:
        """Return, by seed, which test rows were right if all trials record it, else the scores."""
        if not all(trial.get("test_right") and trial.get("test_rows") for trial in self.trials):
            return self.scores
        return {
            trial.get("seed"): unpacked(trial["test_right"], trial["test_rows"])
            for trial in self.trials
        }

    @property
    def seedless(self) -> bool:
        """Whether the model is deterministic: a fitted baseline has one optimum from any start."""
        return self.model in FITTED and len(set(self.scores.values())) == 1

    def same(self, other: "Row") -> bool:
        """Whether both have the same trials: the reference of equal parameters is in both arms."""
        return {*self.all("key")} == {*other.all("key")} != set()

    def all(self, key: str) -> list[Any]:
        """Return the trials' values of a field, without missing ones."""
        return [trial[key] for trial in self.trials if trial.get(key) is not None]

    @property
    def cell_size(self) -> int | None:
        """Return the number of parameters of the cell alone, if the trials record it."""
        return max(self.all("cell_parameters"), default=None)

    @property
    def seeds(self) -> str:
        """Return the number of trials in the mean, in words."""
        once = self.seedless and len(self.trials) == 1
        return "fitted once" if once else words.count(self.accuracy.count, "seed")

    @property
    def spread(self) -> str:
        """Return the interval, or why there is none."""
        return _interval(self.accuracy) or (
            self.seeds if self.accuracy.count == 1 else f"same in {self.seeds}"
        )

    @property
    def said(self) -> str:
        """Return the mean, its interval and its number of seeds, for use in a sentence."""
        said = " ".join(filter(None, (words.percent(self.accuracy.mean), _interval(self.accuracy))))
        return words.unbroken(f"{said} ({self.seeds})")


@dataclass(frozen=True)
class Finding:
    """The evidence on one claim at one size."""

    verdict: str
    said: str
    note: str = ""


def sort(trials: Iterable[Trial]) -> tuple[list[Row], list[Trial]]:
    """Return the rows of the finished trials, and the trials that failed.

    If a trial was run again, its last record counts. A record that is `done` without a test
    accuracy between 0 and 1 counts as failed.
    """
    last = {tuple(trial.get(key) for key in IDENTITY): trial for trial in trials}
    groups: dict[Any, list[Trial]] = {}
    failed: list[Trial] = []
    for identity, trial in last.items():
        if trial.get("status") == "done" and _share(trial.get("test_accuracy")):
            groups.setdefault(identity[:-1], []).append(trial)
        elif trial.get("status") == "done":
            accuracy = words.any_words(trial.get("test_accuracy"))
            reason = f"the test accuracy on file is no share: {accuracy}"
            failed.append({**trial, "reason": reason})
        else:
            failed.append(trial)
    order = {name: place for place, name in enumerate((*CELLS, None, *BASELINES))}
    rows = [
        Row(data, size, arm, model, tuple(members))
        for (data, size, arm, model), members in groups.items()
    ]
    rows.sort(
        key=lambda row: (
            row.data, row.size, ARMS.index(row.arm) if row.arm in ARMS else 1.5,
            order.get(row.model, order[None]), row.model,
        )
    )  # fmt: skip
    return rows, failed


def difference(first: Row, second: Row) -> Estimate | None:
    """Return the lead in accuracy of the first, paired by seed; None without a common seed."""
    return stats.paired(*outcomes_of(first, second))


def outcomes_of(first: Row, second: Row) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return the outcomes of two rows by seed: which test rows were right, or scores.

    A deterministic model is compared with every seed of the other.
    """
    one, two = first.outcomes, second.outcomes
    lengths = {getattr(right, "shape", None) for right in (*one.values(), *two.values())}
    if len(lengths) > 1:  # not both record test rows, or the test sets differ
        one, two = first.scores, second.scores
    if first.seedless and not second.seedless:
        one = dict.fromkeys(two, next(iter(one.values())))
    elif second.seedless and not first.seedless:
        two = dict.fromkeys(one, next(iter(two.values())))
    return one, two


def best(rows: Sequence[Row]) -> list[Row]:
    """Return the row that is better than every other by a paired interval; usually there is none.

    It is returned twice if the same trials are in two arms.
    """
    first, *others = _ranked(rows)
    decided = all(stats.verdict(difference(first, other)) == SUPPORTED for other in others)
    return [row for row in rows if row is first or row.same(first)] if others and decided else []


def table(trials: Iterable[Trial]) -> Table:
    """Return the table for the terminal: a block per data set and size, a row per model."""
    rows, failed = sort(trials)
    caption = (
        f"Test accuracy, half its 95% interval over seeds. {_bold_means(rows)}"
        if rows
        else "No trial finished."
    )
    if failed:
        caption += f" {words.count(_distinct(failed), 'trial')} failed and left out."
    out = Table(box=box.SIMPLE_HEAD, caption=caption, padding=(0, 1, 0, 0), pad_edge=False)
    out.add_column("trained on", no_wrap=True)
    for column in ("units", "params", "accuracy", "± 95%", "sec", "seeds"):
        out.add_column(column, justify="right", no_wrap=True)
    for (data, size), block in _blocks(rows, "data", "size").items():
        out.add_row(Text(f"{words.data(data)}, {size:,}", style="cyan"))
        winners = best(block)
        for row in block:
            out.add_row(
                Text(f" {row.name}"),
                words.span(row.all("units")),
                words.span(row.all("parameters")),
                words.percent(row.accuracy.mean),
                "" if row.accuracy.half is None else f"{100 * row.accuracy.half:.1f}",
                _seconds(row),
                "-" if row.seedless else str(row.accuracy.count),
                style="bold" if row in winners else "",
            )
        out.add_section()
    return out


def answer(trials: Iterable[Trial]) -> str:
    """Return the recommendation, in the words of the page."""
    from recipes.reports import choice

    found = choice.choose(sort(trials)[0])
    if found is None:
        return "No trial has finished."
    return " ".join([found.headline, *found.sentences])


def write(folder: Path, trials: Iterable[Trial], facts: Mapping[str, Any]) -> Path:
    """Write `report.html` into a folder and return its path.

    The learning curves of the first arm are also written as separate files,
    `learning_curve_DATA.svg`.

    Args:
        folder: created if it does not exist.
        trials: dicts as read from the JSON lines, in the order in which they were written.
        facts: what trials do not record. All are optional: `title`, `question`, `command`,
            `machine`, `started`, `seconds` (of this run of the sweep), `planned` (number of
            trials), `versions` (dict), `commit`, `cuts` (what the time budget cut) and `limits`
            (what else cannot be concluded), both lists of sentences, `tuning` (how settings were
            chosen, if they were), `data` (by name: `source`,
            `licence`, `notes`, the list of `classes`, and `chance`, the accuracy of guessing, if
            the classes are not balanced), `examples` (dicts of `text`, `label`, and `predictions`,
            a label by model).
    """
    from recipes.reports import choice

    trials = list(trials)
    rows, failed = sort(trials)
    blocks = _blocks(rows, "data")
    comparisons = {name: _comparisons(block) for name, block in blocks.items()}
    arms = _drawn_arms(rows, facts)
    path = words.write(
        folder / "report.html",
        "report.html.j2",
        facts={**dict.fromkeys(FACTS), **facts},
        rows=rows,
        choice=choice.choose(rows),
        failed=[{**dict.fromkeys((*IDENTITY, "reason")), **trial} for trial in failed],
        sources={name: dict.fromkeys(("source", "licence", "notes", "classes")) | known
                 | {"guess": _chance(name, facts)}
                 for name, known in (facts.get("data") or {}).items()},
        blocks=blocks,
        comparisons=comparisons,
        verdicts=[found.verdict for claims in comparisons.values()
                  for sizes in claims.values() for found in sizes.values()],
        answers={name: _answers(block, comparisons[name], _chance(name, facts))
                 for name, block in blocks.items()},
        done=_distinct(trial for row in rows for trial in row.trials),
        lost=_distinct(failed),
        sentiment=[
            words.data(name) for name, block in blocks.items()
            if name in SENTIMENT and not any(row.model == "character_ngrams" for row in block)
        ],
        blind={"average": "an average of embeddings", "embedding": "an embedding alone"},
        by_rows=any(row.outcomes is not row.scores for row in rows),
        arms=arms,
        others=_drawn_others(rows),
        by_size={name: _blocks(block, "size") for name, block in blocks.items()},
        stats=stats, best=best, difference=difference, ranked=_ranked, test_rows=_test_rows,
        bold_means=_bold_means(rows), mean_seconds=_seconds, cost=_cost(rows),
        versions=facts.get("versions") or _told(trials, "versions"),
        commit=facts.get("commit") or _told(trials, "commit"),
        finished=max((str(trial["finished"]) for trial in trials if trial.get("finished")),
                     default=None),
    )  # fmt: skip
    for panel in arms[0]["panels"] if arms else ():
        name = re.sub(r"\W+", "_", Path(panel["data"]).stem)
        (folder / f"learning_curve_{name}.svg").write_text(figures.alone(panel["svg"]))
    return path


# What is compared, and the sentences about it.


def _comparisons(rows: Sequence[Row]) -> dict[str, dict[int, Finding]]:
    """Return each claim about one data set with its findings by size."""
    found: dict[str, dict[int, Finding]] = {}
    cells = [row for row in rows if not row.baseline]
    for size in _compared(rows):
        at = _at(rows, size)
        for arm, members in _blocks(cells, "arm").items():
            models = {row.model for row in members}
            pairs = (*PAIRS, *((model, "gru") for model in sorted(models - set(CELLS))))
            wanted = [pair for pair in pairs if {*pair} <= models]
            for (one, two), finding in _cell_pairs(_at(at, size, arm), wanted).items():
                first = words.capital(words.label(one))
                claim = f"{first} is more accurate than {words.label(two)}, {arm}"
                found.setdefault(claim, {})[size] = finding
        for model in BASELINES:
            if cells and any(row.model == model for row in rows):
                claim = f"{words.capital(words.label(model))} is more accurate than every cell"
                found.setdefault(claim, {})[size] = against_all(at, model)
    return found


def _cell_pairs(
    rows: Sequence[Row], pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Finding]:
    """Return whether each first model is more accurate than the second, among rows of one arm.

    These pairs are a family: their p-values are corrected for multiple comparisons.
    """
    have = {row.model: row for row in rows}
    there = [pair for pair in pairs if have.keys() >= {*pair}]
    results = stats.compare({(one, two): outcomes_of(have[one], have[two]) for one, two in there})
    findings = {}
    for pair in pairs:
        missing = [words.label(model) for model in pair if model not in have]
        findings[pair] = (
            Finding(UNDECIDED, f"no finished trial of {' or '.join(missing)}")
            if missing
            else _finding(have[pair[0]], have[pair[1]], results[pair])
        )
    return findings


def against_all(rows: Sequence[Row], model: str) -> Finding:
    """Return whether a baseline is more accurate than every cell: only if it is against each.

    The claim "better than each" needs no correction for the number of cells; the claim "some cell
    is better" does. The quoted cell is the one that decides: one that is better, else the nearest.
    """
    mine = next((row for row in rows if row.model == model), None)
    cells = _ranked(row for row in rows if not row.baseline)
    if mine is None or not cells:
        return Finding(
            UNDECIDED, f"no finished trial of {'any cell' if mine else words.label(model)}"
        )
    alone = [stats.compare({0: outcomes_of(mine, row)})[0] for row in cells]
    together = stats.compare({n: outcomes_of(mine, row) for n, row in enumerate(cells)})
    each = all(result is not None and result.verdict == SUPPORTED for result in alone)
    results = alone if each else [together[n] for n in range(len(cells))]
    found = [(row, _finding(mine, row, one)) for row, one in zip(cells, results, strict=True)]
    for verdict in (CONTRADICTED, UNDECIDED, SUPPORTED):
        deciding = [pair for pair in found if pair[1].verdict == verdict]
        if deciding:
            break
    row, finding = max(deciding, key=lambda pair: pair[0].accuracy.mean)
    return Finding(verdict, f"against {row.phrase}: {finding.said}", finding.note)


def _finding(first: Row, second: Row, result: stats.Comparison | None) -> Finding:
    if result is None:
        return Finding(UNDECIDED, words.points(None))
    rows = None if result.crossed else _test_rows((first, second))
    notes = []
    if result.crossed and result.difference.count == 1 and not (first.seedless and second.seedless):
        notes.append("of these trained models")
    if result.verdict != UNDECIDED and rows:
        error = stats.difference_error(first.accuracy.mean, second.accuracy.mean, rows)
        if abs(result.difference.mean) < error:
            most = f"up to {100 * error:.1f}"
            notes.append(f"smaller than the sampling error of the test set, {most}")
    if stats.verdict(result.difference) != result.verdict:
        notes.append(f"corrected for the other pairs of this size p is {result.chance:.2g}")
    elif result.verdict == UNDECIDED and result.smallest is not None:
        notes.append(f"minimum detectable difference {100 * result.smallest:.1f}")
    return Finding(result.verdict, words.points(result.difference), "; ".join(notes))


def _answers(
    rows: Sequence[Row], claims: Mapping[str, Mapping[int, Finding]], chance: float | None
) -> list[str]:
    """Return the sentences that answer the question on one data set."""
    said = []
    for size in _compared(rows):
        first, *others = _ranked(_at(rows, size))
        sentence = f"At {size:,} training rows {first.phrase} has the highest mean: {first.said}."
        if others:
            lead = difference(first, others[0])
            sure = "" if stats.verdict(lead) == SUPPORTED else "not "
            sentence += (
                f" Next is {others[0].phrase}: {others[0].said}. Whether the first is better is "
                f"{sure}decided: {words.points(lead)}."
            )
        said.append(sentence)
    for claim, sizes in claims.items():
        if claim.startswith(
            (
                "GRU is more accurate than LSTM",
                *(words.capital(words.label(one)) for one in BASELINES),
            )
        ):
            found: dict[str, list[str]] = {}
            for size, finding in sizes.items():
                found.setdefault(finding.verdict, []).append(f"{size:,}")
            at = "; ".join(f"{name} at {words.listed(at)} rows" for name, at in found.items())
            said.append(f"“{claim}”: {at}.")
    guesses = [
        f"{row.phrase} with {row.size:,} rows, {row.said}"
        for row in rows
        if chance and row.accuracy.low is not None and row.accuracy.high is not None
        if row.accuracy.low <= chance <= row.accuracy.high
    ]
    if chance and guesses:
        said.append(
            f"Not told apart from guessing ({words.percent(chance)}): {'; '.join(guesses)}."
        )
    return said


# What is drawn.


def _drawn_arms(rows: Sequence[Row], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the learning curves: for each arm a panel for each data set, baselines in each."""
    arms = list(dict.fromkeys(row.arm for row in rows if not row.baseline)) or ["baseline"]
    looks = figures.looks(row.model for row in rows)
    spans = {
        data: figures.accuracy_range(_curves(block, looks), _chance(data, facts))
        for data, block in _blocks(rows, "data").items()
    }
    drawn = []
    for number, arm in enumerate(arms if rows else []):
        panels = []
        for place, (data, block) in enumerate(_blocks(rows, "data").items()):
            shown = [row for row in block if row.baseline or row.arm == arm]
            if not shown or (arm != "baseline" and all(row.baseline for row in shown)):
                continue
            svg = figures.curves(
                f"learn-{number}-{place}",
                f"Test accuracy against training texts on {words.data(data)}, {arm}.",
                _curves(shown, looks),
                over="training texts",
                span=spans[data],
                level=_level(_chance(data, facts)),
            )
            panels.append(
                {
                    "data": data,
                    "title": words.data(data),
                    "note": _size_note(shown),
                    "svg": Markup(svg),
                }
            )
        drawn.append({"arm": arm, "panels": panels})
    return drawn


def _drawn_others(rows: Sequence[Row]) -> dict[str, list[dict]]:
    """Return panels of training by epoch at the largest size, and of accuracy by seconds."""
    drawn: dict[str, list[dict]] = {"epochs": [], "seconds": []}
    looks = figures.looks(row.model for row in rows)
    for place, (data, block) in enumerate(_blocks(rows, "data").items()):
        cells = [row for row in block if not row.baseline]
        arm = cells[0].arm if cells else ""
        cells = [row for row in cells if row.arm == arm]
        runs = [
            figures.Curve(
                words.label(row.model),
                looks[row.model],
                range(1, len(trial["epochs"]) + 1),
                figures.exact(epoch["valid_accuracy"] for epoch in trial["epochs"]),
                marked=(trial.get("best_epoch") or len(trial["epochs"])) - 1,
            )
            for row in cells
            if row.size == cells[-1].size
            for trial in row.trials
            if trial.get("epochs")
            and all(_share(epoch.get("valid_accuracy")) for epoch in trial["epochs"])
        ]
        if runs:
            title = f"Validation accuracy by epoch on {words.data(data)}, {arm}."
            svg = figures.curves(f"epochs-{place}", title, runs, over="epoch", log="")
            note = f"{cells[-1].size:,} rows, {arm}"
            drawn["epochs"].append({"title": words.data(data), "note": note, "svg": Markup(svg)})
        timed = [row for row in block if row.baseline or row.arm == arm]
        lines = _curves([row for row in timed if _mean_seconds(row)], looks, over="seconds")
        if lines:
            svg = figures.curves(
                f"seconds-{place}",
                f"Test accuracy against seconds a trial on {words.data(data)}.",
                lines,
                over="seconds a trial",
                span=figures.accuracy_range(lines, None),
                shared=False,
            )
            drawn["seconds"].append({"title": words.data(data), "note": arm, "svg": Markup(svg)})
    return drawn


def _curves(
    rows: Sequence[Row], looks: Mapping[str, figures.Look], over: str = "size"
) -> list[figures.Curve]:
    return [
        figures.Curve(
            words.SHORT.get(model, model),
            looks[model],
            [row.size if over == "size" else _mean_seconds(row) or 0.0 for row in line],
            [row.accuracy for row in line],
        )
        for (_, model), line in _blocks(rows, "arm", "model").items()
    ]


def _size_note(rows: Sequence[Row]) -> str:
    """Return the size of the cells in a panel."""
    units = [units for row in rows if not row.baseline for units in row.all("units")]
    size = [size for row in rows if not row.baseline for size in row.all("cell_parameters")]
    said = [f"{words.span(units)} units"] if units else []
    return ", ".join(said + ([f"{words.span(size)} parameters a cell"] if size else []))


# Rows and numbers in words.


def _blocks(rows: Iterable[Row], *keys: str) -> dict[Any, list[Row]]:
    """Return rows grouped by one field, or by a tuple of several, in order of appearance."""
    blocks: dict[Any, list[Row]] = {}
    for row in rows:
        values = tuple(getattr(row, key) for key in keys)
        blocks.setdefault(values if len(keys) > 1 else values[0], []).append(row)
    return blocks


def _at(rows: Iterable[Row], size: int, arm: str | None = None) -> list[Row]:
    return [row for row in rows if row.size == size and arm in (None, row.arm)]


def _compared(rows: Sequence[Row]) -> list[int]:
    """Return the smallest and the largest size, and the largest one with several seeds."""
    several = [row.size for row in rows if row.accuracy.count > 1]
    return sorted({rows[0].size, *several[-1:], rows[-1].size})


def _ranked(rows: Iterable[Row]) -> list[Row]:
    """Return rows by descending mean; trials that are in two arms appear once."""
    ranked: list[Row] = []
    for row in sorted(rows, key=lambda row: -row.accuracy.mean):
        if not any(row.same(before) for before in ranked):
            ranked.append(row)
    return ranked


def _test_rows(rows: Iterable[Row]) -> int | None:
    return min((count for row in rows for count in row.all("test_rows")), default=None)


def _chance(data: str, facts: Mapping[str, Any]) -> float | None:
    """Return the accuracy of guessing: from the facts, else 1 / number of classes, else None."""
    known = (facts.get("data") or {}).get(data) or {}
    classes = known.get("classes") or []
    return known.get("chance") or (1 / len(classes) if len(classes) > 1 else None)


def _level(chance: float | None) -> tuple[str, float] | None:
    return None if chance is None else ("guessing", chance)


def _bold_means(rows: Sequence[Row]) -> str:
    if any(best(block) for block in _blocks(rows, "data", "size").values()):
        return "Bold: better than each other of its block by a paired 95% interval."
    return "None is bold: no row is better than each other of its block by a paired 95% interval."


def _interval(estimate: Estimate) -> str:
    """Return the interval of an accuracy: ± half its width, or its bounds if asymmetric."""
    if estimate.low is None or estimate.high is None or estimate.half is None:
        return ""
    if abs(estimate.high - estimate.mean - estimate.half) < 1e-9:
        return f"± {100 * estimate.half:.1f}"
    return f"[{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


def _mean_seconds(row: Row) -> float | None:
    seconds = [s for s in row.all("seconds") if s > 0]
    return sum(seconds) / len(seconds) if seconds else None


def _seconds(row: Row) -> str:
    seconds = _mean_seconds(row)
    return "" if seconds is None else f"{seconds:.1f}" if seconds < 10 else f"{seconds:,.0f}"


def _cost(rows: Iterable[Row]) -> str:
    """Return the waiting time and memory of trials, as far as they are recorded."""
    trials = [trial for row in rows for trial in row.trials]
    waited = [trial["wait_share"] for trial in trials if _share(trial.get("wait_share"))]
    held = [trial["peak_memory_mb"] for trial in trials if trial.get("peak_memory_mb")]
    said = []
    if waited:
        said.append(
            "Of the seconds in which a network trained and was validated, at most "
            f"{words.percent(max(waited))} went by in waiting for data."
        )
    if held:
        said.append(f"During a trial its process held at most {max(held):,} MB of memory.")
    return " ".join(said)


def _distinct(trials: Iterable[Trial]) -> int:
    """Return the number of distinct trials: one that is in two arms ran once."""
    return len({trial.get("key") or id(trial) for trial in trials})


def _told(trials: Iterable[Trial], key: str) -> list[str]:
    return list(dict.fromkeys(words.any_words(trial[key]) for trial in trials if trial.get(key)))


def _share(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1
