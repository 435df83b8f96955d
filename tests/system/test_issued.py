#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures that were issued while the collector runs, and what a later run says of them."""
import datetime
import hashlib
import time

import rmtest

DAY = 86400
HEADER = "time,device,part,quantity,value,unit\n"


def stamp(ts):
    return datetime.datetime.fromtimestamp(ts, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Issued(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.hall("--racks", "2", "--rows", "1", "--every", "10s", "--no-bmcs")
        self.simulator()
        self.daemon().ready()
        self.device, self.part = rmtest.until("a series of power", lambda: self.rows(
            """SELECT e.name, s.part FROM point p JOIN series s ON s.id = p.series
               JOIN entity e ON e.id = s.entity JOIN quantity q ON q.id = s.quantity
               JOIN v_device d ON d.name = e.name
               WHERE e.kind = 'device' AND q.name = 'power_w' AND d.rack IS NOT NULL AND s.main
               ORDER BY e.name LIMIT 1"""))[0]
        self.start = int(time.time()) // 3600 * 3600 - 3 * DAY
        self.when = ("--from", stamp(self.start), "--to", stamp(self.start + 7200))

    def bring(self, name, first, last, watts):
        """Imports a value each ten seconds."""
        path = self.write(name, HEADER + "".join(
            f"{stamp(ts)},{self.device},{self.part},power_w,{watts},W\n"
            for ts in range(first, last, 10)))
        done = self.rackmeter("import", path, "--db", self.db)
        self.assertEqual(done.status, 0, done)

    def report(self, name, *options):
        return self.rackmeter("report", name, "--db", self.db, *options)

    def revised(self, *options):
        data = self.report("energy", *self.when, "--format", "json", *options).json()
        return [e["text"] for e in data["exceptions"] if e["kind"] == "revised"], data

    def test_story(self):
        self.bring("first.csv", self.start, self.start + 3600, 1000)
        plain = self.report("energy", *self.when, "--format", "json", "--now",
                            stamp(self.start + 7200))
        issued = self.report("energy", *self.when, "--issue", "--note", "for the landlord",
                             "--format", "json", "--now", stamp(self.start + 7200))
        self.assertEqual((issued.status, issued.out, issued.err), (0, plain.out, ""), issued)
        (figures, hashed, user, ts), = self.rows("SELECT figures, hash, user, ts FROM issued")
        self.assertLess(abs(ts - time.time()), rmtest.DEADLINE_S, "by the clock, not by --now")
        self.assertEqual(figures, plain.out)
        self.assertEqual(hashed, hashlib.sha256(plain.out.encode()).hexdigest())
        self.assertTrue(user)

        # nothing has changed: it says so, and is not kept twice
        texts, data = self.revised()
        self.assertEqual(texts, [])
        self.assertIn("stand as they were issued", data["notes"][-1])
        again = self.report("energy", *self.when, "--issue")
        self.assertEqual(again.status, 0, again)
        self.assertIn("issued already", again.err)
        self.assertEqual(self.value("SELECT count(*) FROM issued"), 1)

        # late data changes it, and is the cause
        self.bring("second.csv", self.start + 3600, self.start + 7200, 2000)
        texts, _ = self.revised()
        self.assertEqual(len(texts), 1, self.report("energy", *self.when).out)
        self.assertIn("(issued ", texts[0])
        self.assertIn("360 values of the period came later; imported since", texts[0])
        self.assertIn("second.csv", texts[0])
        self.assertEqual(self.report("energy", *self.when, "--issue").status, 0)
        self.assertEqual(self.revised()[0], [])

        listed = self.report("issued", "--format", "json").json()
        self.assertEqual([(r["report"], r["stands"], r["note"]) for r in listed["issued_table"]],
                         [("energy", False, "for the landlord"), ("energy", True, "")])
        self.assertEqual(listed["issued_table"][0]["hash"], hashed)

        # a period that goes on is none to issue; a reader's file is none to write
        for options, word in ((("--period", "today", "--issue"), "not over"),
                              (("--note", "x"), "--issue")):
            done = self.report("energy", *options)
            self.assertEqual(done.status, 2, done)
            self.assertIn(word, done.err)


if __name__ == "__main__":
    rmtest.main()
