"""Inspect a trained model while it reads a text: which word opens which gate?

    python -m recipes.classify_text --cell lstm --data embedded_imdb
    python -m recipes.look --model saved_models/embedded_imdb_lstm --text "A slow start, but ..."

Writes one self-contained HTML page. It shows each word coloured by how it changed the prediction,
with the prediction had the text ended there; then the words coloured by a gate or a state of one
unit or of all, the values at each word, and all units over the words.

It reads the `model.keras` that recipes.classify_text writes, which includes the vocabulary. A
SavedModel would not do: it holds operations, not layers, and a signature that returned gates would
fix which of them can be inspected. Takes seconds on any machine.
"""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import tyro
from markupsafe import Markup
from rich.console import Console

from recipes import lazily
from recipes.sweeps import program

reading = lazily("recipes.trials.reading")
words = lazily("recipes.reports.words")

UNREAD = 60  # words after the last one read by the model that the page still shows


@dataclasses.dataclass(frozen=True)
class Settings:
    """Inspect a trained model while it reads a text."""

    model: Path
    """A folder written by recipes.classify_text: saved_models/NAME, or one version of it."""
    text: str
    """The text to read; "-" reads it from standard input."""
    out: Path = Path("runs/look.html")
    """The page to write."""


def main(settings: Settings, console: Console) -> int:
    """Read the text and write the page. Return the exit code: 0 finished, 1 invalid settings."""
    text = sys.stdin.read() if settings.text == "-" else settings.text
    try:
        if settings.out.is_dir():
            raise ValueError(f"--out {settings.out} is a folder; name a file in it.")
        program.check_writable("out", settings.out.parent)
        if not settings.model.exists():
            beside = sorted(
                {str(f.parents[1]) for f in settings.model.parent.glob("*/*/model.keras")}
            )
            raise FileNotFoundError(
                f"{settings.model} holds no model: there is no such folder. There are "
                f"{', '.join(beside) or 'none beside it'}; recipes.classify_text writes one."
            )
        saved = reading.load(settings.model)
        seen = reading.read(saved, text)
    except (ValueError, OSError) as error:
        return program.refuse(error, console)
    classes = saved.card.get("classes") or [str(k) for k in range(len(seen.probabilities))]
    for note in notes(seen):
        console.print(note, markup=False, style="dim")
    write(settings.out, saved, seen, classes)
    best = int(seen.probabilities.argmax())
    console.print(f"{classes[best]}: {seen.probabilities[best]:.3f}", markup=False)
    console.print(f"written: {settings.out}", markup=False, soft_wrap=True)
    return 0


def notes(seen) -> list[str]:
    """Return notes on how much of the text the model read."""
    sentences = []
    unread = sum(not word.read for word in seen.words)
    if unread:
        sentences.append(
            f"The model reads {seen.steps} words; the {unread:,} after them had no influence."
        )
    unknown = [word for word in seen.words if word.steps and not word.known]
    if unknown:
        are = "word is" if len(unknown) == 1 else "words are"
        named = list(dict.fromkeys(word.text for word in unknown))
        more = f" and {len(named) - 12} others" if len(named) > 12 else ""
        sentences.append(
            f"{len(unknown)} {are} not in the model's vocabulary, and all such words are one to "
            f"it: {', '.join(named[:12])}{more}."
        )
    return sentences


def write(path: Path, saved, seen, classes: list[str]) -> None:
    """Write the page."""
    order = np.argsort(-seen.probabilities)
    last_read = sum(word.read for word in seen.words)
    data = json.dumps(numbers(seen, classes, int(order[0])), separators=(",", ":"))
    words.write(
        path,
        "look.html.j2",
        saved=saved,
        seen=seen,
        notes=notes(seen),
        scores=[(classes[k], float(seen.probabilities[k])) for k in order],
        words=seen.words[: last_read + UNREAD],
        left_out=max(len(seen.words) - last_read - UNREAD, 0),
        share_of=percent,
        classes=[classes[k] for k in order],
        unknown=any(word.steps and not word.known for word in seen.words),
        # "</" would end a script, even within a string.
        data=Markup(data.replace("<", "\\u003c")),
    )


def numbers(seen, classes: list[str], best: int) -> dict:
    """Return the page's data in thousandths, by layer, gate or state, step and unit."""

    def thousandths(values: np.ndarray) -> list:
        return np.rint(1000 * values).astype(int).tolist()

    layers = []
    for name, record in seen.layers.items():
        states = {f"state {letter}": values for letter, values in [*record.states.items()][::-1]}
        gates = {f"{word} {s}": record.gates[s] for s, word in record.gates.words.items()}
        series = {title: values[0][record.seen[0]] for title, values in (states | gates).items()}
        layers.append(
            {
                "name": name,
                "cell": type(record.cell).__name__,
                "backwards": record.backwards,
                "series": [
                    {"name": title, "state": title in states, "values": thousandths(values)}
                    for title, values in series.items()
                ],
                "follows": follows(next(iter(series.values())), seen.so_far[:, best]),
            }
        )
    return {
        "layers": layers,
        "class": classes[best],
        "classes": len(classes),
        "soFar": thousandths(seen.so_far[:, best]),
    }


def follows(state: np.ndarray, so_far: np.ndarray) -> list[float]:
    """Return the correlation of each unit's state with the prediction, or 0 if undefined."""
    return pd.DataFrame(state).corrwith(pd.Series(so_far)).fillna(0).round(2).tolist()


def percent(share: float) -> str:
    """Return a percentage; 0 and 100 are used only if exact."""
    if 0 < share < 0.001:
        return "<0.1%"
    return ">99.9%" if 0.999 < share < 1 else f"{100 * share:.1f}%"


if __name__ == "__main__":
    settings = tyro.cli(Settings, prog="python -m recipes.look", description=__doc__)
    sys.exit(main(settings, Console()))
