"""What is measured: banterd, the floors that no server can beat, and the peers.

A Server knows how to start itself in a Place and how chatload has to talk to it. Its `start` raises StartError.
"""
import dataclasses
import json
import pathlib
import typing

from . import peers
from .process import Process, StartError, free_port

HUGE = 1_000_000_000
LINE = ("--proto", "line")
IRC = ("--proto", "irc")


@dataclasses.dataclass(frozen=True)
class Place:
    """Where things are, and what a server is to be like for one measurement."""
    programs: pathlib.Path  # chatload, limit and their like
    banterd: pathlib.Path
    fetched: pathlib.Path  # the peers
    run: pathlib.Path  # configurations and logs
    workers: int = 2
    send_queue: int = HUGE  # bytes that may wait for one client


@dataclasses.dataclass(frozen=True)
class Server:
    name: str
    kind: str  # "banterd", "floor" or "peer"
    start: typing.Callable
    talk: tuple = LINE  # chatload's options for its protocol
    rooms: tuple | None = ()  # ... and to join a room; None: it has none
    connect: tuple = ("--conc", "8")
    idle: tuple = ("--conc", "200")
    window: int = 64  # most messages that a sender has under way
    skip: tuple = ()  # cases that it cannot take


def start_listening(command, place, name, environment=None, said=None):
    """Starts a program that is ready when it listens, and has said `said`; `command` is called with its port."""
    port = free_port()
    try:
        process = Process(command(port), place.run / f"{name}.log", environment)
    except FileNotFoundError as error:
        raise StartError(f"{error.filename} is not there") from error
    try:
        process.wait_until_listening(port)
        if said:
            process.wait_until_logged(said)
    except BaseException:
        process.end()
        raise
    return process, port


def _floor(name, mode, spread=False, more=(), skip=()):
    """`spread`: over as many processes as others have workers."""
    def start(place):
        workers = place.workers if spread else 1
        return start_listening(lambda port: [place.programs / "limit", "--port", port, "--mode", mode, "--workers", workers, *more],
                               place, name)
    return Server(name, "floor", start, rooms=("--join", "/join %s"), skip=("slow", *skip))


def banterd_configuration(place, listener, more=()):
    return {**dict(more), "workers": place.workers, "listeners": [{**listener, "address": "127.0.0.1", "port": 0}],
            "limits": {"max_connections": HUGE, "max_connections_per_address": HUGE, "messages_per_second": HUGE,
                       "message_burst": HUGE, "send_queue_bytes": place.send_queue}}


def _start_banterd(place, name, listener, program, more):
    configuration = place.run / f"{name}.json"
    configuration.write_text(json.dumps(banterd_configuration(place, listener, more)))
    process = Process([program(place), "-c", configuration], place.run / f"{name}.log")
    try:
        port = process.wait_until_logged(rf"(?s)listening protocol={listener['protocol']} address=127\.0\.0\.1 port=(\d+)"
                                         ".*banterd ready")
    except BaseException:
        process.end()
        raise
    return process, int(port.group(1))


def _banterd(name, listener, program=lambda place: place.banterd, more=(), **talking):
    return Server(name, "banterd", lambda place: _start_banterd(place, name, listener, program, more), **talking)


# Clients of the line protocol are in the lobby with a name of their own once that is confirmed.
_LINE_TALK = {"talk": (*LINE, "--greet", "* "), "rooms": ("--join", "/join #%s"),
              "idle": ("--hello", "/nick u%u", "--greet", "is now u%u", "--conc", "4000")}
_WS_TALK = {"talk": ("--proto", "ws-irc", "--ws-path", "/ws", "--ws-subproto", "text.ircv3.net")}

BANTERD = (
    _banterd("banterd-line", {"protocol": "line"}, **_LINE_TALK),
    _banterd("banterd-irc", {"protocol": "irc"}, talk=IRC),
    _banterd("banterd-ws", {"protocol": "http"}, **_WS_TALK),
)
WITHOUT_JOURNAL = _banterd("without-journal", {"protocol": "line"},
                           lambda place: place.programs / "banterd_without_journal", **_LINE_TALK)
KEEPING = _banterd("keeping", {"protocol": "line"}, more=(("keep_clients_on_crash", True),), **_LINE_TALK)
# Measured only by name: what parts of banterd cost.
VARIANTS = (WITHOUT_JOURNAL, KEEPING)
FLOORS = (_floor("limit-a", "a"), _floor("limit-b", "b"), _floor("limit-b2w", "b", spread=True),
          _floor("limit-handed", "b", spread=True, more=("--hand-over",), skip=("fanout", "rooms", "idle", "cross")))


def _peer(name, command, environment=lambda place: {}, said=None, **talking):
    def start(place):
        return start_listening(lambda port: command(place, port), place, name, environment(place), said)
    return Server(name, "peer", start, **talking)


PEERS = (
    # Its backlog is 10. In many rooms it makes some 3,000 deliveries a second, and 300 CPU seconds a million.
    _peer("ngircd", peers.ngircd, peers.libraries, talk=(*IRC, "--conc", "8"), skip=("rooms", "connect-many"), idle=("--conc", "8")),
    # It completes registrations once a second.
    _peer("inspircd", peers.inspircd, talk=(*IRC, "--conc", "2000"), connect=("--conc", "2000"), idle=("--conc", "2000"),
          skip=("connect-many",)),
    _peer("nats", peers.nats, talk=("--proto", "nats")),
    _peer("nchan", peers.nchan, talk=("--proto", "ws-line", "--ws-path", "/chat/%s")),
    # Its first worker listens before the second is there, and would get all connections.
    _peer("node-cluster", peers.node("node_cluster.cjs"), peers.modules, "all workers listen", rooms=("--join", "/join %s")),
    _peer("socket.io", peers.node("socketio_cluster.cjs"), peers.modules, "all workers listen", rooms=None, skip=("slow",),
          talk=("--proto", "sio", "--ws-path", "/socket.io/?EIO=4&transport=websocket", "--echo", "0")),
    # Both tear lines where a sender has more under way than they read at once. py-select stops for a client that does not
    # read, and select(2) ends at descriptor 1023.
    _peer("py-selectors", peers.python("py_selectors.py"), rooms=None, window=32, talk=(*LINE, "--echo", "1")),
    _peer("py-select", peers.python("py_select.py"), rooms=None, window=32, skip=("idle", "slow")),
)


def all_servers():
    return (*FLOORS, *BANTERD, *PEERS)
