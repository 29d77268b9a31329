"""A cell that is not part of the library, as a user would write it."""

from keras import ops

from keras_gated import GatedCell, Gates


class NormalisedLSTMCell(GatedCell):
    """An LSTM whose gates are normalized over their units before the activation.

        norm(a) = (a - mean(a)) / sqrt(variance(a) + 1e-3)
        i, f, o = sigmoid(norm(W x + b + U h))
        g       = tanh(norm(W x + b + U h))
        c       = f * c + i * g
        h       = o * tanh(c)

    Ba, Kiros and Hinton, "Layer normalization", 2016, https://arxiv.org/abs/1607.06450; here
    without gains.
    """

    gates = Gates(i="input", f="forget", g="candidate", o="output")
    states = ("h", "c")

    def step(self, wx, uh, past):
        a = wx + uh
        i, f, o = ops.sigmoid(norm(a.i)), ops.sigmoid(norm(a.f)), ops.sigmoid(norm(a.o))
        g = ops.tanh(norm(a.g))
        c = f * past.c + i * g
        h = o * ops.tanh(c)
        return self.State(h, c), dict(i=i, f=f, g=g, o=o)


def norm(a):
    """Return the values minus their mean, divided by their standard deviation, over the units."""
    centred = a - ops.mean(a, axis=-1, keepdims=True)
    return centred * ops.rsqrt(ops.mean(centred * centred, axis=-1, keepdims=True) + 1e-3)
