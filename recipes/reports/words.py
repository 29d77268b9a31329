"""Numbers and names in words, the same on every page, and the environment of the templates."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich import box
from rich.table import Table

from recipes.data.tasks import BLIND, FITTED
from recipes.reports import figures
from recipes.reports.stats import Estimate

# In the order of rows and lines; other names come between the cells and the baselines.
LABELS = {
    "simple_rnn": "simple RNN",
    "lstm": "LSTM",
    "gru": "GRU",
    "mgu": "MGU",
    "janet": "JANET",
    "coupled_lstm": "coupled LSTM",
    "min_gru": "MinGRU",
    "average": "average of embeddings",
    "embedding": "embedding alone",
    "bow": "bag of words",
    "character_ngrams": "character n-grams",
    "most_frequent": "most frequent tag",
    "minilm": "sentence encoder",
}
CELLS, BASELINES = ("simple_rnn", "lstm", "gru"), (*BLIND, *FITTED)
# For labels beside a panel, where space is limited; the table has the full names.
SHORT = LABELS | {
    "average": "average",
    "embedding": "embedding",
    "character_ngrams": "n-grams",
    "most_frequent": "frequent tag",
}
DATA = {
    "embedded_imdb": "IMDB reviews",
    "embedded_rotten_tomatoes": "Rotten Tomatoes sentences",
    "embedded_newsgroups": "20 Newsgroups posts",
    "embedded_trec": "TREC questions (embedded)",
    "brown": "Brown corpus",
    "imdb_reviews": "IMDB reviews (TFDS)",
    "ag_news_subset": "AG News",
    "yelp_polarity_reviews": "Yelp reviews",
    "glue/sst2": "SST-2 sentences",
    "trec": "TREC questions",
    "sentiment140": "Sentiment140 tweets",
}
LONGEST = 600  # maximum characters of an example or a reason on a page


def data(name: str) -> str:
    """Return the display name of a data set; for a file its name.

    >>> data("embedded_imdb"), data("/home/me/posts.csv")
    ('IMDB reviews', 'posts.csv')
    """
    return DATA.get(name) or (Path(name).name if Path(name).suffix else name)


def label(model: str) -> str:
    """Return the name of a model for use in a sentence."""
    return LABELS.get(model, model)


def capital(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def percent(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.1f}%"


def bounds(estimate: Estimate, form: str = ".1f") -> str:
    """Return the interval of an estimate in brackets, or an empty string if there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"[{100 * estimate.low:{form}}, {100 * estimate.high:{form}}]".replace("-", "−")


def score(estimate: Estimate) -> str:
    """Return an accuracy with its interval, clipped to the possible range."""
    if estimate.low is not None and estimate.high is not None:
        low, high = max(estimate.low, 0.0), min(estimate.high, 1.0)
        estimate = Estimate(estimate.mean, low, high, estimate.count)
    return " ".join(filter(None, (percent(estimate.mean), bounds(estimate))))


def lead(estimate: Estimate) -> str:
    """Return a difference in points with its interval, without line breaks inside."""
    number = f"{100 * estimate.mean:+.1f} points {bounds(estimate, '+.1f')}".rstrip()
    return unbroken(number.replace("-", "−"))


def points(estimate: Estimate | None) -> str:
    """Return the same, with the number of seeds if there is no interval or only one seed."""
    if estimate is None:
        return "no seed in common"
    if estimate.count == 1:
        return lead(estimate) + unbroken(", 1 seed")
    return lead(estimate) + (
        "" if bounds(estimate) else unbroken(f", the same in {estimate.count} seeds")
    )


def p_value(value: float) -> str:
    """Return a p-value with three digits, or `< 0.001`."""
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def unbroken(text: str) -> str:
    """Return a text without line breaks inside."""
    return text.replace(" ", "\u00a0")


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def count(number: int, noun: str) -> str:
    """Return `1 seed`, `3 seeds`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def span(values: Sequence[float], form: str = ",.0f") -> str:
    """Return `5`, or `3 to 5` if values differ, or an empty string without values."""
    if not values:
        return ""
    low, high = (format(bound, form) for bound in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def seconds(number: float) -> str:
    """Return seconds as `4.2 s` or `3 min 5 s`."""
    if number < 9.95:
        return f"{number:.1f} s"
    minutes, rest = divmod(round(number), 60)
    return f"{minutes:,} min {rest} s" if minutes else f"{rest} s"


def versions(software: Mapping[str, str]) -> str:
    """Return names with their versions."""
    return ", ".join(f"{name} {version}" for name, version in software.items())


def cut(text: Any) -> str:
    """Return a text truncated to the maximum length on a page."""
    text = str(text)
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"


def table(first: str, *others: str) -> Table:
    """Return a table for the terminal, with a column of names and columns of numbers."""
    out = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    out.add_column(first, no_wrap=True)
    for column in others:
        out.add_column(column, justify="right", no_wrap=True)
    return out


def environment(template: str) -> Environment:
    """Return the environment of a template of this folder; in HTML all texts are escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=template.endswith(".html.j2"),
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent, "points": points, "span": span, "counted": count, "label": label,
        "seconds": seconds, "versions": versions, "cut": cut, "data": data, "capital": capital,
        "score": score, "bounds": bounds, "listed": listed, "lead": lead, "unbroken": unbroken,
        "number": "{:,}".format, "the": "the {}".format,
    }  # fmt: skip
    return environment


def sentences(template: str, part: str, **values: Any) -> list[str]:
    """Return sentences: the lines of a macro, which uses `values`, in a template."""
    module: Any = environment(template).get_template(template, globals=values).module
    return [line for line in getattr(module, part)().split("\n") if line]


def write(path: Path, template: str, **values: Any) -> Path:
    """Write a page, a template filled in, and return its path; its folder need not exist."""
    page = environment(template).get_template(template)
    text = page.render(colours=figures.COLOURS, **values)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Texts may contain unpaired surrogates, which UTF-8 cannot encode.
    path.write_bytes(text.encode("utf-8", errors="replace"))
    return path
