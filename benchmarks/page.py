"""Tables within a page, between two markers."""


def between(page: str, text: str, table: str) -> str:
    """Return the page with `told` between the markers of a table.

    Raises:
        ValueError: unless each marker occurs once, in order.
    """
    begin, end = begin_of(table), f"<!-- /{table} -->"
    before, marker, behind = page.partition(begin)
    _, ended, after = behind.partition(end)
    if not marker or not ended or begin in behind or end in after:
        raise ValueError(f"the page needs a line {begin} and, behind it, a line {end}, once each.")
    return f"{before}{begin}\n{text}\n{end}{after}"


def begin_of(table: str) -> str:
    """Return the marker before a table."""
    return f"<!-- {table} -->"


def table_line(cells: list[str]) -> str:
    """Return a line of a table in Markdown."""
    return f"| {' | '.join(cells)} |"
