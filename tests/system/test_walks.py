# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""Every capture of real devices through `rackmeter probe walk:`. tests/devices/conformance.py
counts what is read as the captures' table says; this holds the counts against what was reached.
Some walks come also as the text of `snmpwalk -On`."""
import os

import foreign
import rmtest

import captures  # of tests/devices; foreign knows the way
import conformance

DEVICES = foreign.folder("RACKMETER_DEVICES")

# .snmprec type -> how snmpwalk -On names it
NAMES = {"2": "INTEGER", "6": "OID", "64": "IpAddress", "65": "Counter32", "66": "Gauge32",
         "67": "Timeticks", "70": "Counter64"}


def walk_text(snmprec):
    """The lines `snmpwalk -On` would print for the same agent."""
    lines = []
    with open(snmprec, encoding="utf-8") as f:
        for line in f.read().splitlines():
            oid, kind, value = line.split("|", 2)
            if kind in ("4", "5"):
                clean = value.replace("\\", "\\\\").replace('"', '\\"')
                text = f'STRING: "{clean}"' if kind == "4" and value else '""'
            elif kind in ("4x", "64x"):
                pairs = " ".join(value[i:i + 2].upper() for i in range(0, len(value), 2))
                text = f"Hex-STRING: {pairs} "
            elif kind == "6":
                text = f"OID: .{value.lstrip('.')}"
            elif kind == "67":
                text = f"Timeticks: ({value}) 0:00:00.00"
            elif kind in NAMES:
                text = f"{NAMES[kind]}: {value}"
            else:
                continue
            lines.append(f".{oid} = {text}\n")
    return "".join(lines)


# What was reached, in percent: one walk or row less is below it. Raise a figure when profiles
# arrive; one that falls is a defect.
OWN_FAMILY = 99.35
VALUES, STATES = 97.12, 93.86


class Walks(rmtest.Case):
    def test_conformance(self):
        """Nothing is wrong, nothing suspect is believed, and no walk crashes the program."""
        outcomes = conformance.run(list(captures.load(DEVICES).values()), rmtest.RACKMETER,
                                   rmtest.PROFILES)
        summary = conformance.Summary(outcomes)
        summary.print_table()
        summary.print_identified()
        summary.print_numbers()
        summary.print_wrong()
        self.assertTrue(summary.good(), "see what is wrong above")
        self.assertEqual([f"{row}: {what}" for row, _, what in summary.missing], [],
                         "neither read nor explained in tests/devices/misses.csv")
        self.assertEqual(summary.stale(), [], "tests/devices/misses.csv explains what is no miss")
        self.assertGreaterEqual(summary.own_share(), OWN_FAMILY)
        self.assertGreaterEqual(summary.values.share(), VALUES)
        self.assertGreaterEqual(summary.states.share(), STATES)

    def test_both_forms_say_the_same(self):
        found = captures.load(DEVICES)
        names = ("raritan-pdu_px3", "sentry4", "drac_r540", "hpe-ilo_4", "apc_ap8959eu3")
        texts = [self.write(name + ".txt", walk_text(found[name].path)) for name in names]
        for name, text in zip(names, texts):
            a = foreign.probe(self, "walk:" + found[name].path)
            b = foreign.probe(self, "walk:" + text)
            self.assertEqual(a["points"], b["points"], name)
            self.assertEqual(a["facts"], b["facts"], name)


if __name__ == "__main__":
    rmtest.main()
