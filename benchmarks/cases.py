"""The cases that are compared, and the target speedups."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from benchmarks.clock import Patience
from benchmarks.layer_call import LayerCall
from benchmarks.sides import KERAS, Side
from benchmarks.text_model import TextModel

LAYERS = ("lstm", "gru", "simple_rnn")
PATIENCE = Patience()
DEFINITION = "definition"
SEQUENCE_LENGTHS = (25, 50, 100, 200, 400, 800)


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        name: name for selecting it, alone or by a prefix with others.
        title: its title in the table.
        work: the computation: its sizes and its sides.
        targets: target speedups over "keras", the faster of Keras's sides, and over "torch".
        patience: how long it is timed.
        sides: function that makes the sides; by default those of `work`.
        torch: whether torch.nn is included.
        limit: whether the time of the matrix products alone is shown.
    """

    name: str
    title: str
    work: LayerCall | TextModel
    targets: dict[str, float] = field(default_factory=dict)
    patience: Patience = PATIENCE
    sides: Callable[[], list[Side]] | None = None
    torch: bool = False
    limit: bool = False

    def make(self) -> list[Side]:
        """Return the sides; the first is the reference for the others."""
        return self.sides() if self.sides else self.work.sides()


def cases() -> list[Case]:
    """Return all cases except those of the grid."""
    return [*_masked(), *_dense(), *_inference(), *_others(), *_lengths()]


def chosen(only: Iterable[str], known: Iterable[Case]) -> list[Case]:
    """Return the cases with the given names or prefixes.

    Without names, all cases except "lengths", which is for a figure.

    Raises:
        ValueError: for a name that matches no case.
    """
    known, only = list(known), list(only)
    if not only:
        return [case for case in known if not _called(case, "lengths")]
    for wish in only:
        if not any(_called(case, wish) for case in known):
            raise ValueError(
                f"no case is called {wish!r}; known: {', '.join(case.name for case in known)}."
            )
    return [case for case in known if any(_called(case, wish) for wish in only)]


def _called(case: Case, wish: str) -> bool:
    return case.name == wish or case.name.startswith(f"{wish}-")


def title(layer: str) -> str:
    """Return the public name of a layer."""
    return {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "SimpleRNN"}[layer]


def _masked() -> list[Case]:
    return [
        Case(
            f"masked-{layer}-{units}",
            f"padded texts, training step of a model, {title(layer)}",
            TextModel(layer, units=units),
            {KERAS: 3.0},
        )
        for layer in LAYERS
        for units in (256, 128)
    ]


def _dense() -> list[Case]:
    return [
        Case(
            f"dense-{layer}-{units}",
            f"no padding, training, {title(layer)}",
            LayerCall(layer, units=units),
            {KERAS: 1.7, "torch": 1.3},
            torch=True,
            limit=True,
        )
        for layer in LAYERS
        for units in (256, 128)
    ]


def _inference() -> list[Case]:
    return [
        Case(
            f"inference-{kind}-{layer}",
            f"{'padded' if masked else 'no padding'}, inference, {title(layer)}",
            LayerCall(layer, masked=masked, training=False),
            {KERAS: 1.3},
        )
        for kind, masked in (("dense", False), ("masked", True))
        for layer in LAYERS
    ]


def _others() -> list[Case]:
    lstm = LayerCall("normalised_lstm")
    dropped = {"recurrent_dropout": 0.2, "seed": 6}
    long = LayerCall("min_gru", batch=8, time=4096, features=64, units=64)
    return [
        Case("cell", "a user's own cell (layer-normalised LSTM), training", lstm, {KERAS: 1.5}),
        *(
            Case(
                f"dropout-{layer}",
                f"recurrent_dropout=0.2, training, {title(layer)}",
                LayerCall(layer, arguments=dropped),
                {KERAS: 2.0},
            )
            for layer in ("lstm", "gru")
        ),
        Case(
            "mingru",
            "MinGRU in place of a GRU, long sequences, training",
            long,
            {KERAS: 20.0},
            Patience(seconds=8, fewest=3, most=10),
            sides=lambda: beside(long, "gru"),
        ),
    ]


def _lengths() -> list[Case]:
    return [
        Case(
            f"lengths-{time}",
            f"no padding, training, LSTM, {time} steps",
            LayerCall("lstm", time=time),
            torch=True,
            limit=True,
        )
        for time in SEQUENCE_LENGTHS
    ]


def beside(call: LayerCall, rival: str) -> list[Side]:
    """Return a layer of Keras, with and without XLA, and ours, which is compared with its
    definition.

    The definition is the plain side of our layer in `layer_call`: our cell in a plain loop. It is
    not timed.

    Args:
        call: the call of our layer.
        rival: name of the Keras layer, which gets the same sizes.

    Raises:
        MissingError: if our layer does not exist.
    """
    definition, _, *ours = call.sides()
    rivals = [side for side in replace(call, layer=rival).sides() if side.name not in call.ours]
    return [
        *rivals,
        replace(definition, name=DEFINITION, timed=False),
        *(replace(side, against=DEFINITION) for side in ours if side.name in call.ours),
    ]
