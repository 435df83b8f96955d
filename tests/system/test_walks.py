# SPDX-License-Identifier: Apache-2.0
"""Every capture of the SNMP families through `rackmeter probe walk:`, as .snmprec and as the
text of `snmpwalk -On`: each object that a point covers reads as the captures' table says, and
each measured value of the family's MIBs is covered."""
import os

import foreign
import rmtest

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


class Walks(rmtest.Case):
    def compare(self, name, profile, rows, found):
        self.assertEqual(found["profile"], profile, f"{name}: {found['rule']}")
        points = {point["oid"]: point for point in found["points"]}
        tally = foreign.Tally(name, profile)
        for row in rows:
            point = points.get(row.oid)
            tally.add(row, point, point and point["value"])
        return tally

    def check(self, form):
        wrong, total = [], 0
        for profile, (_, captures) in foreign.FAMILIES.items():
            expected = foreign.expectations(DEVICES, captures)
            for name in captures:
                path = os.path.join(DEVICES, name + ".snmprec")
                if not expected[name]:
                    continue  # trimmed to what identifies the device
                found = foreign.probe(self, "walk:" + form(path))
                tally = self.compare(name, profile, expected[name], found)
                print(tally.line(), flush=True)
                wrong += tally.wrong
                total += tally.matched
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))
        self.assertGreater(total, 400)

    def test_snmprec(self):
        self.check(lambda path: path)

    def test_snmpwalk_text(self):
        def form(path):
            return self.write(os.path.basename(path) + ".txt", walk_text(path))
        self.check(form)

    def test_both_forms_say_the_same(self):
        for name in ("raritan-pdu_px3", "sentry4", "drac_r540"):
            path = os.path.join(DEVICES, name + ".snmprec")
            a = foreign.probe(self, "walk:" + path)
            b = foreign.probe(self, "walk:" + self.write(name + ".txt", walk_text(path)))
            self.assertEqual(a["points"], b["points"], name)
            self.assertEqual(a["facts"], b["facts"], name)

    def test_every_capture(self):
        """214 devices of all makes: each is either read with the profile of its family, or the
        program says in one line why not."""
        mine = {name: profile for profile, (_, names) in foreign.FAMILIES.items() for name in names}
        read = set()
        for file in sorted(os.listdir(DEVICES)):
            name, form = os.path.splitext(file)
            if form != ".snmprec":
                continue
            done = self.rackmeter("probe", "walk:" + os.path.join(DEVICES, file), "--format", "json")
            if done.status == 0:
                self.assertEqual(done.json()["profile"], mine.get(name), name)
                read.add(name)
            else:
                self.assertEqual(done.status, 1, f"{name}: {done}")
                self.assertEqual(len(done.err.splitlines()), 1, f"{name}: {done}")
                if name in mine:
                    self.assertIn(f"nothing that profile {mine[name]} reads", done.err)
                else:
                    self.assertIn("no profile fits", done.err)
        self.assertEqual(set(mine) - read,
                         {"sentry4_switched", "drac_1", "drac_2", "hpe-ilo", "hpe-ilo_5"})


if __name__ == "__main__":
    rmtest.main()
