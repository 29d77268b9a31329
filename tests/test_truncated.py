"""Truncated backpropagation: the state is carried across chunks, the gradient is not."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import keras_gated as kg
from keras_gated.truncated import Chunks, ResetStates
from tests.numbers import close, distance

ROWS, STEPS, COUNT, FEATURES, UNITS = 3, 4, 3, 2, 6


def sequence(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS * STEPS * COUNT, FEATURES)).astype("float32")
    y = rng.normal(size=(ROWS * STEPS * COUNT, 1)).astype("float32")
    return x, y


def model_of(layer=kg.LSTM, stateful=True, **arguments):
    """Two layers; by default on the plain loop, which compiles nothing."""
    keras.utils.set_random_seed(1)
    arguments = arguments or {"jit_compile": False}
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(ROWS, STEPS, FEATURES)),
            layer(UNITS, return_sequences=True, stateful=stateful, **arguments),
            layer(UNITS, return_sequences=True, stateful=stateful, **arguments),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.SGD(0.5), "mse")
    return model


def by_hand(model, chunks, epochs, carried=True):
    """The same steps written out: the states go from chunk to chunk as plain numbers."""
    first, second, last = model.layers

    @tf.function
    def descend(x, y, of_first, of_second):
        with tf.GradientTape() as tape:
            h, of_first = step(first, x, of_first)
            h, of_second = step(second, h, of_second)
            loss = tf.reduce_mean((last(h) - y) ** 2)
        variables = [v.value for v in model.trainable_variables]
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(0.5 * gradient)
        return of_first, of_second

    for _ in range(epochs):
        fresh = states = [layer.cell.get_initial_state(ROWS) for layer in (first, second)]
        for x, y in chunks:
            left = descend(tf.constant(x), tf.constant(y), *states)
            states = [[tf.constant(s.numpy()) for s in of] for of in left] if carried else fresh
    return model.get_weights()


def step(layer, x, states):
    """Return the outputs and the last states, by the cell alone."""
    cell, outputs = layer.cell, []
    state = cell.State(*states)
    for t in range(STEPS):
        state, _ = cell.advance(cell.project(x[:, t]), state)
        outputs.append(state[0])
    return tf.stack(outputs, 1), list(state)


@pytest.mark.parametrize(
    ("layer", "arguments"),
    [(kg.LSTM, {"engine": "loop"}), (kg.GRU, {"engine": "auto"}), (kg.MinGRU, {"engine": "auto"})],
)
def test_fit_is_the_loop_written_by_hand(layer, arguments):
    x, y = sequence()
    model = model_of(layer, **arguments)
    model.fit(
        Chunks(x, ROWS, STEPS, targets=y),
        shuffle=False, epochs=2, verbose=0, callbacks=[ResetStates()],
    )  # fmt: skip
    chunks = [
        [part.reshape(ROWS, COUNT * STEPS, -1)[:, k * STEPS : (k + 1) * STEPS] for part in (x, y)]
        for k in range(COUNT)
    ]
    expected = by_hand(model_of(layer), chunks, 2)
    assert close(model.get_weights(), expected)
    # The control: without the state, the same steps give another result.
    assert not close(model.get_weights(), by_hand(model_of(layer), chunks, 2, carried=False))


def test_the_state_crosses_the_border_and_the_gradient_does_not():
    x, _ = sequence()
    before, after = (
        tf.constant(x[k * 12 : k * 12 + 12].reshape(ROWS, 4, FEATURES)) for k in (0, 1)
    )
    model = model_of()

    def second_of(before):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([before, after])
            for layer in model.layers[:2]:
                layer.reset_state()
            first = model(before)
            second = model(after)
            last = second[:, -1]
        return first, second, last, tape

    first, second, last, tape = second_of(before)
    _, other, _, _ = second_of(before + 1.0)
    assert distance(second, other) > 1e-3, "the state is carried"
    assert tape.gradient(second, before) is None, "the gradient is not"
    # The controls: within a chunk there is a gradient, from the last step to the first too.
    assert np.abs(tape.gradient(first, before)).max() > 0
    assert np.abs(tape.gradient(last, after)[:, 0]).max() > 0


def test_the_gradient_of_a_chunk_takes_its_first_state_as_given():
    """What reaches the weights is the chunk's own gradient, and less than the whole sequence's."""
    x, _ = sequence()
    x = x[: 2 * ROWS * STEPS].reshape(ROWS, 2 * STEPS, FEATURES)
    keras.utils.set_random_seed(3)
    layer = kg.GRU(UNITS, return_sequences=True, return_state=True)
    stateful = kg.GRU(UNITS, return_sequences=True, stateful=True)
    for one, steps in ((layer, 2 * STEPS), (stateful, STEPS)):
        one.build((ROWS, steps, FEATURES))
    stateful.set_weights(layer.get_weights())
    _, state = layer(x[:, :STEPS])
    stateful(x[:, :STEPS])
    found = []
    for call in (
        lambda: stateful(x[:, STEPS:]),
        lambda: layer(x[:, STEPS:], initial_state=state)[0],
        lambda: layer(x)[0][:, STEPS:],
    ):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(call() ** 2)
        weights = (stateful if not found else layer).trainable_variables
        found.append([g.numpy() for g in tape.gradient(total, [w.value for w in weights])])
    assert close(found[0], found[1])
    assert not close(found[0], found[2])


def test_each_epoch_and_each_evaluation_starts_afresh():
    x, y = sequence()
    chunks = Chunks(x, ROWS, STEPS, targets=y)
    model = model_of()
    once, again = (model.evaluate(chunks, verbose=0, callbacks=[ResetStates()]) for _ in range(2))
    assert once == again
    # The control: without the callback, the second starts where the first ended.
    assert model.evaluate(chunks, verbose=0) != once
    history = model.fit(
        chunks, validation_data=Chunks(x, ROWS, STEPS, targets=y), shuffle=False, verbose=0,
        epochs=2, callbacks=[ResetStates()],
    )  # fmt: skip
    last = model.evaluate(chunks, verbose=0, callbacks=[ResetStates()])
    assert last == pytest.approx(history.history["val_loss"][-1], rel=1e-6)


def test_the_layout():
    chunks = Chunks(np.arange(100), rows=3, steps=4)
    assert (len(chunks), chunks.unused) == (8, 3)
    batches = list(chunks)
    rows = np.concatenate([x for x, _ in batches], axis=1)
    assert np.array_equal(rows, np.arange(96).reshape(3, 32))
    assert np.array_equal(np.concatenate([y for _, y in batches], axis=1), rows + 1)
    with pytest.raises(ValueError, match=r"has 12 steps; 3 rows of chunks of 4 need at least 13"):
        Chunks(np.arange(12), rows=3, steps=4)
    assert len(Chunks(np.arange(13), rows=3, steps=4)) == 1
    with pytest.raises(ValueError, match="12 steps but targets have 11"):
        Chunks(np.arange(12), rows=3, steps=4, targets=np.arange(11))
    with pytest.raises(IndexError, match="There is no batch 8; there are batches 0 to"):
        chunks[8]


def test_shuffling_is_refused():
    x, y = sequence()
    chunks = Chunks(x, ROWS, STEPS, targets=y)
    with pytest.raises(Exception, match="Pass shuffle=False to fit"):
        model_of().fit(chunks, epochs=3, verbose=0, callbacks=[ResetStates()])


DOCUMENTS = [np.random.default_rng(k).normal(size=(n, FEATURES)).astype("float32")
             for k, n in enumerate((9, 4, 1, 13, 6, 2, 7))]  # fmt: skip


def documents():
    targets = [x[:, :1] ** 2 for x in DOCUMENTS]
    return Chunks.of_documents(DOCUMENTS, ROWS, STEPS, targets=targets)


def test_documents_are_each_there_once():
    chunks = documents()
    weights = np.concatenate([w for _, _, w in chunks], 1)
    x = np.concatenate([x for x, _, _ in chunks], 1)
    assert weights.sum() == sum(map(len, DOCUMENTS))
    found = []
    for chunk, row in zip(*np.nonzero(chunks.starts), strict=True):
        rest = chunks.starts[chunk + 1 :, row]
        end = chunk + 1 + (int(np.argmax(rest)) if rest.any() else len(rest))
        here = slice(chunk * STEPS, end * STEPS)
        found.append(x[row, here][weights[row, here] > 0])
    expected = sorted(DOCUMENTS, key=len)
    assert all(map(np.array_equal, sorted(found, key=len), expected))
    with pytest.raises(ValueError, match="No document has two steps"):
        Chunks.of_documents([np.arange(1)], 1, 2)


def test_documents_know_nothing_of_each_other():
    """Outputs of each document in its batches are those of the document alone."""
    chunks = documents()
    model = model_of()
    reset = ResetStates(valid=chunks)
    reset.set_model(model)
    reset.on_test_begin()
    outputs = []
    for batch, (x, _, _) in enumerate(chunks):
        reset.on_test_batch_begin(batch)
        outputs.append(ops.convert_to_numpy(model(x)))
    outputs = np.concatenate(outputs, 1)
    weights = np.concatenate([w for _, _, w in chunks], 1)
    alone = model_of(stateful=False)
    alone.set_weights(model.get_weights())
    got = []
    for chunk, row in zip(*np.nonzero(chunks.starts), strict=True):
        rest = chunks.starts[chunk + 1 :, row]
        end = chunk + 1 + (int(np.argmax(rest)) if rest.any() else len(rest))
        here = slice(chunk * STEPS, end * STEPS)
        got.append(outputs[row, here][weights[row, here] > 0])
    expected = []
    for one in DOCUMENTS:
        h = ops.convert_to_tensor(one[None])
        for layer in alone.layers:
            h = layer(h)
        expected.append(ops.convert_to_numpy(h)[0])
    assert close(sorted(got, key=len), sorted(expected, key=len))


def test_fit_and_evaluate_reset_documents():
    chunks = documents()
    model = model_of()
    model.compile(keras.optimizers.SGD(0.1), "mse", weighted_metrics=[])
    with_resets = model.evaluate(chunks, verbose=0, callbacks=[ResetStates(valid=chunks)])
    without = model.evaluate(chunks, verbose=0, callbacks=[ResetStates()])
    assert with_resets != without
    losses = model.fit(
        chunks, shuffle=False, epochs=15, verbose=0, callbacks=[ResetStates(train=chunks)]
    ).history["loss"]
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="fit does not carry states on JAX")
def test_documents_that_start_within_an_execution_are_refused():
    chunks = documents()
    model = model_of()
    model.compile("sgd", "mse", weighted_metrics=[], steps_per_execution=2)
    with pytest.raises(ValueError, match="compile the model with steps_per_execution=1"):
        model.fit(chunks, shuffle=False, verbose=0, callbacks=[ResetStates(chunks)])
    with pytest.raises(ValueError, match="compile the model with steps_per_execution=1"):
        model.evaluate(chunks, verbose=0, callbacks=[ResetStates(valid=chunks)])


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="fit does not carry states on JAX")
def test_documents_are_read_whole_in_every_epoch():
    """Keras goes on in the middle of the documents where the epoch before ended."""
    chunks = documents()
    model = model_of()
    model.compile("sgd", "mse", weighted_metrics=[])
    resets = [ResetStates(chunks, chunks)]
    with pytest.raises(ValueError, match="leave steps_per_epoch out"):
        model.fit(chunks, shuffle=False, verbose=0, steps_per_epoch=2, callbacks=resets)
    fewer = {"validation_data": chunks, "validation_steps": 2}
    with pytest.raises(ValueError, match=r"validation_steps=2, but the documents have \d+ batches"):
        model.fit(chunks, shuffle=False, verbose=0, callbacks=resets, **fewer)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="fit does not carry states on JAX")
def test_documents_need_rows_that_can_be_reset():
    x = keras.Input(batch_shape=(ROWS, STEPS, FEATURES))
    model = keras.Model(x, keras.layers.LSTM(1, stateful=True, return_sequences=True)(x))
    model.compile("sgd", "mse", weighted_metrics=[])
    with pytest.raises(ValueError, match=r"keras_gated\.convert\(model\)"):
        model.fit(documents(), shuffle=False, verbose=0, callbacks=[ResetStates(documents())])
    layer = kg.LSTM(3, stateful=True)
    layer(np.ones((3, 4, 1)))
    for rows in ([1], [0, 2], [[True, False, True]]):
        with pytest.raises(ValueError, match="one boolean for each of the 3 rows"):
            layer.reset_rows(rows)


def test_as_many_targets_as_documents():
    with pytest.raises(ValueError, match="There are 2 documents but targets for 1"):
        Chunks.of_documents([np.arange(4), np.arange(5)], 1, 2, targets=[np.arange(4)])


@pytest.mark.parametrize("sizes", [(0, 2), (2, 0), (2.0, 2)])
def test_sizes_are_positive_integers(sizes):
    for make in (Chunks, lambda x, *more: Chunks.of_documents([x], *more)):
        with pytest.raises(ValueError, match="must be a positive integer"):
            make(np.arange(20), *sizes)


def test_text_in_place_of_numbers_is_refused():
    for text in ("abcdefgh", list("abcdefgh")):
        with pytest.raises(ValueError, match=r"must be an array of numbers.*ids of characters"):
            Chunks(text, 2, 2)


def test_models_that_carry_nothing_are_refused(monkeypatch):
    x, y = sequence()
    chunks = Chunks(x, ROWS, STEPS, targets=y)
    model = model_of(stateful=False)
    with pytest.raises(ValueError, match=r"is not stateful.*stateful=True"):
        model.fit(chunks, shuffle=False, verbose=0, callbacks=[ResetStates()])
    dense = keras.Sequential([keras.Input((STEPS, FEATURES)), keras.layers.Dense(1)])
    dense.compile("sgd", "mse")
    with pytest.raises(ValueError, match="no recurrent layer"):
        dense.fit(chunks, shuffle=False, verbose=0, callbacks=[ResetStates()])
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="On JAX"):
        ResetStates().on_epoch_begin(0)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="fit does not carry states on JAX")
def test_a_document_after_the_first_starts_with_the_layer_s_own_state():
    layer = kg.LSTM(3, stateful=True, initial_state="learned", return_sequences=True)
    layer.build((2, 4, 1))
    first = [np.full(w.shape, 9.0 + k) for k, w in enumerate(layer.initial_state.weights)]
    for weight, value in zip(layer.initial_state.weights, first, strict=True):
        weight.assign(value)
    x = np.ones((2, 4, 1), "float32")
    expected = keras.ops.convert_to_numpy(layer(x))
    again = keras.ops.convert_to_numpy(layer(x))
    assert not np.allclose(again, expected), "states were carried"
    layer.reset_rows([True, False])
    got = keras.ops.convert_to_numpy(layer(x))
    assert np.allclose(got[0], expected[0], atol=1e-6)
    assert not np.allclose(got[1], expected[1])
    started = layer.get_initial_state(2)
    assert all(np.allclose(s, f) for s, f in zip(started, first, strict=True))
