"""Runs one case on one server, once for each of its variants."""
import dataclasses
import json
import subprocess

from .process import running

LOAD_SECONDS = 300


def _load(place, process, port, arguments):
    """chatload's records and what it complained of."""
    command = [place.programs / "chatload", arguments[0], "--port", port, "--server-pid", process.pid, *arguments[1:]]
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=LOAD_SECONDS,
                              check=False)
    except subprocess.TimeoutExpired:
        return [], f"chatload did not end within {LOAD_SECONDS} s"
    complaints = [line for line in done.stderr.splitlines() if "connections ready in" not in line]
    records = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        complaints.append(f"chatload ended with {done.returncode}")
    return records, "; ".join(complaints[:3])


def _slow_record(phases, name):
    """One record of chatload's three: what the others get a second when half do not read, to what they got before."""
    before, after, verdict = phases
    return {**after, "phase": name, "kept": after["msgs_per_s"] / before["msgs_per_s"], "p99_us_before": before["p99_us"],
            "closed": verdict["reset_while_slow"] + verdict["closed_after_resume"], "pss_peak_kb": verdict["pss_peak_slow_kb"],
            "pss_before_kb": verdict["pss_before_kb"], "dropped": before["dropped"], "lost": before["lost"] + after["lost"]}


def measure(case, server, place, options):
    """Yields (records, complaint) for each variant. Raises StartError."""
    for variant in case.variants:
        here = dataclasses.replace(place, **variant)
        with running(server.start, here) as (process, port):
            records, complaint = _load(here, process, port, case.arguments(server, options))
        if case.name == "slow" and len(records) == 3:
            records = [_slow_record(records, "slow" if here.send_queue > 1 << 20 else "slow-cut")]
        for record in records:
            record |= {"row": record.get("phase") or case.name, "server": server.name, "workers": here.workers}
        yield records, complaint
