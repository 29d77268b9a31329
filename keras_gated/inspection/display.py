"""How results show themselves in a notebook: their description in words, and a picture of it."""

import html
import io
from collections.abc import Callable


def as_html(text: str, draw: Callable | None = None) -> str:
    """Return a description as HTML, with a picture under it if matplotlib is installed.

    Args:
        text: the description.
        draw: function of the module `plots` that returns a matplotlib figure.
    """
    described = f"<pre>{html.escape(text)}</pre>"
    if draw is None:
        return described
    from keras_gated.inspection import plots  # which imports what it draws

    try:
        figure = draw(plots)
    except ImportError:
        return described
    picture = io.StringIO()
    figure.savefig(picture, format="svg")
    svg = picture.getvalue()
    return f'{described}<div style="max-width: 48em">{svg[svg.index("<svg") :]}</div>'
