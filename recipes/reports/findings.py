"""The study's findings in sentences: three verdicts, and what to choose."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recipes.data import characters
from recipes.data.tasks import ENCODER, MOST_FREQUENT
from recipes.reports import evidence, stats, words
from recipes.reports import plan as plans
from recipes.reports.evidence import Line
from recipes.reports.plan import FEW, Place, Plan
from recipes.reports.rows import grouped
from recipes.reports.stats import UNDECIDED, Estimate
from recipes.reports.words import CELLS, label
from recipes.trials import memory
from recipes.trials.replicate import EXPLORED, MAIN, WIDTH
from recipes.trials.starts import DEFAULT

FIRST_WORD = "A vanilla RNN loses the first word of a 100-word sentence."
ALIKE = "A GRU does what an LSTM does, to within a point."
MINUS = "\N{MINUS SIGN}"
LITTLE = f"With up to {FEW:,} texts, take the GRU: it is better by more than a point."
PAIRS = {"GRU minus LSTM": ("gru", "lstm"), "GRU minus simple RNN": ("gru", "simple_rnn")}


@dataclass(frozen=True)
class Lines:
    """The records: of texts, of the first word, and of published results that were repeated."""

    texts: Sequence[Line]
    memory: Sequence[Line]
    known: Sequence[Line] = ()

    @property
    def all(self) -> list[Line]:
        """Return every line."""
        return [*self.texts, *self.memory, *self.known]

    @property
    def parts(self) -> dict[str, Sequence[Line]]:
        """Return the records of each part that has some."""
        return {part: records for part, records in vars(self).items() if records}


def accuracy(replicates: dict[int, Line]) -> Estimate | None:
    """Return the mean accuracy over replicates and test texts."""
    if not replicates:
        return None
    bits = isinstance(next(iter(replicates.values()))["test_right"], str)
    values = np.stack([evidence.right(line) for line in replicates.values()])
    return stats.crossed(values, unseen=(0, 0, 1, 1) if bits else ()).estimate


def accuracies(plan: Plan, place: Place, lines: Lines) -> dict[str, Estimate]:
    """Return the accuracy of each model whose replicates are complete at a place."""
    estimates = {
        model: accuracy(evidence.complete(plan, lines.texts, place, model, arm))
        for model, arm in {**place.arms, ENCODER: None}.items()
    }
    return {model: estimate for model, estimate in estimates.items() if estimate is not None}


def sentences(plan: Plan, lines: Lines, bold: str = "") -> list[str]:
    """Return each sentence with its verdict and the numbers behind it."""
    leads = {name: evidence.leads(plan, lines.texts, *pair) for name, pair in PAIRS.items()}
    verdicts = [first_word(plan, lines), alike(plan, leads), little(leads)]
    return [
        f"*{sentence}* {bold}{words.capital(verdict)}.{bold} {reason}"
        for sentence, (verdict, reason) in zip((FIRST_WORD, ALIKE, LITTLE), verdicts, strict=True)
    ]


def alike(plan: Plan, leads) -> tuple[str, str]:
    """Return the verdict on `ALIKE`: by the mean over tasks at up to `FEW` texts, once all ran."""
    by_place = leads["GRU minus LSTM"]
    outcomes = evidence.outcomes(by_place)
    if not outcomes:
        return UNDECIDED, "No place has all its replicates yet."
    by_verdict = grouped(outcomes, lambda place: outcomes[place].verdict)
    counts = ", ".join(
        f"{verdict} at {len(by_verdict[verdict])}"
        + (f" ({'; '.join(place.name for place in by_verdict[verdict])} texts)" if listed else "")
        for verdict, listed in (
            (evidence.SAME, False), (evidence.BETTER, True), (evidence.WORSE, True),
            (UNDECIDED, False),
        )
        if verdict in by_verdict
    )  # fmt: skip
    reason = f"Of {words.count(len(outcomes), 'place')}, the GRU is {counts}."
    missing = [place.name for place, lead in by_place.items() if place.size <= FEW and lead is None]
    if missing:
        reason += f" Still to run: {'; '.join(missing)} texts."
    mean = evidence.primary(by_place, plan.mean_looks)
    if mean is None:
        return UNDECIDED, f"The mean needs two tasks. {reason}"
    reason = (
        f"GRU minus LSTM, mean of {mean.estimate.count} tasks at up to {FEW:,} texts: "
        f"{words.points(mean.estimate)}; 95% prediction interval for a new task "
        f"{words.bounds(mean.new, '+.1f')}. {reason}"
    )
    if missing:
        return UNDECIDED, reason
    if mean.verdict == UNDECIDED:
        return UNDECIDED, (
            f"{reason} The tasks differ too much for a mean of {mean.estimate.count} to decide it; "
            f"with tasks that differ as much as these, about {mean.needed:,} would be needed."
        )
    return "supported" if mean.verdict == evidence.SAME else "contradicted", reason


def little(leads) -> tuple[str, str]:
    """Return the verdict on `LITTLE`: is the GRU better than both at each place of few texts?"""
    planned = {
        (place, name): lead
        for name, by_place in leads.items()
        for place, lead in by_place.items()
        if place.size <= FEW
    }
    outcomes = evidence.outcomes(planned)
    places = sorted(
        {place for place, _ in planned if all((place, name) in outcomes for name in PAIRS)},
        key=lambda place: place.name,
    )
    if not places:
        return UNDECIDED, "No place has all its replicates yet."
    better = [p for p in places if all(outcomes[p, n].verdict == evidence.BETTER for n in PAIRS)]
    against = [
        (place, name)
        for place in places
        for name in PAIRS
        if outcomes[place, name].verdict in (evidence.SAME, evidence.WORSE)
    ]
    count = f"{len(better)} of {words.count(len(places), 'place')}"
    reason = f"Better than both LSTM and simple RNN at {count}"
    if against:
        place, name = clearest = min(against, key=lambda pair: outcomes[pair].chance)
        lead = words.points(outcomes[clearest].estimate)
        return "contradicted", f"{reason}; on {place.name} texts {name} is {lead}."
    everywhere = len(better) == len(planned) / len(PAIRS)
    return "supported" if everywhere else UNDECIDED, f"{reason}."


def first_word(plan: Plan, lines: Lines) -> tuple[str, str]:
    """Return the verdict on `FIRST_WORD`.

    Contradicted where, with some start and learning rate, the RNN solved the longest N with every
    planned seed; supported where it solved it with none, in all trials of the plan.
    """
    longest = max(plan.memory.lengths)
    by_kind = {kind: counts for kind, counts in solved(lines.memory).items() if kind[1] == longest}
    best = {
        cell: max(
            ((kind, counts) for kind, counts in by_kind.items() if kind[0] == cell),
            key=lambda item: item[1][0] / (item[1][1] + 1),
        )
        for cell in CELLS
        if any(kind[0] == cell for kind in by_kind)
    }
    if "simple_rnn" not in best:
        return UNDECIDED, "It has not run yet."
    _, (right, count) = best["simple_rnn"]
    verdict = UNDECIDED
    if right == count >= plan.memory.seeds:
        verdict = "contradicted"
    elif right == 0 and len(lines.memory) >= len(plan.memory.trials()):
        verdict = "supported"
    tried = "; ".join(
        f"{label(cell)} {right} of {count} ({start} initialization, learning rate {rate:g}"
        + (", curriculum" if curriculum else "") + ")"
        for cell, ((_, _, start, rate, curriculum), (right, count)) in best.items()
    )  # fmt: skip
    default = {cell: by_kind.get((cell, longest, DEFAULT, 2e-3, False)) for cell in CELLS}
    at_default = ", ".join(f"{label(c)} {n[0]} of {n[1]}" for c, n in default.items() if n)
    return verdict, (
        f"Trials that solved N = {longest}, with each cell's best initialization and learning "
        f"rate: {tried}. With Keras's initialization and 0.002: {at_default or 'none has run'}."
    )


def solved(lines: Sequence[Line]) -> dict[tuple, tuple[int, int]]:
    """Return the numbers of solved and of all trials, by cell, N, start, rate and curriculum."""
    counts: dict[tuple, list[bool]] = {}
    for line in lines:
        if line["status"] == "done":
            rate, curriculum = line["settings"]["learning_rate"], line["settings"]["curriculum"]
            kind = (line["model"], line["size"], line["arm"], rate, curriculum)
            counts.setdefault(kind, []).append(line["valid_accuracy"] >= memory.SOLVED)
    return {kind: (sum(right), len(right)) for kind, right in counts.items()}


def advice(plan: Plan, lines: Lines) -> list[str]:
    """Return what to choose, a line for each question of which trials have run."""
    advice = [_best_model(plan, place, lines) for place in _largest(plan, lines).values()]
    parts = (_gains, _explored, _widths, _starts, _memory)
    return advice + [line for part in parts for line in part(plan, lines)]


def _gains(plan: Plan, lines: Lines) -> list[str]:
    """Return what tuning gains: the chosen setting on new replicates, minus a random setting."""
    gains: dict[str, list[float]] = {"LSTM and GRU": [], "simple RNN": []}
    for place in plan.places:
        for cell in CELLS:
            tried = evidence.by_settings_tried(lines.texts, place, cell)
            final = accuracy(evidence.complete(plan, lines.texts, place, cell, MAIN))
            if len(tried) == plan.settings and final is not None:
                name = "simple RNN" if cell == "simple_rnn" else "LSTM and GRU"
                gains[name].append(100 * (final.mean - tried[0]))
    changes = "; ".join(
        f"{name} {min(some):+.1f} to {max(some):+.1f} (mean {np.mean(some):+.1f})"
        for name, some in gains.items() if some
    ).replace("-", MINUS)  # fmt: skip
    return [
        f"**Settings:** the best of {plan.settings} learning rates and dropouts on validation, "
        f"minus one at random, in points of test accuracy on new replicates: {changes}."
    ] if changes else []  # fmt: skip


def _widths(plan: Plan, lines: Lines) -> list[str]:
    """Return what other widths change, for the LSTM and the GRU, in one line."""
    by_place = []
    for place in plan.places:
        of_kind, changes = evidence.variants(plan, place, lines.texts), []
        for units in plan.widths:
            pairs = [
                [of_kind.get(kind, {}) for kind in ((cell, WIDTH, units), (cell, MAIN, 64))]
                for cell in ("lstm", "gru")
            ]
            leads = [lead for pair in pairs if (lead := evidence.lead(*pair))]
            if len(leads) == len(pairs):
                both = " and ".join(f"{100 * lead.estimate.mean:+.1f}" for lead in leads)
                changes.append(f"{units} units {both}".replace("-", MINUS))
        if changes:
            by_place.append(f"{place.name} texts: {', '.join(changes)}")
    return [
        f"**Units, LSTM and GRU:** points of test accuracy minus those of 64 units, on "
        f"{'; on '.join(by_place)}."
    ] if by_place else []  # fmt: skip


def _explored(plan: Plan, lines: Lines) -> list[str]:
    """Return the leads of the other cells over the LSTM, in one line."""
    places = []
    for place in plan.places:
        of_kind = evidence.variants(plan, place, lines.texts)
        of_lstm = of_kind.get(("lstm", MAIN, 64), {})
        leads = {
            cell: lead
            for cell in plan.explored
            if (lead := evidence.lead(of_kind.get((cell, EXPLORED, 64), {}), of_lstm))
        }
        if leads:
            each = (f"{label(cell)} {words.lead(lead.estimate)}" for cell, lead in leads.items())
            places.append(f"{place.name} texts: {', '.join(each)}")
    return [f"**Other cells, minus the LSTM,** on {'; on '.join(places)}."] if places else []


def _starts(plan: Plan, lines: Lines) -> list[str]:
    """Return what matched starts change, in one line."""
    places = [
        f"{place.name} texts: GRU {words.points(found.gru.estimate)}"
        + (f" ({words.points(found.opened.estimate)} by the bias alone)" if found.opened else "")
        + f", LSTM {words.points(found.lstm.estimate)}"
        for place, found in evidence.by_start(plan, lines.texts).items()
    ]
    return [
        "**Initialization:** a bias of 1 for the gate that keeps the past and an orthogonal matrix "
        f"for each gate, minus Keras's initialization, on {'; on '.join(places)}."
    ] if places else []  # fmt: skip


def _memory(plan: Plan, lines: Lines) -> list[str]:
    """Return how often the longest N was solved by initialization, on common rates and seeds."""
    longest = max(plan.memory.lengths)
    by_start: dict[str, dict[tuple, bool]] = {}
    for line in lines.memory:
        if line["status"] != "done" or line["size"] != longest or line["model"] == "simple_rnn":
            continue
        settings = line["settings"]
        start = f"{line['arm']}{', curriculum' if settings['curriculum'] else ''}"
        trial = line["model"], settings["learning_rate"], line["seed"]
        by_start.setdefault(start, {})[trial] = line["valid_accuracy"] >= memory.SOLVED
    common = set.intersection(*map(set, by_start.values())) if by_start else set()
    if not common:
        return []
    right = {start: sum(of_start[k] for k in common) for start, of_start in by_start.items()}
    counts = "; ".join(f"{s} {right[s]}" for s in sorted(right, key=lambda s: -right[s]))
    return [
        f"**Memory over {longest} words, LSTM and GRU:** solved, of {len(common)} trials with the "
        f"same learning rates and seeds, by initialization ({DEFAULT}: Keras's): {counts}."
    ]


def _largest(plan: Plan, lines: Lines) -> dict[str, Place]:
    """Return the place with the most texts that has run, by data set."""
    places = sorted(plan.places, key=lambda place: place.size)
    return {
        p.data: p
        for p in places
        if evidence.complete(plan, lines.texts, p, "gru", MAIN)
        and any(evidence.complete(plan, lines.texts, p, name) for name in p.baselines)
    }


def _best_model(plan: Plan, place: Place, lines: Lines) -> str:
    scores = accuracies(plan, place, lines)
    best, cell, other = (
        max((model for model in scores if model in group), key=lambda model: scores[model].mean)
        for group in (scores, CELLS, place.baselines)
    )
    is_next = place.data == characters.NAME
    names = {MOST_FREQUENT: "most frequent next character"} if is_next else {}
    return (
        f"**{words.capital(plans.TITLES[place.data])}, {place.size:,} texts:** highest mean "
        f"accuracy: {names.get(best, label(best))}. Best cell: {label(cell)}, "
        f"{words.score(scores[cell])}; best model that ignores order: "
        f"{names.get(other, label(other))}, {words.score(scores[other])}."
        + (f" Sentence encoder: {words.score(scores[ENCODER])}." if ENCODER in scores else "")
    )
