"""How the documentation is built: `make docs`. Needs no network."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import notebooks
import reference
from docutils import nodes
from equations import prepare, render_mathml
from sphinx.util import logging

import keras_gated

project = "keras_gated"
version = release = keras_gated.__version__
copyright = "the keras_gated authors, Apache-2.0"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
source_suffix = {".md": "myst-nb", ".rst": "restructuredtext"}

# Each guide runs when it is built, and a cell that fails stops the build.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_execution_in_temp = True
nb_execution_excludepatterns = ["study/*"]
nb_merge_streams = True
nb_output_stderr = "remove"
myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = [
    ("Call arguments", "params_style"),
    ("Class attributes", "params_style"),
]
# Docstrings set code between single backticks.
default_role = "code"

html_theme = "furo"
html_title = "keras_gated"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_show_sourcelink = False
html_search_scorer = str(Path(__file__).parent / "scorer.js")
EXTRA = Path(__file__).parent / "_build" / "extra"
EXTRA.mkdir(parents=True, exist_ok=True)
html_extra_path = [str(EXTRA)]
html_math_renderer = "mathml"


def write_notebooks(app):
    """Write guides as notebooks, which the pages link to."""
    notebooks.write(Path(app.srcdir), EXTRA / "notebooks")


def check_plots(app, doctree):
    """Warn about a cell that ends in a plot and has no image: a warning stops the build."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        code = next(cell.findall(nodes.literal_block), None)
        plots = code is not None and code.astext().splitlines()[-1].startswith("plots.")
        if plots and next(cell.findall(nodes.image), None) is None:
            logging.getLogger(__name__).warning(
                "no image of: %s", code.astext().splitlines()[-1], location=cell
            )


def link_within(app, name, source):
    """Let pages that are read in the repository too link to pages of this site."""
    text = source[0].replace("](../../recipes/LOG.md)", "](../recipes_log.md)")
    cells = r"\[`(\w+)`\]\(\.\./keras_gated/cells/\w+\.py\)"
    source[0] = re.sub(cells, r"[`\1`](#keras_gated.\1)", text)


def setup(app):
    """Connect what this folder does to the pages; draw mathematics without a network."""
    app.connect("builder-inited", write_notebooks)
    app.connect("source-read", link_within)
    app.connect("doctree-read", check_plots)
    app.connect("autodoc-process-signature", reference.signature)
    # Before napoleon, which makes fields of the sections.
    app.connect("autodoc-process-docstring", reference.share, priority=400)
    app.connect("autodoc-process-docstring", prepare)
    app.add_html_math_renderer("mathml", (render_mathml, None), (render_mathml, None))
