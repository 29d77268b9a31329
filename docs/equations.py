"""Equations of docstrings as mathematics: plain text to LaTeX, LaTeX to MathML.

A docstring holds its equations once, in the letters that the code uses:

    f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: what stays in c

Every current browser draws MathML, so the pages need no script from a network.
"""

import html
import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

FUNCTIONS = {"tanh": r"\tanh", "exp": r"\exp", "log": r"\log", "max": r"\max", "sigmoid": r"\sigma"}
GREEK = ("gamma", "beta", "epsilon", "zeta", "nu", "Lambda")
# What code has and an equation has not.
CODE = ('"', "[", "import ", ">>>", "Cell", "u ~", "chunk ")
SECTION = re.compile(r"(Args|Arguments|Call arguments|Attributes|Returns|Raises):|:\w+|\.\. ")


def to_latex(equation: str) -> str:
    """Return an equation in LaTeX."""
    equation = equation.replace(" ** 2", "^{2}")
    equation = re.sub(r" \*\* \((.*?)\)", r"^{\1}", equation)
    equation = re.sub(r"sqrt\(((?:[^()]|\([^()]*\))*)\)", r"\\sqrt{\1}", equation)
    equation = equation.replace(" * ", r" \odot ")

    def word(found):
        name = found.group()
        if found.string[found.start() - 1 : found.start()] == "\\":
            return name  # a command of LaTeX already
        if name in GREEK:
            return rf"\{name} "
        return FUNCTIONS[name] + " " if name in FUNCTIONS else rf"\mathrm{{{name}}}"

    return re.sub(r"[A-Za-z]{2,}", word, equation)


def to_rows(lines: list[str]) -> list[str]:
    """Return a row `left & = right & words` of LaTeX for each line `left = right     words`."""
    rows = []
    for line in filter(None, map(str.strip, lines)):
        for part in re.split(r"(?:,| ) {1,}(?=\w+ = )", line):
            equation, _, words = part.partition("   ")
            left, _, right = equation.strip().partition(" = ")
            note = rf" & \text{{{words.strip()}}}" if words.strip() else ""
            rows.append(rf"{to_latex(left)} & = {to_latex(right)}{note}")
    return rows


def prepare(app, what, name, obj, options, lines: list[str]) -> None:
    """Set the indented blocks of a docstring: equations as mathematics, all else as code."""
    prepared: list[str] = []
    while lines and not SECTION.match(lines[0]):
        if lines[0].startswith("```"):
            end = lines.index("```")
            prepared += ["", f".. code-block:: {lines[0][3:]}", ""]
            prepared += [f"   {line}" for line in lines[1:end]] + [""]
            del lines[: end + 1]
            continue
        if lines[0].startswith("|"):
            prepared += ["", ".. code-block:: text", ""]
            while lines and lines[0].startswith("|"):
                prepared.append(f"   {lines.pop(0)}")
            prepared.append("")
            continue
        if not lines[0].startswith("    "):
            prepared.append(lines.pop(0))
            continue
        block: list[str] = []
        while lines and (lines[0].startswith("    ") or not lines[0].strip()):
            block.append(lines.pop(0)[4:])
        written = [line for line in block if line.strip()]
        is_code = any(" = " not in line or any(mark in line for mark in CODE) for line in written)
        if is_code:
            prepared += ["", ".. code-block:: text", "", *(f"   {line}" for line in block), ""]
        else:
            rows = " \\\\\n   ".join(to_rows(block)).splitlines()
            prepared += ["", ".. math::", "", "   " + rows[0], *rows[1:], ""]
    lines[:] = prepared + lines


def render_mathml(self, node) -> None:
    """Write a formula as MathML: rows at `\\\\`, columns at `&`."""
    if isinstance(node, nodes.math):
        self.body.append(tex2mathml(node.astext()))
        raise nodes.SkipNode
    rows = [map(_cell, row.split("&")) for row in node.astext().split("\\\\")]
    table = "".join(f"<mtr>{''.join(cells)}</mtr>" for cells in rows)
    self.body.append(
        '<div class="math"><math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'
        f'<mtable displaystyle="true">{table}</mtable></math></div>'
    )
    raise nodes.SkipNode


def _cell(latex: str) -> str:
    if words := re.fullmatch(r"\s*\\text\{(.*)\}\s*", latex):
        return f"<mtd><mtext>{html.escape(words[1])}</mtext></mtd>"
    mathml = tex2mathml(latex.strip())
    return f"<mtd>{mathml[mathml.index('>') + 1 : mathml.rindex('</math>')]}</mtd>"
