"""Plots show the right numbers, and leave the user's matplotlib settings alone."""

import io
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import keras_gated as kg
from keras_gated.inspection import plots

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 6, 2)).astype("float32")
MASK = np.arange(6) < np.array([[6], [4], [1]])


@pytest.fixture(scope="module")
def record():
    return kg.trace(kg.LSTM(5, name="lstm"), X, mask=MASK).only


def drawn(figure) -> Figure:
    """Render the figure: many errors appear only then."""
    assert isinstance(figure, Figure)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    return figure


def test_heat_map(record):
    words = ["a", "$fine$", "film", "indeed", "padding", "padding"]
    figure = drawn(plots.heat_map(record, "forget", words, row=1))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == words[:4]
    shown = np.asarray(axes.images[0].get_array())
    values = record.gates["f"][1, :4].T
    assert np.array_equal(np.sort(shown, axis=0), np.sort(values, axis=0))
    assert sorted(map(tuple, shown)) == sorted(map(tuple, values))
    assert axes.get_title(loc="left") == "forget f, layer lstm"
    assert plots.heat_map(record, "c").axes[0].get_title(loc="left") == "state c, layer lstm"
    # Words of only the unmasked timesteps are accepted.
    assert len(plots.heat_map(record, "f", words[:4], row=1).axes[0].get_xticks()) == 4


def test_colours_of_two_heat_maps_can_be_compared(record):
    def limits(name):
        return plots.heat_map(record, name).axes[0].images[0].get_clim()

    assert limits("forget") == limits("i") == (0, 1)
    assert limits("h") == limits("candidate") == (-1, 1)
    record.states["c"][0, 0, 0] = -3
    assert limits("c") == (-3, 3)
    image = plots.heat_map(record, "forget", limits=(0.6, 0.9)).axes[0].images[0]
    assert image.get_clim() == (0.6, 0.9)


def test_a_notebook_shows_the_figure(record):
    assert plots.heat_map(record, "forget")._repr_png_().startswith(b"\x89PNG")


def test_ipython_finds_the_picture(record):
    formatters = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    data, _ = formatters.format(plots.heat_map(record, "forget"))
    assert data["image/png"].startswith(b"\x89PNG")


def test_a_long_text_keeps_its_labels_apart():
    seen = kg.trace(kg.GRU(3), RNG.normal(size=(1, 250, 2)).astype("float32")).only
    figure = drawn(plots.heat_map(seen, "z", ["word"] * 250))
    assert 20 < len(figure.axes[0].get_xticks()) < 110


def test_saturation(record):
    figure = drawn(plots.saturation(record))
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "input i", "forget f", "candidate g", "output o",
    ]  # fmt: skip
    layer = kg.LSTM(1)
    layer.build(X.shape)
    layer.set_weights([np.zeros((2, 4)), np.zeros((1, 4)), np.array([-9, 9, 9, 0])])
    figure = plots.saturation(kg.trace(layer, X, mask=MASK).only)
    said = [{text.get_text() for text in axes.texts} for axes in figure.axes]
    assert said[0] == {"100%\nbelow 0.1", "0%\nabove 0.9"}
    assert said[1] == {"0%\nbelow 0.1", "100%\nabove 0.9"}
    assert said[3] == {"0%\nbelow 0.1", "0%\nabove 0.9"}
    for axes in figure.axes:
        assert sum(bar.get_height() for bar in axes.patches) == pytest.approx(1)


def test_half_life(record):
    figure = drawn(plots.half_life(record))
    heights = figure.axes[0].lines[0].get_ydata()
    assert np.allclose(heights, np.sort(record.half_life()))
    layer = kg.LSTM(2)
    layer.build(X.shape)
    layer.set_weights([np.zeros((2, 8)), np.zeros((2, 8)), np.eye(8)[2] * 200])
    figure = drawn(plots.half_life(kg.trace(layer, X).only))
    assert "1 never forget" in figure.axes[0].get_title(loc="left")


def test_flow():
    flows = {}
    for name, layer in (("LSTM", kg.LSTM(4)), ("GRU", kg.GRU(4)), ("minGRU", kg.MinGRU(4))):
        (flows[name],) = kg.gradient_flow(layer, X, np.zeros((3, 4)), loss="mse").values()
    figure = drawn(plots.flow(flows, share=0.5))
    axes = figure.axes[0]
    for line, (name, one) in zip(axes.lines, flows.items(), strict=False):
        assert np.array_equal(line.get_ydata(), one.back())
        assert line.get_label().startswith(f"{name}: ")
    assert len({line.get_color() for line in axes.lines}) == 4


def test_refused(record):
    with pytest.raises(ValueError, match="received 3 words for 6 steps, of which 4 are not"):
        plots.heat_map(record, "f", ["a", "b", "c"], row=1)
    with pytest.raises(ValueError, match=r"no gate or state 'reset'; it has the gates 'i' \(input"):
        plots.heat_map(record, "reset")


def test_the_reader_s_settings(record):
    with matplotlib.rc_context({"axes.facecolor": "black", "text.color": "white"}):
        figure = plots.heat_map(record, "f")
        assert matplotlib.rcParams["text.color"] == "white"
        assert figure.axes[0].title.get_color() != "white"


def test_without_matplotlib(record, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        plots.saturation(record)
