"""Display of results in notebooks: a description and a figure."""

import html
import io
from collections.abc import Callable


def as_html(text: str, draw: Callable | None = None) -> str:
    """Return a description as HTML, with a figure below it if matplotlib is installed.

    Args:
        text: the description.
        draw: function that takes the module `plots` and returns a matplotlib figure.
    """
    description = f"<pre>{html.escape(text)}</pre>"
    if draw is None:
        return description
    from keras_gated.inspection import plots  # imported late: it imports the classes it draws

    try:
        figure = draw(plots)
    except ImportError:
        return description
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    svg = buffer.getvalue()
    return f'{description}<div style="max-width: 48em">{svg[svg.index("<svg") :]}</div>'
