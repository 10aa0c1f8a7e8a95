"""The table: for each row and server the figures' medians and spread, and their ratios to the floor and to the best peer."""
import dataclasses

from .cases import ROWS
from .results import flaws


@dataclasses.dataclass(frozen=True)
class Figure:
    field: str  # in the records
    title: str
    scale: float = 1.0
    decimals: int = 2
    best: object = max  # of the peers


RATE = Figure("deliv_per_s", "M deliveries/s", 1e-6)
CPU = Figure("cpu_s_per_M", "CPU s/M", decimals=3, best=min)
P50 = Figure("p50_us", "p50 ms", 1e-3, best=min)
P99 = Figure("p99_us", "p99 ms", 1e-3, best=min)
VISITS = (Figure("conn_per_s", "k connects/s", 1e-3, 1), Figure("cpu_ms_per_1000", "CPU ms per 1,000", decimals=1, best=min))
# row: (the floor it is compared with, its figures)
SHOWN = {
    "S10xW64": ("limit-b", (RATE, CPU)),
    "S1xW64": ("limit-b", (RATE, CPU)),
    "S1xW1": ("limit-a", (RATE, CPU, P99)),
    "rate": ("limit-a", (P50, P99)),
    "rooms": ("limit-b2w", (RATE, CPU)),
    "connect": ("limit-b", VISITS),
    "connect-many": ("limit-b", VISITS),
    "idle": ("limit-b", (Figure("pss_bytes_per_conn", "PSS B/connection", decimals=0, best=min),)),
    "slow": (None, (Figure("kept", "others' rate, of before"), P99, Figure("closed", "cut off", decimals=0))),
    "slow-cut": (None, (Figure("kept", "others' rate, of before"), P99, Figure("closed", "cut off", decimals=0))),
}


def spread(values, figure):
    """"median [least..most]" """
    if not values:
        return "-"
    ordered = sorted(value * figure.scale for value in values)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    text = f"{middle:.{figure.decimals}f}"
    return text if len(ordered) == 1 else f"{text} [{ordered[0]:.{figure.decimals}f}..{ordered[-1]:.{figure.decimals}f}]"


def best_peer(results, row, figure, kinds):
    """The best median of a peer that lost nothing, or None."""
    medians = [results.median(row, server, figure.field) for server in results.servers(row)
               if kinds.get(server) == "peer" and not flaws(results.rows(row, server))]
    medians = [median for median in medians if median is not None]
    return figure.best(medians) if medians else None


def _ratio(value, other):
    return f"{value / other:.2f}" if value is not None and other else ""


def _order(records):
    shares = [record["same_order"] for record in records if record.get("same_order") is not None]
    return f"{min(shares):.2f}" if shares else ""


def table(results, row, kinds):
    """The head and the lines of a row's table, as lists of cells."""
    floor, figures = SHOWN[row]
    head = ["server"]
    for figure in figures:
        head += [figure.title, "/floor", "/peer"] if floor else [figure.title]
    lines = []
    for server in results.servers(row):
        records = results.rows(row, server)
        line = [server]
        for figure in figures:
            line.append(spread(results.values(row, server, figure.field), figure))
            if floor:
                median = results.median(row, server, figure.field)
                line.append(_ratio(median, results.median(row, floor, figure.field)))
                line.append(_ratio(median, best_peer(results, row, figure, kinds)) if kinds.get(server) == "banterd" else "")
        lines.append([*line, _order(records), ", ".join(f"{what} {count}" for what, count in flaws(records).items())])
    return [*head, "order", "wrong"], lines


def tables(results, kinds):
    """Of each row that has figures: its title, what its floor is (or nothing), its head, its lines."""
    for row in SHOWN:
        head, lines = table(results, row, kinds)
        floor = SHOWN[row][0]
        if lines:
            yield ROWS[row], f" (floor: {floor})" if floor else "", head, lines


def as_text(results, kinds):
    for title, floor, head, lines in tables(results, kinds):
        yield f"\n{title}{floor}"
        widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
        for line in [head, *lines]:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()


def as_markdown(results, kinds):
    for title, floor, head, lines in tables(results, kinds):
        yield f"\n**{title}**{floor}\n"
        # A column that nothing stands in is left out.
        used = [column for column in range(len(head)) if any(line[column] for line in lines)]
        for line in [head, ["---"] * len(head), *lines]:
            yield "| " + " | ".join(line[column] for column in used) + " |"
