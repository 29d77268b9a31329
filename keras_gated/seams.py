"""What this package takes from inside Keras, because no public name offers it.

Tried on Keras 3.15.1. `tests/test_seams.py` says so when Keras moves one of these.
"""

# `keras.layers.RNN` draws a cell's dropout masks once per sequence only for this class, and
# only so can our cells run in it (and in `StackedRNNCells`) with one mask for all steps.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

# A stateful layer's states are variables but not weights: Keras keeps them out of `get_weights`.
from keras.src.utils.tracking import no_automatic_dependency_tracking

__all__ = ["DropoutRNNCell", "no_automatic_dependency_tracking"]
