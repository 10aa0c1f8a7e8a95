"""The bars that banterd is held to: the figure of each in these results, and whether it is met."""
import dataclasses

from .results import flaws

SERVERS = ("banterd-line", "banterd-irc")


@dataclasses.dataclass(frozen=True)
class Verdict:
    bar: str
    server: str
    figure: str
    met: bool | None  # None: not measured

    @property
    def word(self):
        return {True: "met", False: "NOT MET", None: "not measured"}[self.met]


def _verdict(bar, server, needed, text, met):
    """`text` and `met` are called only when all that they need was measured."""
    if any(value is None for value in needed):
        return Verdict(bar, server, "", None)
    return Verdict(bar, server, text(), met())


def _flat_out(results, server):
    rate, cpu = (results.median("S10xW64", server, field) for field in ("deliv_per_s", "cpu_s_per_M"))
    floor = results.median("S10xW64", "limit-b", "deliv_per_s")
    least = min(10e6, floor / 2) if floor else 10e6
    return _verdict("1 flat out: 10 M/s or half of b, 0.06 s/M", server, (rate, cpu),
                    lambda: f"{rate / 1e6:.2f} M/s (bar {least / 1e6:.2f}), {cpu:.3f} CPU s/M",
                    lambda: rate >= least and cpu <= 0.06)


def _one_at_a_time(results, server):
    fields = ("deliv_per_s", "cpu_s_per_M", "p99_us")
    rate, cpu, p99 = ours = [results.median("S1xW1", server, field) for field in fields]
    floor = [results.median("S1xW1", "limit-a", field) for field in fields]
    return _verdict("2 one at a time, of a: 0.85, CPU 1.3, p99 1.2", server, (*ours, *floor),
                    lambda: f"rate {rate / floor[0]:.2f}, CPU {cpu / floor[1]:.2f}, p99 {p99 / floor[2]:.2f} of limit a",
                    lambda: rate >= 0.85 * floor[0] and cpu <= 1.3 * floor[1] and p99 <= 1.2 * floor[2])


def _rooms(results, server):
    rate, cpu = (results.median("rooms", server, field) for field in ("deliv_per_s", "cpu_s_per_M"))
    return _verdict("3 1,000 rooms of 10: 1.3 M/s, 0.8 s/M", server, (rate, cpu),
                    lambda: f"{rate / 1e6:.2f} M/s, {cpu:.3f} CPU s/M", lambda: rate >= 1.3e6 and cpu <= 0.8)


def _connect(results, server):
    def cost(whose):
        return [results.median("connect", whose, field) for field in ("conn_per_s", "cpu_ms_per_1000")]

    rate, cpu = ours = cost(server)
    beside = "".join(f"; {name} {floor[0] / 1e3:.1f}, {floor[1]:.1f}" for name, floor in
                     ((name, cost(name)) for name in ("limit-handed", "limit-b")) if None not in floor)
    return _verdict("4 connect and leave: 25 k/s, 40 ms per 1,000", server, ours,
                    lambda: f"{rate / 1e3:.1f} k/s, {cpu:.1f} CPU ms per 1,000{beside}", lambda: rate >= 25e3 and cpu <= 40)


def _idle(results, server):
    most = {"banterd-line": 1200, "banterd-irc": 1500}[server]
    memory = results.median("idle", server, "pss_bytes_per_conn")
    return _verdict(f"5 idle, 15,000: {most:,} B a connection", server, (memory,), lambda: f"{memory:,.0f} B PSS, journals apart",
                    lambda: memory <= most)


def _fixed_rate(results, server):
    p99 = results.median("rate", server, "p99_us")
    floor = results.median("rate", "limit-a", "p99_us")
    return _verdict("6 40 messages/s to 1,000: p99 1.2 of a's", server, (p99, floor),
                    lambda: f"{p99 / 1e3:.2f} ms, {p99 / floor:.2f} of limit a's {floor / 1e3:.2f}", lambda: p99 <= 1.2 * floor)


def _crossing(results, server):
    """What the workers' half that hears later adds to what all hear with one worker; and the other half. The later one has
    been crossed to twice where the room's owner is not the speaker's worker, and the other once."""
    def waits(whose):
        return [results.median("cross", whose, "p50_us", workers=1),
                *(results.median("cross", whose, f"p50_{half}_half_us", workers=2) for half in ("later", "earlier"))]

    alone, apart, sooner = ours = waits(server)
    floor = waits("limit-b2w")
    beside = f"; limit-b2w {floor[1] - floor[0]:.0f}" if None not in floor else ""
    return _verdict("6 crossing workers adds: 100 us p50", server, ours,
                    lambda: f"{apart - alone:.0f} us: {apart:.0f} on the later worker of two, {sooner:.0f} on the other, {alone:.0f} with one{beside}",
                    lambda: apart - alone < 100)


def _browsers(results):
    p99 = results.median("crowd", "banterd-ws", "p99_us")
    floor = results.median("crowd", "limit-a", "p99_us")
    return _verdict("- 5,000 browsers, 20 messages/s: p99 1.3 of a's", "banterd-ws", (p99, floor),
                    lambda: f"{p99 / 1e3:.2f} ms, {p99 / floor:.2f} of limit a's {floor / 1e3:.2f}", lambda: p99 <= 1.3 * floor)


def _slow_readers(results, server):
    kept = results.median("slow", server, "kept")
    cut = results.median("slow-cut", server, "kept")
    return _verdict("7 half do not read: the others keep 90 %", server, (kept, cut),
                    lambda: f"{kept:.2f} of their rate with queues of 1 GB, {cut:.2f} when cut off at 1 MiB",
                    lambda: kept > 0.9 and cut > 0.9)


def _scaling(results, server):
    costs = {workers: results.median("scale", server, "cpu_s_per_M", workers=workers) for workers in (1, 2, 4, 8)}
    return _verdict("8 CPU with 1, 2, 4, 8 workers: grows below 10 %", server, costs.values(),
                    lambda: ", ".join(f"{cost:.2f}" for cost in costs.values()) + f" s/M: {max(costs.values()) / costs[1] - 1:+.0%}",
                    lambda: max(costs.values()) < 1.1 * costs[1])


def _exactness(results, server):
    records = [record for record in results.records if record["server"] == server]
    wrong = flaws(records)
    shares = [record["same_order"] for record in records if record.get("same_order") is not None]
    return _verdict("- one order, exactly once", server, (shares or None,),
                    lambda: f"{min(shares):.4f} of the receivers saw one order; wrong: {wrong or 'nothing'}",
                    lambda: min(shares) == 1 and not wrong)


BARS = (_flat_out, _one_at_a_time, _rooms, _connect, _idle, _fixed_rate, _crossing, _slow_readers, _scaling, _exactness)


def verdicts(results):
    return [bar(results, server) for bar in BARS for server in SERVERS] + [_browsers(results)]


def as_text(judged):
    for verdict in judged:
        yield f"  {verdict.bar:<50} {verdict.server:<13} {verdict.word:<13} {verdict.figure}".rstrip()


def as_markdown(judged):
    yield "| bar | server | | figure |"
    yield "| --- | --- | --- | --- |"
    for verdict in judged:
        yield f"| {verdict.bar} | {verdict.server} | {verdict.word} | {verdict.figure} |"
