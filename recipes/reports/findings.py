"""The findings of the study in sentences: three verdicts and recommendations."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recipes.reports import evidence, stats, words
from recipes.reports import plan as plans
from recipes.reports.evidence import Line
from recipes.reports.plan import CELLS, FEW, Place, Plan
from recipes.reports.stats import UNDECIDED, Estimate
from recipes.reports.words import label
from recipes.trials import memory
from recipes.trials.replicate import MAIN
from recipes.trials.starts import DEFAULT

FIRST_WORD = "A vanilla RNN loses the first word of a 100-word sentence."
ALIKE = "A GRU does what an LSTM does, to within a point."
LITTLE = f"With up to {FEW:,} texts, take the GRU: it is better by more than a point."
PAIRS = {"gru less lstm": ("gru", "lstm"), "gru less simple_rnn": ("gru", "simple_rnn")}


@dataclass(frozen=True)
class Lines:
    """The records of the study: of texts, and of the first word."""

    texts: Sequence[Line]
    memory: Sequence[Line]

    @property
    def all(self) -> list[Line]:
        """Return all records."""
        return [*self.texts, *self.memory]


def accuracy(lines: dict[int, Line]) -> Estimate | None:
    """Return the mean accuracy over replicates and test texts."""
    if not lines:
        return None
    bits = isinstance(next(iter(lines.values()))["test_right"], str)
    values = np.stack([evidence.right(one) for one in lines.values()])
    return stats.crossed(values, unseen=(0, 0, 1, 1) if bits else ()).estimate


def sentences(plan: Plan, lines: Lines, bold: str = "") -> list[str]:
    """Return each claim with its verdict and the evidence."""
    found = {name: evidence.leads(plan, lines.texts, *pair) for name, pair in PAIRS.items()}
    verdicts = [first_word_verdict(plan, lines), alike(found), little(found)]
    return [
        f"*{sentence}* {bold}{words.capital(verdict)}.{bold} {said}"
        for sentence, (verdict, said) in zip((FIRST_WORD, ALIKE, LITTLE), verdicts, strict=True)
    ]


def alike(found) -> tuple[str, str]:
    """Return the verdict on `ALIKE`, by the mean over tasks at up to `FEW` texts."""
    own = found["gru less lstm"]
    mean = evidence.primary(own)
    places = evidence.outcomes(own)
    if not places:
        return UNDECIDED, "No place has run yet."
    counts = [(v, sum(one.verdict == v for one in places.values()))
              for v in (evidence.SAME, evidence.BETTER, evidence.WORSE, UNDECIDED)]  # fmt: skip
    tally = ", ".join(f"{verdict} at {number}" for verdict, number in counts if number)
    said = f"Of {words.count(len(places), 'place')}, the GRU is {tally}."
    if mean is None:
        return UNDECIDED, f"It takes two tasks; one has run. {said}"
    verdict = {evidence.SAME: "supported", UNDECIDED: UNDECIDED}.get(mean.verdict, "contradicted")
    pooled = (
        f"GRU less LSTM, mean of {mean.estimate.count} tasks at up to {FEW:,} texts: "
        f"{words.points(mean.estimate)}; at a new task of the kind {words.bounds(mean.new)}."
    )
    return verdict, f"{pooled} {said}"


def little(found) -> tuple[str, str]:
    """Return the verdict on `LITTLE`: whether the GRU is better than both, at up to `FEW` texts."""
    few = {
        (name, place): one
        for name, own in found.items()
        for place, one in own.items()
        if place.size <= FEW
    }
    told = evidence.outcomes(few)
    places = [p for p in {place for _, place in told} if all((n, p) in told for n in PAIRS)]
    if not places:
        return UNDECIDED, "No place has run yet."
    better = [p for p in places if all(told[n, p].verdict == evidence.BETTER for n in PAIRS)]
    against = [
        p for p in places
        if any(told[n, p].verdict in (evidence.SAME, evidence.WORSE) for n in PAIRS)
    ]  # fmt: skip
    verdict = UNDECIDED
    if len(better) == len(places):
        verdict = "supported"
    elif against:
        verdict = "contradicted"
    said = f"Better than both at {len(better)} of {words.count(len(places), 'place')}"
    if against:
        place = max(against, key=lambda p: -told["gru less lstm", p].chance)
        said += f", not at {len(against)}; at {place.name} texts GRU less LSTM is "
        said += words.points(told["gru less lstm", place].estimate)
    return verdict, said + "."


def first_word_verdict(plan: Plan, lines: Lines) -> tuple[str, str]:
    """Return the verdict on `FIRST_WORD`: whether some start and rate solve the task every time."""
    longest = max(plan.memory.lengths)
    grid = solved(lines.memory)
    best = {}
    for cell in CELLS:
        own = {kind: n for kind, n in grid.items() if kind[0] == cell and kind[1] == longest}
        if own:
            best[cell] = max(own.items(), key=lambda item: (item[1][0] / item[1][1], item[1][1]))
    if "simple_rnn" not in best:
        return UNDECIDED, "It has not run yet."
    (_, (right, count)), name = best["simple_rnn"], f"with {longest} words in between"
    verdict = "contradicted" if right == count >= plan.memory.seeds else UNDECIDED
    if right == 0:
        verdict = "supported"
    said = "; ".join(
        f"{label(cell)} {right} of {count} ({start} start, learning rate {rate:g}"
        + (", from short to long" if curriculum else "") + ")"
        for cell, ((_, _, start, rate, curriculum), (right, count)) in best.items()
    )  # fmt: skip
    start = {cell: grid.get((cell, longest, DEFAULT, 2e-3, False)) for cell in CELLS}
    default = ", ".join(f"{label(c)} {n[0]} of {n[1]}" for c, n in start.items() if n)
    return verdict, (
        f"Solved {name} at the best of the starts and learning rates tried: {said}. At Keras's "
        f"start and 0.002: {default}. The start decides, not the cell."
    )


def solved(lines: Sequence[Line]) -> dict[tuple, tuple[int, int]]:
    """Return the numbers of solved and of all trials, by cell, N, start and rate."""
    found: dict[tuple, list[bool]] = {}
    for one in lines:
        if one["status"] == "done":
            own = one["settings"]
            kind = (one["model"], one["size"], one["arm"], own["learning_rate"], own["curriculum"])
            found.setdefault(kind, []).append(one["valid_accuracy"] >= memory.SOLVED)
    return {kind: (sum(right), len(right)) for kind, right in found.items()}


def advice(plan: Plan, lines: Lines) -> list[str]:
    """Return the recommendations as lines of a guide, for each question that has been run."""
    told = []
    largest: dict[str, Place] = {}
    for place in sorted(plan.places, key=lambda one: one.size):
        if evidence.of(lines.texts, place, "gru", MAIN):
            largest[place.data] = place
    for place in largest.values():
        cells = {c: accuracy(evidence.of(lines.texts, place, c, MAIN)) for c in CELLS}
        plain = {m: accuracy(evidence.of(lines.texts, place, m)) for m in place.baselines}
        best = [max((e.mean, m, e) for m, e in group.items() if e) for group in (cells, plain)]
        (_, cell, of_cell), (_, other, of_other) = best
        take = cell if of_cell.mean > of_other.mean else other
        told.append(
            f"**{words.capital(plans.TITLES[place.data])}, {place.size:,} texts:** the best mean "
            f"is that of {label(take)}. Best cell: {label(cell)}, {words.score(of_cell)}; best "
            f"model without order: {label(other)}, {words.score(of_other)}."
        )
    gains = [
        tried[-1] - tried[0]
        for place in plan.places
        for cell in CELLS
        if len(tried := evidence.by_settings_tried(lines.texts, place, cell)) == plan.settings
    ]
    if gains:
        told.append(
            f"**Settings:** trying {plan.settings} learning rates and dropouts instead of one "
            f"gains {100 * min(gains):.1f} to {100 * max(gains):.1f} points of test accuracy "
            f"(mean {100 * np.mean(gains):.1f})."
        )
    longest, grid = max(plan.memory.lengths), solved(lines.memory)
    kept: dict[str, list[int]] = {}
    for (cell, length, start, _, curriculum), (right, count) in grid.items():
        if length == longest and cell != "simple_rnn":
            name = "Keras's start, from short to long" if curriculum else f"the {start} start"
            sums = kept.setdefault(name, [0, 0])
            sums[0] += right
            sums[1] += count
    if kept:
        ranked = sorted(kept.items(), key=lambda item: -item[1][0] / item[1][1])
        said = "; ".join(f"{name} {right} of {count}" for name, (right, count) in ranked)
        told.append(f"**A word {longest} words back, LSTM and GRU, solved:** {said}.")
    return told
