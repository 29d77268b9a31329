"""What the trials say of the three sentences: supported, contradicted or not decided, by place."""

from collections.abc import Sequence
from dataclasses import dataclass

from recipes.reports import memory, stats
from recipes.reports.comparison import Row
from recipes.reports.stats import CONTRADICTED, SUPPORTED, UNDECIDED, Comparison

FIRST_WORD = memory.CLAIM
ALIKE = "A GRU does about what an LSTM does, with fewer parameters."
LITTLE = "With little data, take the GRU."
MARGIN = 0.01  # of accuracy: what counts as "about the same"
FEW = 1_000  # training texts: what counts as "little data"


@dataclass(frozen=True)
class Verdict:
    """What is concluded at one size of one task, in one arm.

    Attributes:
        part, size, arm: where.
        verdict: of the sentence there.
        found: by the second model, how the GRU compares with it; None where they share no seed.
        scores: by the second model, the GRU's lead with each seed.
        note: what to know beside it.
    """

    part: str
    size: int
    arm: str
    verdict: str
    found: dict[str, Comparison | None]
    scores: dict[str, list[float]]
    note: str = ""


def alike(part: str, rows: Sequence[Row]) -> list[Verdict]:
    """Return whether the GRU is within `MARGIN` of the LSTM, at each size in each arm."""
    verdicts = []
    for size, arm, cells in _places(rows):
        if {"gru", "lstm"} <= cells.keys():
            found, leads = _leads(cells, ("lstm",))
            result = found["lstm"]
            verdict = stats.equivalent(result and result.difference, MARGIN)
            sizes = [cells[name].cell_size for name in ("gru", "lstm")]
            note = f"cells of {sizes[0]:,} and {sizes[1]:,} parameters" if all(sizes) else ""
            verdicts.append(Verdict(part, size, arm, verdict, found, leads, note))
    return verdicts


def little(part: str, rows: Sequence[Row]) -> list[Verdict]:
    """Return whether the GRU is better than the LSTM and than the simple RNN, on few texts.

    Supported where it is better than both, contradicted where one of them is better than it. The
    two comparisons at a size in an arm are a family, corrected for each other.
    """
    verdicts = []
    for size, arm, cells in _places(rows):
        others = tuple(name for name in ("lstm", "simple_rnn") if name in cells)
        if size <= FEW and "gru" in cells and len(others) == 2:
            found, leads = _leads(cells, others)
            single = [result.verdict if result else UNDECIDED for result in found.values()]
            verdict = UNDECIDED
            if CONTRADICTED in single:
                verdict = CONTRADICTED
            elif set(single) == {SUPPORTED}:
                verdict = SUPPORTED
            verdicts.append(Verdict(part, size, arm, verdict, found, leads))
    return verdicts


def tally(verdicts: Sequence[str]) -> str:
    """Return how often what was concluded, in words; of one place its verdict.

    >>> tally([SUPPORTED, UNDECIDED, SUPPORTED])
    'supported at 2 of 3 places, not decided at 1'
    """
    if len(set(verdicts)) < 2:
        return verdicts[0] if verdicts else UNDECIDED
    counts = {
        name: verdicts.count(name)
        for name in (SUPPORTED, CONTRADICTED, UNDECIDED)
        if name in verdicts
    }
    (first, count), *rest = counts.items()
    said = [f"{first} at {count} of {len(verdicts)} places"]
    return ", ".join(said + [f"{name} at {number}" for name, number in rest])


def _places(rows: Sequence[Row]):
    """Yield size, arm and the cells' rows by model, of each size in each arm."""
    places: dict[tuple[int, str], dict[str, Row]] = {}
    for row in rows:
        if not row.baseline:
            places.setdefault((row.size, row.arm), {})[row.model] = row
    for (size, arm), cells in places.items():
        yield size, arm, cells


def _leads(cells: dict[str, Row], others: Sequence[str]):
    """Return how the GRU compares with others, and its lead over each with every seed."""
    mine = cells["gru"].scores
    found = stats.compare({name: (mine, cells[name].scores) for name in others})
    leads = {
        name: [mine[seed] - cells[name].scores[seed] for seed in mine if seed in cells[name].scores]
        for name in others
    }
    return found, leads
