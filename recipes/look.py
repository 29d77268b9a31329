"""Look into a trained model while it reads a text: which word opens which gate?

    python -m recipes.classify_text --cell lstm --data embedded_imdb
    python -m recipes.look --model saved_models/embedded_imdb_lstm --text "A slow start, but ..."

Writes one HTML page that needs no network: each word coloured by how it moved the prediction, and
what the model would have said had the text ended there; then the words coloured by a gate or a
state of all units or of one, the numbers of each word at a touch, and all units from word to word.

It reads the `model.keras` that recipes.classify_text writes, with the vocabulary in
it: a SavedModel holds operations and no layers, and a signature that gave the gates would fix
forever which of them can be looked at. Seconds on any machine.
"""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import tyro
from markupsafe import Markup
from rich.console import Console

from recipes import lazily

reading = lazily("recipes.trials.reading")
words = lazily("recipes.reports.words")

UNREAD = 60  # words past the model's last that the page still shows


@dataclasses.dataclass(frozen=True)
class Settings:
    """Look into a trained model while it reads a text."""

    model: Path
    """A folder that recipes.classify_text wrote: saved_models/NAME, or one version of it."""
    text: str
    """The text to read; "-" reads it from standard input."""
    out: Path = Path("runs/look.html")
    """The page to write."""


def main(settings: Settings, console: Console) -> int:
    """Read, write the page; return the exit code: 0 done, 1 refused."""
    text = sys.stdin.read() if settings.text == "-" else settings.text
    try:
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
    except (ValueError, OSError) as refusal:
        console.print(f"{refusal}", style="red", markup=False, highlight=False)
        return 1
    classes = saved.card.get("classes") or [str(k) for k in range(len(seen.probabilities))]
    for note in notes(seen):
        console.print(note, markup=False, style="dim")
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    settings.out.write_bytes(page(saved, seen, classes).encode("utf-8", errors="replace"))
    best = int(seen.probabilities.argmax())
    console.print(f"{classes[best]}: {seen.probabilities[best]:.3f}", markup=False)
    console.print(f"written: {settings.out}", markup=False, soft_wrap=True)
    return 0


def notes(seen) -> list[str]:
    """Return what a reader should know of how much of the text the model read."""
    said = []
    unread = sum(not word.read for word in seen.words)
    if unread:
        said.append(
            f"The model reads {seen.steps} words; the {unread:,} after them had no influence."
        )
    unknown = [word for word in seen.words if word.steps and not word.known]
    if unknown:
        are = "word is" if len(unknown) == 1 else "words are"
        named = list(dict.fromkeys(word.text for word in unknown))
        more = f" and {len(named) - 12} others" if len(named) > 12 else ""
        said.append(
            f"{len(unknown)} {are} not in the model's vocabulary, and all such words are one to "
            f"it: {', '.join(named[:12])}{more}."
        )
    return said


def page(saved, seen, classes: list[str]) -> str:
    """Return the page as HTML."""
    order = np.argsort(-seen.probabilities)
    last_read = sum(word.read for word in seen.words)
    data = json.dumps(numbers(seen, classes, int(order[0])), separators=(",", ":"))
    return words.render(
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
        # In a script "</" would end it, whatever stands around.
        data=Markup(data.replace("<", "\\u003c")),
    )


def numbers(seen, classes: list[str], best: int) -> dict:
    """Return what the page's script draws: thousandths, by layer, gate or state, step and unit."""
    layers = []
    for name, record in seen.layers.items():
        shown = record.seen[0]
        states = [(f"state {letter}", values) for letter, values in record.states.items()]
        gates = [(f"{word} {s}", record.gates[s]) for s, word in record.gates.words.items()]
        layers.append(
            {
                "name": name,
                "cell": type(record.cell).__name__,
                "backwards": record.backwards,
                "series": [
                    {
                        "name": title,
                        "state": title.startswith("state "),
                        "values": np.rint(1000 * values[0][shown]).astype(int).tolist(),
                    }
                    for title, values in (*states[::-1], *gates)
                ],
                "follows": follows(states[-1][1][0][shown], seen.so_far[:, best]),
            }
        )
    return {
        "layers": layers,
        "class": classes[best],
        "classes": len(classes),
        "soFar": np.rint(1000 * seen.so_far[:, best]).astype(int).tolist(),
    }


def follows(state: np.ndarray, so_far: np.ndarray) -> list[float]:
    """Return how each unit's state goes along with the prediction: their correlation, or 0."""
    state, so_far = state - state.mean(axis=0), so_far - so_far.mean()
    sizes = np.linalg.norm(state, axis=0) * np.linalg.norm(so_far)
    return np.round(so_far @ state / np.where(sizes > 0, sizes, np.inf), 2).tolist()


def percent(share: float) -> str:
    """Return a share in per cent that says 0 or 100 only of what is so."""
    if 0 < share < 0.001:
        return "<0.1%"
    return ">99.9%" if 0.999 < share < 1 else f"{100 * share:.1f}%"


if __name__ == "__main__":
    given = tyro.cli(Settings, prog="python -m recipes.look", description=__doc__)
    sys.exit(main(given, Console()))
