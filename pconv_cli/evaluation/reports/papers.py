"""The tables for papers and web pages: Markdown and LaTeX."""

from collections.abc import Sequence

from pconv_cli.evaluation.reports.tables import Cell, Line, Table

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def to_markdown(tables: Sequence[Table], notes: Sequence[str]) -> str:
    """Write tables as GitHub's Markdown: the best of a line in bold, then the notes as a list."""
    parts = [_markdown(table) for table in tables]
    parts.append("\n".join(f"- {_escaped(note)}" for note in notes))
    return "\n\n".join(parts) + "\n"


def to_latex(tables: Sequence[Table], notes: Sequence[str]) -> str:
    """Write tables as LaTeX floats for the package ``booktabs``, the best of a line in bold; the notes as comments."""
    comments = "\n".join(f"% {note}" for note in ["Needs \\usepackage{booktabs}", *notes])
    return "\n\n".join([comments, *(_latex(table) for table in tables)]) + "\n"


def _markdown(table: Table) -> str:
    rule = " | ".join(["---"] + ["---:"] * len(table.columns))
    head = " | ".join(_escaped(name) for name in (table.corner, *table.columns))
    lines = [f"**{_escaped(table.title)}**", "", f"| {head} |", f"| {rule} |"]
    for line in table.lines:
        cells = line.cells or (Cell(""),) * len(table.columns)
        words = [_markdown_label(line), *(f"**{cell.text}**" if cell.best else cell.text for cell in cells)]
        lines.append(f"| {' | '.join(words)} |")
    return "\n".join(lines)


def _markdown_label(line: Line) -> str:
    label = _escaped(line.label)
    return f"*{label}*" if line.kind == "heading" else f"**{label}**" if line.kind == "total" else label


def _escaped(text: str) -> str:
    for mark in "\\|*_<[`":
        text = text.replace(mark, f"\\{mark}")
    return text


def _latex(table: Table) -> str:
    count = len(table.columns)
    lines = [
        r"\begin{table}",
        rf"  \caption{{{_in_latex(table.title)}}}",
        r"  \centering",
        rf"  \begin{{tabular}}{{l{'r' * count}}}",
        r"    \toprule",
        f"    {' & '.join(_in_latex(name) for name in (table.corner, *table.columns))} \\\\",
        r"    \midrule",
    ]
    for number, line in enumerate(table.lines):
        label = _in_latex(line.label)
        if line.kind == "heading":
            lines.append(rf"    \multicolumn{{{count + 1}}}{{l}}{{\emph{{{label}}}}} \\")
        else:
            figures = [rf"\textbf{{{_in_latex(c.text)}}}" if c.best else _in_latex(c.text) for c in line.cells]
            lines.append(f"    {' & '.join([label, *figures])} \\\\")
        if line.kind == "last" and number + 1 < len(table.lines):
            lines.append(r"    \midrule")
    lines += [r"    \bottomrule", r"  \end{tabular}", r"\end{table}"]
    return "\n".join(lines)


def _in_latex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)
