"""Guides as notebooks, to download and run anywhere."""

import re
from pathlib import Path

# These guides are there as notebooks, too.
NOTEBOOKS = ("getting_started", "guides/write_a_cell", "guides/look_inside")
TO_ITSELF = re.compile(r"<a [^>]*\.ipynb[^>]*>.*?</a>\n+")
# Not of an image.
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")


def write(guides: Path, folder: Path) -> None:
    """Write the guides of a folder as notebooks."""
    import jupytext

    folder.mkdir(parents=True, exist_ok=True)
    for guide in NOTEBOOKS:
        page = guides / f"{guide}.md"
        notebook = jupytext.reads(standalone(page.read_text("utf-8"), page), fmt="md:myst")
        jupytext.write(notebook, folder / f"{page.stem}.ipynb")


def standalone(text: str, page: Path) -> str:
    """Return a page without links to other pages: a notebook is alone in its folder.

    They become the words of the link and, where that is something else, the title of the page.
    """

    def words(link: re.Match) -> str:
        label, target = link.groups()
        if "://" in target:
            return link.group()
        if target.startswith("#"):
            return label
        title = title_of(page.parent / target.partition("#")[0])
        is_title = label.strip("`").lower() == title.lower()
        return f"*{title}*" if is_title else f"{label} (*{title}*)"

    return LINK.sub(words, TO_ITSELF.sub("", text))


def title_of(page: Path) -> str:
    """Return the title of a page."""
    return re.search(r"^# (.+)$", page.read_text("utf-8"), re.MULTILINE)[1]
