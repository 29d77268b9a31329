"""Truncated backpropagation through time: chunks carry the state on, but no gradient back.

    chunk k:   h_0 = h after chunk k - 1, as a constant;   h_t = step(x_t, h_{t-1})

The cost of a training step depends on the chunk, not on the length of the sequence. Williams and
Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
trajectories", 1990, https://doi.org/10.1162/neco.1990.2.4.490.

`Chunks` splits a sequence, stateful layers carry the state, and `ResetStates` resets it in each
row where a sequence starts:

```python
chunks = Chunks(numbers, rows=32, steps=100)       # each number's target is the next number
model = keras.Sequential([
    keras.Input(batch_shape=(32, 100)),            # stateful layers need the batch size
    keras.layers.Embedding(256, 64),
    keras_gated.LSTM(512, return_sequences=True, stateful=True),
    keras.layers.Dense(256, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(chunks, shuffle=False, epochs=10, callbacks=[ResetStates()])
```

Needs TensorFlow or torch: on JAX, Keras's `fit` does not carry the states of stateful layers.
"""

import keras
import numpy as np

from keras_gated.config import positive_integer


class Chunks(keras.utils.PyDataset):
    """A long sequence in chunks: each row of a batch continues that row of the previous batch.

        sequence  a b c d e f g h i           rows=2, steps=2
        batch 0   [a b] -> [b c]              batch 1   [c d] -> [d e]
                  [e f] -> [f g]                        [g h] -> [h i]

    The order matters: pass `shuffle=False` to `fit`, which shuffles by default. Batches requested
    in another order raise an error.

    Args:
        sequence: array of shape `(length, ...)`.
        rows: batch size.
        steps: number of timesteps of a chunk.
        targets: the target of each timestep, as long as the sequence. By default the next element;
            the last element of the sequence is then only a target.
        **kwargs: of `keras.utils.PyDataset`.

    Attributes:
        unused: number of timesteps at the end of the sequence that are left out.

    Raises:
        ValueError: for a sequence too short for one batch.

    >>> chunks = Chunks(np.arange(11), rows=2, steps=2)
    >>> first, (x, y) = chunks
    >>> x.tolist(), y.tolist(), len(chunks), chunks.unused
    ([[2, 3], [6, 7]], [[3, 4], [7, 8]], 2, 2)
    """

    def __init__(self, sequence, rows: int, steps: int, targets=None, **kwargs):
        super().__init__(**kwargs)
        rows, steps = positive_integer("rows", rows), positive_integer("steps", steps)
        inputs, targets = _pair(sequence, targets)
        count = len(inputs) // (rows * steps)
        if not count:
            needed = rows * steps + len(sequence) - len(inputs)
            raise ValueError(
                f"The sequence has {len(sequence)} steps; {rows} rows of chunks of {steps} need "
                f"at least {needed}. Pass a longer sequence, fewer rows or fewer steps."
            )
        used = rows * count * steps
        self.unused = len(inputs) - used
        self._parts = [
            part[:used].reshape(rows, count * steps, *part.shape[1:]) for part in (inputs, targets)
        ]
        self.starts = np.zeros((count, rows), bool)
        self.starts[0] = True
        self._steps, self._last = steps, -1

    @classmethod
    def of_documents(cls, documents, rows: int, steps: int, targets=None, **kwargs) -> "Chunks":
        """Return chunks of several independent sequences.

        Each starts at the start of a chunk, in the shortest row so far. Its last chunk is padded:
        batches have sample weights, which are zero at padding. `ResetStates(chunks)` resets the
        states of a row where a document starts.

        >>> chunks = Chunks.of_documents([np.arange(4), np.arange(10, 13)], rows=1, steps=2)
        >>> [(x.tolist(), weights.tolist()) for x, y, weights in chunks]
        [([[0, 1]], [[1.0, 1.0]]), ([[2, 0]], [[1.0, 0.0]]), ([[10, 11]], [[1.0, 1.0]])]
        >>> chunks.starts[:, 0].tolist()
        [True, False, True]

        Args:
            documents: arrays of shape `(length, ...)`; one without a target is left out.
            rows, steps: as for one sequence.
            targets: list of targets, one for each document; None for the next elements.
            **kwargs: of `keras.utils.PyDataset`.
        """
        return _Documents(documents, rows, steps, targets, **kwargs)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"There is no batch {index}; there are batches 0 to {len(self) - 1}.")
        if index not in (0, self._last + 1):
            raise ValueError(
                f"Batch {index} was requested after batch {self._last}, but each batch continues "
                "the one before. Pass shuffle=False to fit, and leave workers at 1."
            )
        self._last = index
        return tuple(
            part[:, index * self._steps : (index + 1) * self._steps] for part in self._parts
        )


class _Documents(Chunks):
    """The result of `Chunks.of_documents`."""

    def __init__(self, documents, rows: int, steps: int, targets=None, **kwargs):
        keras.utils.PyDataset.__init__(self, **kwargs)
        rows, steps = positive_integer("rows", rows), positive_integer("steps", steps)
        targets = targets if targets is not None else [None] * len(documents)
        if len(targets) != len(documents):
            raise ValueError(
                f"There are {len(documents)} documents but targets for {len(targets)}; pass one "
                "array of targets for each document, or None for the next elements."
            )
        pairs = [_pair(*document) for document in zip(documents, targets, strict=True)]
        pairs = [pair for pair in pairs if len(pair[0])]
        if not pairs:
            raise ValueError(
                "No document has two steps, an input and its target; pass longer documents."
            )
        lengths = [-(-len(inputs) // steps) for inputs, _ in pairs]
        ends = [0] * rows
        offsets = []
        for length in lengths:
            row = int(np.argmin(ends))
            offsets.append((row, ends[row]))
            ends[row] += length
        count = max(ends)
        parts = [
            np.zeros((rows, count * steps, *part.shape[1:]), part.dtype) for part in pairs[0]
        ] + [np.zeros((rows, count * steps), "float32")]
        starts = np.zeros((count, rows), bool)
        for pair, (row, chunk) in zip(pairs, offsets, strict=True):
            span = slice(chunk * steps, chunk * steps + len(pair[0]))
            for part, values in zip(parts, (*pair, 1.0), strict=True):
                part[row, span] = values
            starts[chunk, row] = True
        self._parts, self.starts, self.unused = parts, starts, 0
        self._steps, self._last = steps, -1


class ResetStates(keras.callbacks.Callback):
    """Resets the states of stateful layers where sequences start.

    All rows are reset at the start of each epoch and of each evaluation. With the `Chunks` of
    documents, a row is also reset wherever a document starts in it.

    Args:
        train: the `Chunks.of_documents` of the training set; not needed for one sequence.
        valid: the `Chunks.of_documents` of the evaluation set.

    Raises:
        ValueError: when training begins, for a model without a recurrent layer or with one that is
            not stateful; on JAX, where `fit` does not carry states; and for documents with
            `steps_per_execution` above 1, with `steps_per_epoch` or `validation_steps`, or with a
            recurrent layer of Keras's, of which no single row can be reset.
    """

    def __init__(self, train: Chunks | None = None, valid: Chunks | None = None):
        super().__init__()
        self._train, self._valid, self._tested = train, valid, 0

    def _begin(self, chunks: Chunks | None):
        if chunks is not None and self.model.steps_per_execution != 1 and chunks.starts[1:].any():
            raise ValueError(
                "Documents start within an execution of several steps, and no callback is called "
                "there; compile the model with steps_per_execution=1, received "
                f"{self.model.steps_per_execution}."
            )
        if keras.backend.backend() == "jax":
            raise ValueError(
                "On JAX, fit and evaluate do not carry the states of stateful layers. Use the "
                "TensorFlow or torch backend, or carry them yourself with `layer.stream`."
            )
        for layer in _recurrent(self.model):
            if not layer.stateful:
                raise ValueError(
                    f"{layer.name!r} is not stateful, so no state is carried from one chunk to "
                    "the next; pass stateful=True to it."
                )
            if chunks is not None and not hasattr(layer, "reset_rows"):
                raise ValueError(
                    f"{layer.name!r} is a layer of Keras's, which resets all rows or none, and "
                    "documents start in single rows. Convert the model: keras_gated.convert(model)."
                )
            layer.reset_state()
        if not any(True for _ in _recurrent(self.model)):
            raise ValueError(
                "The model has no recurrent layer and no state to carry; remove ResetStates."
            )

    def _restart(self, chunks: Chunks | None, batch: int):
        if chunks is None or batch == 0 or not chunks.starts[batch].any():
            return
        for layer in _recurrent(self.model):
            layer.reset_rows(chunks.starts[batch])

    def on_epoch_begin(self, epoch, logs=None):
        # An epoch of fewer batches would begin where the one before ended, and not at the first.
        self._check_steps(self._train, (self.params or {}).get("steps"), "steps_per_epoch")
        self._begin(self._train)

    def on_test_begin(self, logs=None):
        self._tested = 0
        self._begin(self._valid)

    def on_test_end(self, logs=None):
        self._check_steps(self._valid, self._tested, "validation_steps")

    def on_train_batch_begin(self, batch, logs=None):
        self._restart(self._train, batch)

    def on_test_batch_begin(self, batch, logs=None):
        self._tested += 1
        self._restart(self._valid, batch)

    @staticmethod
    def _check_steps(chunks: Chunks | None, steps: int | None, argument: str):
        if chunks is not None and steps not in (None, len(chunks)):
            raise ValueError(
                f"{argument}={steps}, but the documents have {len(chunks)} batches, and each epoch "
                f"must read all of them in their order: leave {argument} out."
            )


def _pair(sequence, targets):
    """Return inputs and targets, one for each timestep."""
    sequence = np.asarray(sequence)
    if sequence.ndim == 0 or sequence.dtype.kind in "OSU":
        raise ValueError(
            "The sequence must be an array of numbers of shape (length, ...), such as the ids of "
            f"characters; received an array of shape {sequence.shape} and dtype {sequence.dtype}."
        )
    if targets is None:
        return sequence[:-1], sequence[1:]
    if len(targets) != len(sequence):
        raise ValueError(
            f"The sequence has {len(sequence)} steps but targets have {len(targets)}; pass one "
            "target for each step, or None for the next element."
        )
    return sequence, np.asarray(targets)


def _recurrent(model):
    """Yield the recurrent layers of a model, including those in submodels and wrappers."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.RNN):
            yield layer
        elif isinstance(layer, keras.layers.Bidirectional):
            yield from (layer.forward_layer, layer.backward_layer)
        elif hasattr(layer, "layers"):
            yield from _recurrent(layer)
