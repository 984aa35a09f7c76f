"""Draws how time grows with a text's length and with the number of attributed tokens.

    cat inseq.jsonl ours.jsonl | python growth.py target/peers

Reads figures as lines of JSON, as inseq_times.py prints them, and writes two pictures
into the folder: growth_tokens.svg has the figures of texts of which half is attributed,
growth_targets.svg those of texts of 64 tokens. Other figures are left out, and so is what
has no two to draw a line between.
"""

import argparse
import itertools
import json
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

N_TOKENS_OF_TARGETS = 64

# Okabe and Ito's colours, which people of any colour vision tell apart, dark ones first;
# in grey, dashes and markers do.
STYLES = [
    ("#0072B2", "-", "o"),
    ("#D55E00", "--", "s"),
    ("#000000", ":", "^"),
    ("#009E73", "-.", "D"),
    ("#CC79A7", (0, (8, 2)), "v"),
    ("#E69F00", (0, (1, 3)), "P"),
    ("#56B4E9", (0, (5, 1, 1, 1, 1, 1)), "X"),
]


def lines_of(figures, x):
    """The shortest time by x, of each program, work and model."""
    lines = {}
    for figure in figures:
        name = f"{figure['who']}, {figure['work']}, {figure['model']}"
        line = lines.setdefault(name, {})
        line[figure[x]] = min(figure["seconds"], line.get(figure[x], figure["seconds"]))
    return {name: sorted(line.items()) for name, line in lines.items() if len(line) > 1}


def draw(lines, styles, label, title, path):
    picture, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for name, points in sorted(lines.items()):
        colour, dashes, marker = styles[name]
        axes.plot(*zip(*points), color=colour, linestyle=dashes, marker=marker, label=name)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(FormatStrFormatter("%d"))
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(label)
    axes.set_ylabel("time (seconds)")
    axes.set_title(title)
    axes.grid(color="0.85")
    if lines:
        picture.legend(loc="outside lower center", ncols=2, frameon=False)
    # Without a date, the same figures give the same file.
    picture.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description="Draws how times grow.")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    matplotlib.rcParams["svg.hashsalt"] = "growth"
    figures = [json.loads(line) for line in sys.stdin if line.strip()]
    figures = [figure for figure in figures if figure["seconds"] is not None]
    of_tokens = [figure for figure in figures if 2 * figure["targets"] == figure["tokens"]]
    of_targets = [figure for figure in figures if figure["tokens"] == N_TOKENS_OF_TARGETS]
    by_tokens, by_targets = lines_of(of_tokens, "tokens"), lines_of(of_targets, "targets")
    # What is in both pictures looks the same in both.
    styles = dict(zip(sorted(by_tokens | by_targets), itertools.cycle(STYLES)))
    draw(
        by_tokens,
        styles,
        "tokens in all, half of them attributed (number)",
        "Time against tokens",
        folder / "growth_tokens.svg",
    )
    draw(
        by_targets,
        styles,
        f"attributed tokens of {N_TOKENS_OF_TARGETS} (number)",
        "Time against targets",
        folder / "growth_targets.svg",
    )


main()
