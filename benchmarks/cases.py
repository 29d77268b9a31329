"""What is compared, and by how much ours has to be faster."""

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
        name: how it is asked for, by itself or with others whose names begin alike.
        title: what a reader of the table is told.
        work: what is computed: its sizes, and the sides that do it.
        targets: how many times faster than each rival ours is to be: of "keras", Keras's better
            side, and of "torch".
        patience: for how long it is timed.
        sides: makes the sides; by default those of `work`.
        torch: whether torch.nn takes part.
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
        """Return the sides, the one that others are compared with first."""
        return self.sides() if self.sides else self.work.sides()


def cases() -> list[Case]:
    """Return all cases but the grid's."""
    return [*_masked(), *_dense(), *_inference(), *_others(), *_lengths()]


def chosen(only: Iterable[str], known: Iterable[Case]) -> list[Case]:
    """Return the cases that were asked for by name or by the beginning of a name.

    Without a wish that is all but "lengths", which is for a figure.

    Raises:
        ValueError: for a name that no case has.
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
    """Return the name of a layer as its users write it."""
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
    own = LayerCall("normalised_lstm")
    dropped = {"recurrent_dropout": 0.2, "seed": 6}
    long = LayerCall("min_gru", batch=8, time=4096, features=64, units=64)
    return [
        Case("cell", "a user's own cell (layer-normalised LSTM), training", own, {KERAS: 1.5}),
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
    """Return a layer of Keras's, under XLA too, and ours, which is compared with its definition.

    The definition is what stands first for the layer in `layer_call`: our cell on a plain loop. It
    is not timed.

    Args:
        call: of our layer.
        rival: name of the layer of Keras's, which gets the same sizes.

    Raises:
        MissingError: if our layer is not there.
    """
    definition, _, *ours = call.sides()
    rivals = [side for side in replace(call, layer=rival).sides() if side.name not in call.ours]
    return [
        *rivals,
        replace(definition, name=DEFINITION, timed=False),
        *(replace(side, against=DEFINITION) for side in ours if side.name in call.ours),
    ]
