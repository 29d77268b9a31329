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


@dataclass(frozen=True, eq=False)
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
    def score(self) -> str:
        """Return the mean, its interval and its number of seeds, for use in a sentence."""
        score = f"{words.percent(self.accuracy.mean)} {_interval(self.accuracy)}".strip()
        return words.unbroken(f"{score} ({self.seeds})")

    @property
    def mean_seconds(self) -> float | None:
        """Return the mean seconds of a trial, if they are recorded."""
        seconds = [number for number in self.all("seconds") if number > 0]
        return sum(seconds) / len(seconds) if seconds else None

    @property
    def seconds(self) -> str:
        """Return the same for a table."""
        seconds = self.mean_seconds
        return "" if seconds is None else f"{seconds:.1f}" if seconds < 10 else f"{seconds:,.0f}"


@dataclass(frozen=True)
class Finding:
    """The evidence on one claim at one size: a verdict, the difference, and a note on it."""

    verdict: str
    difference: str
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
        accuracy = trial.get("test_accuracy")
        if trial.get("status") != "done":
            failed.append(trial)
        elif _is_share(accuracy):
            groups.setdefault(identity[:-1], []).append(trial)
        else:
            reason = f"the recorded test accuracy is no share: {words.any_words(accuracy)}"
            failed.append({**trial, "reason": reason})
    models = [*CELLS, None, *BASELINES]  # None: all others

    def order(row: Row) -> tuple:
        arm = ARMS.index(row.arm) if row.arm in ARMS else 1.5
        known = row.model if row.model in models else None
        return row.data, row.size, arm, models.index(known), row.model

    rows = [
        Row(data, size, arm, model, tuple(members))
        for (data, size, arm, model), members in groups.items()
    ]
    return sorted(rows, key=order), failed


def difference(first: Row, second: Row) -> Estimate | None:
    """Return the lead in accuracy of the first, paired by seed; None without a common seed."""
    return stats.paired(*outcomes_of(first, second))


def outcomes_of(first: Row, second: Row) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return the outcomes of two rows by seed: which test rows were right, or scores.

    A deterministic model is compared with every seed of the other.
    """
    outcomes, others = first.outcomes, second.outcomes
    lengths = {getattr(right, "shape", None) for right in (*outcomes.values(), *others.values())}
    if len(lengths) > 1:  # not both record test rows, or the test sets differ
        outcomes, others = first.scores, second.scores
    if first.seedless and not second.seedless:
        outcomes = dict.fromkeys(others, next(iter(outcomes.values())))
    elif second.seedless and not first.seedless:
        others = dict.fromkeys(outcomes, next(iter(others.values())))
    return outcomes, others


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
    caption = "No trial finished."
    if rows:
        caption = f"Test accuracy, half its 95% interval over seeds. {_bold_means(rows)}"
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
            half = row.accuracy.half
            out.add_row(
                Text(f" {row.name}"),
                words.span(row.all("units")),
                words.span(row.all("parameters")),
                words.percent(row.accuracy.mean),
                "" if half is None else f"{100 * half:.1f}",
                row.seconds,
                "-" if row.seedless else str(row.accuracy.count),
                style="bold" if row in winners else "",
            )
        out.add_section()
    return out


def answer(trials: Iterable[Trial]) -> str:
    """Return the recommendation, in the words of the page."""
    from recipes.reports import choice

    best_model = choice.choose(sort(trials)[0])
    if best_model is None:
        return "No trial has finished."
    return " ".join([best_model.headline, *best_model.sentences])


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
            `licence`, `notes`, the list of `classes`, and `chance`, the accuracy by chance, if
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
        verdicts=[finding.verdict for claims in comparisons.values()
                  for sizes in claims.values() for finding in sizes.values()],
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
        bold_means=_bold_means(rows), cost=_cost(rows),
        versions=facts.get("versions") or _recorded(trials, "versions"),
        commit=facts.get("commit") or _recorded(trials, "commit"),
        finished=max((str(trial["finished"]) for trial in trials if trial.get("finished")),
                     default=None),
    )  # fmt: skip
    for panel in arms[0]["panels"] if arms else ():
        name = re.sub(r"\W+", "_", Path(panel["data"]).stem)
        (folder / f"learning_curve_{name}.svg").write_text(figures.alone(panel["svg"]))
    return path


# What is compared, and the sentences about it.


def _comparisons(rows: Sequence[Row]) -> dict[str, dict[int, Finding]]:
    """Return each claim about one data set with its findings by size.

    The pairs of cells of one arm at one size are a family: their p-values are corrected for
    multiple comparisons.
    """
    findings: dict[str, dict[int, Finding]] = {}
    cells = [row for row in rows if not row.baseline]
    for size in _compared(rows):
        at_size = [row for row in rows if row.size == size]
        for arm, members in _blocks(cells, "arm").items():
            models = {row.model for row in members}
            known = {row.model: row for row in at_size if row.arm == arm}
            pairs = [
                pair
                for pair in (*PAIRS, *((model, "gru") for model in sorted(models - {*CELLS})))
                if {*pair} <= models
            ]
            results = stats.compare(
                {pair: outcomes_of(*(known[model] for model in pair))
                 for pair in pairs if {*pair} <= known.keys()}
            )  # fmt: skip
            for first, second in pairs:
                claim = f"{words.label(first)} is more accurate than {words.label(second)}, {arm}"
                missing = [words.label(m) for m in (first, second) if m not in known]
                findings.setdefault(words.capital(claim), {})[size] = (
                    Finding(UNDECIDED, f"no finished trial of {' or '.join(missing)}")
                    if missing
                    else _finding(known[first], known[second], results[first, second])
                )
        for model in BASELINES:
            if cells and any(row.model == model for row in rows):
                claim = f"{words.capital(words.label(model))} is more accurate than every cell"
                findings.setdefault(claim, {})[size] = _against_all(at_size, model)
    return findings


def _against_all(rows: Sequence[Row], model: str) -> Finding:
    """Return whether a baseline is more accurate than every cell: only if it is against each.

    The claim "better than each" needs no correction for the number of cells; the claim "some cell
    is better" does. The quoted cell is the one that decides: one that is better, else the nearest.
    """
    baseline = next((row for row in rows if row.model == model), None)
    cells = _ranked(row for row in rows if not row.baseline)
    if baseline is None or not cells:
        absent = "any cell" if baseline else words.label(model)
        return Finding(UNDECIDED, f"no finished trial of {absent}")
    family = {cell: outcomes_of(baseline, cell) for cell in cells}
    alone = {cell: stats.compare({0: pair})[0] for cell, pair in family.items()}
    each = all(result and result.verdict == SUPPORTED for result in alone.values())
    results = alone if each else stats.compare(family)
    findings = {cell: _finding(baseline, cell, result) for cell, result in results.items()}
    # The first of the cells, as they are ranked by their means.
    for verdict in (CONTRADICTED, UNDECIDED, SUPPORTED):
        for cell, finding in findings.items():
            if finding.verdict == verdict:
                text = f"against {cell.phrase}: {finding.difference}"
                return Finding(verdict, text, finding.note)
    raise AssertionError


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
    sentences = []
    for size in _compared(rows):
        first, *others = _ranked(row for row in rows if row.size == size)
        sentence = f"At {size:,} training rows {first.phrase} has the highest mean: {first.score}."
        if others:
            lead = difference(first, others[0])
            sure = "" if stats.verdict(lead) == SUPPORTED else "not "
            sentence += (
                f" Next is {others[0].phrase}: {others[0].score}. Whether the first is better is "
                f"{sure}decided: {words.points(lead)}."
            )
        sentences.append(sentence)
    quoted = ("GRU is more accurate than LSTM", *(words.capital(words.label(m)) for m in BASELINES))
    for claim, findings in claims.items():
        if claim.startswith(quoted):
            sizes: dict[str, list[str]] = {}
            for size, finding in findings.items():
                sizes.setdefault(finding.verdict, []).append(f"{size:,}")
            at = "; ".join(f"{name} at {words.listed(some)} rows" for name, some in sizes.items())
            sentences.append(f"“{claim}”: {at}.")
    guesses = [
        f"{row.phrase} with {row.size:,} rows, {row.score}"
        for row in rows
        if chance and row.accuracy.low is not None and row.accuracy.high is not None
        if row.accuracy.low <= chance <= row.accuracy.high
    ]
    if chance and guesses:
        percent = words.percent(chance)
        sentences.append(f"Not distinguished from chance ({percent}): {'; '.join(guesses)}.")
    return sentences


# What is drawn.


def _drawn_arms(rows: Sequence[Row], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the learning curves: for each arm a panel for each data set, baselines in each."""
    arms = list(dict.fromkeys(row.arm for row in rows if not row.baseline)) or ["baseline"]
    looks = figures.looks(row.model for row in rows)
    drawn = []
    for number, arm in enumerate(arms if rows else []):
        panels = []
        for index, (data, block) in enumerate(_blocks(rows, "data").items()):
            members = [row for row in block if row.baseline or row.arm == arm]
            if not members or (arm != "baseline" and all(row.baseline for row in members)):
                continue
            chance = _chance(data, facts)
            svg = figures.curves(
                f"learn-{number}-{index}",
                f"Test accuracy against training texts on {words.data(data)}, {arm}.",
                _curves(members, looks),
                over="training texts",
                span=figures.accuracy_range(_curves(block, looks), chance),  # as in other arms
                level=None if chance is None else ("chance", chance),
            )
            panels.append(_panel(data, svg, _size_note(members)))
        drawn.append({"arm": arm, "panels": panels})
    return drawn


def _drawn_others(rows: Sequence[Row]) -> dict[str, list[dict]]:
    """Return panels of training by epoch at the largest size, and of accuracy by seconds."""
    drawn: dict[str, list[dict]] = {"epochs": [], "seconds": []}
    looks = figures.looks(row.model for row in rows)
    for index, (data, block) in enumerate(_blocks(rows, "data").items()):
        arm = next((row.arm for row in block if not row.baseline), "")
        cells = [row for row in block if not row.baseline and row.arm == arm]
        epochs = []
        for row in cells:
            for trial in row.trials if row.size == cells[-1].size else ():
                scores = [epoch.get("valid_accuracy") for epoch in trial.get("epochs") or []]
                if scores and all(map(_is_share, scores)):
                    marked = (trial.get("best_epoch") or len(scores)) - 1
                    label, numbers = words.label(row.model), range(1, len(scores) + 1)
                    values = figures.exact(scores)
                    epochs.append(figures.Curve(label, looks[row.model], numbers, values, marked))
        if epochs:
            title = f"Validation accuracy by epoch on {words.data(data)}, {arm}."
            svg = figures.curves(f"epochs-{index}", title, epochs, over="epoch", log="")
            drawn["epochs"].append(_panel(data, svg, f"{cells[-1].size:,} rows, {arm}"))
        timed = [row for row in block if row.mean_seconds and (row.baseline or row.arm == arm)]
        if lines := _curves(timed, looks, over="mean_seconds"):
            title = f"Test accuracy against seconds a trial on {words.data(data)}."
            span = figures.accuracy_range(lines, None)
            svg = figures.curves(
                f"seconds-{index}", title, lines, over="seconds a trial", span=span, shared=False
            )
            drawn["seconds"].append(_panel(data, svg, arm))
    return drawn


def _panel(data: str, svg: str, note: str) -> dict[str, Any]:
    return {"data": data, "title": words.data(data), "note": note, "svg": Markup(svg)}


def _curves(
    rows: Sequence[Row], looks: Mapping[str, figures.Look], over: str = "size"
) -> list[figures.Curve]:
    return [
        figures.Curve(
            words.SHORT.get(model, model),
            looks[model],
            [getattr(row, over) for row in line],
            [row.accuracy for row in line],
        )
        for (_, model), line in _blocks(rows, "arm", "model").items()
    ]


def _size_note(rows: Sequence[Row]) -> str:
    """Return the size of the cells in a panel."""
    cells = [row for row in rows if not row.baseline]
    units = words.span([number for row in cells for number in row.all("units")])
    sizes = words.span([number for row in cells for number in row.all("cell_parameters")])
    notes = (units and f"{units} units", sizes and f"{sizes} parameters a cell")
    return ", ".join(filter(None, notes))


# Rows and numbers in words.


def _blocks(rows: Iterable[Row], *keys: str) -> dict[Any, list[Row]]:
    """Return rows grouped by one field, or by a tuple of several, in order of appearance."""
    blocks: dict[Any, list[Row]] = {}
    for row in rows:
        values = tuple(getattr(row, key) for key in keys)
        blocks.setdefault(values if len(keys) > 1 else values[0], []).append(row)
    return blocks


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
    """Return the accuracy by chance: from the facts, else 1 / number of classes, else None."""
    known = (facts.get("data") or {}).get(data) or {}
    classes = known.get("classes") or []
    return known.get("chance") or (1 / len(classes) if len(classes) > 1 else None)


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


def _cost(rows: Iterable[Row]) -> str:
    """Return the waiting time and memory of trials, as far as they are recorded."""
    trials = [trial for row in rows for trial in row.trials]
    waited = [trial["wait_share"] for trial in trials if _is_share(trial.get("wait_share"))]
    held = [trial["peak_memory_mb"] for trial in trials if trial.get("peak_memory_mb")]
    sentences = []
    if waited:
        sentences.append(
            "Of the seconds in which a network trained and was validated, at most "
            f"{words.percent(max(waited))} was spent waiting for data."
        )
    if held:
        sentences.append(f"During a trial its process held at most {max(held):,} MB of memory.")
    return " ".join(sentences)


def _distinct(trials: Iterable[Trial]) -> int:
    """Return the number of distinct trials: one that is in two arms ran once."""
    return len({trial.get("key") or id(trial) for trial in trials})


def _recorded(trials: Iterable[Trial], key: str) -> list[str]:
    return list(dict.fromkeys(words.any_words(trial[key]) for trial in trials if trial.get(key)))


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1
