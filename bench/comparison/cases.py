"""The cases: what chatload does to a server, and in which rows its figures end.

A case is run on a fresh server. Each of its measurements is a row: "fanout" has several, over the same connections.
"""
import dataclasses

from .servers import HUGE, Server


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    about: str
    arguments: object  # (server, options) -> chatload's arguments
    who: object = lambda server: True
    once: object = lambda server: server.kind == "peer"  # measured in the first round only
    variants: tuple = ({},)  # changes to the Place, one server for each
    in_subset: bool = False


# What each row is.
ROWS = {
    "S10xW64": "one room of 1,000, 10 senders, 64 messages each under way",
    "S1xW64": "one room of 1,000, 1 sender, 64 messages under way",
    "S1xW1": "one room of 1,000, 1 sender, one message at a time",
    "rate": "one room of 1,000, 10 senders, 40 messages/s in all",
    "rooms": "1,000 rooms of 10, all talk, 4 messages each under way",
    "connect": "connect, register, leave, 8 at a time",
    "connect-many": "connect, register, leave, 128 at a time",
    "idle": "15,000 idle connections, each with a nick and a room",
    "slow": "one room of 1,000, half of them stop reading; queues of 1 GB",
    "slow-cut": "the same; queues of 1 MiB, so that they are cut off",
    "cross": "a room of 10 over the workers, 1 sender, 40 messages/s",
    "crowd": "one room of 5,000, 1 sender, 20 messages/s",
    "scale": "one room of 1,000, 10 senders, 200 messages/s in all",
}


def _lengths(options):
    return ["--secs", options.seconds, "--warm", 1]


def _fanout(server, options):
    many = min(64, server.window)
    plan = [f"S10xW64:10,{many},0", "S1xW1:1,1,0", "rate:10,0,4"]
    if options.full:
        plan.insert(1, f"S1xW64:1,{many},0")
    return ["fanout", *server.talk, "--n", 1000, "--s", 10, "--plan", ";".join(plan), *_lengths(options)]


def _rooms(server, options):
    return ["rooms", "--conc", 200, *server.talk, "--rooms", 1000, "--k", 10, "--src", 8, *server.rooms, "--plan",
            "rooms:10,4,0", *_lengths(options)]


def _connect(server, options, at_a_time=()):
    return ["connect", *server.talk, "--src", 8, *(at_a_time or server.connect), *_lengths(options)]


def _connect_many(server, options):
    return _connect(server, options, ("--conc", 128))


def _idle(server, _options):
    return ["idle", *server.talk, "--n", 15000, "--k", 10, "--src", 8, *server.idle]


def _slow(server, options):
    return ["slow", *server.talk, "--n", 1000, "--s", 10, "--slow", 500, "--window", min(64, server.window), "--secs",
            options.seconds, "--stall", 12]


def _cross(server, options):
    return ["fanout", *server.talk, "--n", 10, "--s", 1, "--conc", 1, "--plan", "cross:1,0,40", "--secs",
            2 * options.seconds]


def _scale(server, options):
    return ["fanout", *server.talk, "--n", 1000, "--s", 10, "--plan", "scale:10,0,20", "--secs", 2 * options.seconds]


def _crowd(server, options):
    return ["fanout", *server.talk, "--n", 5000, "--s", 1, "--plan", "crowd:1,0,20", "--secs", 2 * options.seconds, "--warm", 1]


def _is_ours(server):
    return server.kind == "banterd" and server.name != "banterd-ws"


def _is_ours_or_relays(server):
    return _is_ours(server) or server.name == "limit-b2w"


CASES = (
    Case("fanout", "one room of 1,000, flat out, one at a time, at a fixed rate", _fanout, in_subset=True),
    Case("rooms", ROWS["rooms"], _rooms, who=lambda server: server.rooms is not None, in_subset=True),
    Case("connect", ROWS["connect"], _connect, in_subset=True),
    Case("connect-many", ROWS["connect-many"], _connect_many),
    Case("idle", ROWS["idle"], _idle, once=lambda server: True, in_subset=True),
    Case("slow", "half of 1,000 stop reading", _slow, variants=({"send_queue": HUGE}, {"send_queue": 1 << 20})),
    Case("cross", "what crossing from worker to worker adds", _cross, who=_is_ours_or_relays,
         variants=({"workers": 1}, {"workers": 2})),
    Case("crowd", ROWS["crowd"], _crowd, who=lambda server: server.kind == "banterd" or server.name == "limit-a"),
    Case("scale", "CPU of a fixed load with 1, 2, 4, 8 workers", _scale, who=_is_ours,
         variants=tuple({"workers": workers} for workers in (1, 2, 4, 8))),
)


def takes(case: Case, server: Server):
    return case.who(server) and case.name not in server.skip
