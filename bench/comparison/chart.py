"""The chart: an SVG of bars, CPU seconds per million deliveries, on a logarithmic scale: shorter is better."""
import math
from xml.sax.saxutils import escape

from .cases import ROWS

PANELS = ("S10xW64", "S1xW1", "rooms")
COLOURS = {"floor": "#9aa5b1", "banterd": "#1f6feb", "peer": "#d0833a"}
WIDTH, LEFT, RIGHT = 760, 120, 70
BAR, GAP, HEAD = 16, 5, 44


def _text(x, y, text, size=12, anchor="start", weight="normal"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}">'
            f"{escape(text)}</text>")


def _panel(title, bars, scale, top):
    """`bars`: (name, value, colour), the least first. Returns its elements and its height."""
    yield _text(8, top + 24, title, 14, weight="bold")
    for place, (name, value, colour) in enumerate(bars):
        y = top + HEAD + place * (BAR + GAP)
        width = scale(value)
        yield _text(LEFT - 8, y + 12, name, anchor="end", weight="bold" if colour == COLOURS["banterd"] else "normal")
        yield f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>'
        yield _text(LEFT + width + 6, y + 12, f"{value:.3g}")


def draw(results, kinds):
    """The SVG, or nothing where none of its rows was measured."""
    panels = []
    for row in PANELS:
        values = [(server, results.median(row, server, "cpu_s_per_M")) for server in results.servers(row)]
        bars = [(server, value, COLOURS[kinds.get(server, "peer")]) for server, value in values if value]
        if bars:
            panels.append((ROWS[row], sorted(bars, key=lambda bar: bar[1])))
    if not panels:
        return ""
    every = [bar[1] for _, bars in panels for bar in bars]
    least = 10 ** math.floor(math.log10(min(every)) - 0.3)

    def scale(value):
        return (WIDTH - LEFT - RIGHT) * math.log(value / least) / math.log(max(every) / least)

    top, parts = 30, []
    for title, bars in panels:
        parts += _panel(title, bars, scale, top)
        top += HEAD + len(bars) * (BAR + GAP)
    head = "CPU seconds of the whole server per million deliveries, logarithmic: shorter is better"
    return "\n".join((f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top + 16}" '
                      f'viewBox="0 0 {WIDTH} {top + 16}" font-family="sans-serif">',
                      '<rect width="100%" height="100%" fill="#ffffff"/>', _text(8, 22, head, 13), *parts, "</svg>", ""))
