"""The figures that came out, kept as JSON: one record for each measurement, as chatload printed it, and who and when."""
import json
import statistics


class Results:
    def __init__(self, file):
        self.file = file
        self.about = {}  # of the machine and the options
        self.records = []

    def load(self):
        stored = json.loads(self.file.read_text())
        self.about, self.records = stored["about"], stored["records"]

    def add(self, records):
        self.records += records
        self.save()

    def save(self):
        """Whole or not at all: a run may be ended at any time."""
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps({"about": self.about, "records": self.records}, indent=1) + "\n")
        beside.replace(self.file)

    def rows(self, row, server, **wanted):
        """The records of a server in a row; `wanted`: fields they must have, such as workers=2."""
        return [record for record in self.records if record["row"] == row and record["server"] == server
                and all(record.get(field) == value for field, value in wanted.items())]

    def values(self, row, server, field, **wanted):
        """Of the runs that went on to their end."""
        return [record[field] for record in self.rows(row, server, **wanted)
                if record.get(field) is not None and not record.get("stalled")]

    def median(self, row, server, field, **wanted):
        """None where nothing was measured."""
        values = self.values(row, server, field, **wanted)
        return statistics.median(values) if values else None

    def servers(self, row):
        """In the order in which they were measured."""
        return list(dict.fromkeys(record["server"] for record in self.records if record["row"] == row))

    def next_round(self):
        return 1 + max((record["round"] for record in self.records), default=0)


FLAWS = ("lost", "dup", "out_of_order", "dropped", "stray", "failed", "stuck")


def flaws(records):
    """{what: how many} of what went wrong in these runs."""
    counts = {what: sum(record.get(what) or 0 for record in records) for what in (*FLAWS, "stalled")}
    return {what: count for what, count in counts.items() if count}
