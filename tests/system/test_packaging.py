#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What packages are made with, without making any: the bill of materials knows every library the
programs load and refuses one that nobody listed; versions follow each other."""
import json
import os
import re
import shutil
import subprocess
import sys

import rmtest

PACKAGING = os.path.join(rmtest.SOURCE, "packaging")
PROGRAMS = [rmtest.RACKMETER, rmtest.RACKMETERD]


def run(*command, env=None, cwd=None):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100,
                          env={**os.environ, **(env or {})}, cwd=cwd)


class BillOfMaterials(rmtest.Case):
    def sbom(self, top=rmtest.SOURCE, *arguments):
        return run(sys.executable, "-B", os.path.join(top, "packaging", "sbom.py"), "--version",
                   "1.2.3~git4.abc", *arguments, *PROGRAMS, env={"SOURCE_DATE_EPOCH": "1795600000"})

    def test_what_is_loaded_is_told(self):
        done = self.sbom()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, self.sbom().stdout, "the same build, other bytes")
        bom = json.loads(done.stdout)
        self.assertEqual((bom["bomFormat"], bom["specVersion"]), ("CycloneDX", "1.5"))
        self.assertRegex(bom["serialNumber"], r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual(bom["metadata"]["timestamp"], "2026-11-25T09:46:40Z")
        me = bom["metadata"]["component"]
        self.assertEqual((me["name"], me["version"]), ("rackmeter", "1.2.3~git4.abc"))
        refs = [c["bom-ref"] for c in bom["components"]] + [me["bom-ref"]]
        self.assertEqual(len(refs), len(set(refs)), "a component twice")
        edges = {d["ref"]: d["dependsOn"] for d in bom["dependencies"]}
        self.assertLessEqual({r for told in edges.values() for r in told} | set(edges), set(refs))
        required = {c["name"] for c in bom["components"] if c["scope"] == "required"}
        needed = set()
        for program in PROGRAMS:
            needed |= set(re.findall(r"NEEDED.*\[lib([a-z0-9-]+)", run("readelf", "-dW",
                                                                       program).stdout))
        self.assertIn("sqlite3", needed)
        # A package is called as its library is, but for these.
        other = {"c": "libc6", "m": "libc6", "netsnmp": "libsnmp"}
        for name in needed:
            package = other.get(name, f"lib{name}")
            self.assertTrue([r for r in required if r.startswith(package)], f"{package}: {required}")
        self.assertTrue([r for r in required if r.startswith("libssl")], "loaded by net-snmp")
        self.assertIn("uPlot", required)
        names = self.sbom(rmtest.SOURCE, "--runtime").stdout.split()
        self.assertEqual(set(names), required - {"uPlot"})

    def test_what_nobody_listed_is_refused(self):
        for top, edit, told in (("a", ("libyaml-dev ", ""), "libyaml-0-2"),
                                ("b", ("tzdata python3", "tzdata python3 bison"), "bison")):
            top = self.path(top)
            os.makedirs(os.path.join(top, "packaging"))
            shutil.copy(os.path.join(rmtest.SOURCE, "README.md"), top)
            shutil.copy(os.path.join(PACKAGING, "sbom.py"), os.path.join(top, "packaging"))
            shutil.copytree(os.path.join(rmtest.SOURCE, "dashboards", "report"),
                            os.path.join(top, "dashboards", "report"))
            with open(os.path.join(PACKAGING, "packages.sh"), encoding="utf-8") as f:
                before = f.read()
            text = re.sub(r"\s*\n ", " ", before).replace(*edit, 1)
            self.assertNotEqual(text, re.sub(r"\s*\n ", " ", before))
            with open(os.path.join(top, "packaging", "packages.sh"), "w", encoding="utf-8") as f:
                f.write(text)
            done = self.sbom(top)
            self.assertEqual(done.returncode, 1, done.stdout[:200])
            self.assertIn(told, done.stderr)
        with open(os.path.join(top, "packaging", "packages.sh"), "w", encoding="utf-8") as f:
            f.write(before)
        with open(os.path.join(top, "dashboards", "report", "uPlot.min.js"), "a",
                  encoding="utf-8") as f:
            f.write("// edited\n")
        done = self.sbom(top)
        self.assertEqual(done.returncode, 1)
        self.assertIn("uPlot.min.js is not what its README.md tells", done.stderr)


class Version(rmtest.Case):
    def git(self, *arguments):
        done = run("git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments,
                   cwd=self.path("tree"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def version(self, *arguments):
        return run("sh", self.path("tree", "packaging", "version.sh"), *arguments).stdout.strip()

    def test_versions_follow_each_other(self):
        os.makedirs(self.path("tree", "packaging"))
        shutil.copy(os.path.join(PACKAGING, "version.sh"), self.path("tree", "packaging"))
        self.write("tree/CMakeLists.txt", "project(rackmeter VERSION 0.3.1 LANGUAGES C\n")
        self.write("tree/NEWS.md", "# News\n")
        os.utime(self.path("tree", "NEWS.md"), (1795600000, 1795600000))
        env = {"GIT_CEILING_DIRECTORIES": self.dir}
        os.environ.update(env)
        self.assertEqual(self.version(), "0.3.1", "an archive of a release")
        self.assertEqual(self.version("--epoch"), "1795600000")
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "one")
        first = self.version()
        self.assertRegex(first, r"^0\.3\.1~git1\.[0-9a-f]{7,}$")
        self.git("commit", "-q", "--allow-empty", "-m", "two")
        second = self.version()
        self.assertRegex(second, r"^0\.3\.1~git2\.[0-9a-f]{7,}$")
        self.assertEqual(self.version("--epoch"), self.git("log", "-1", "--format=%ct"))
        self.git("tag", "v0.3.1")
        self.assertEqual(self.version(), "0.3.1")
        for older, newer in ((first, second), (second, "0.3.1"), ("0.3.0", first)):
            self.assertEqual(run("dpkg", "--compare-versions", older, "lt", newer).returncode, 0,
                             f"{older} is not before {newer}")


if __name__ == "__main__":
    if not shutil.which("dpkg-query") or not shutil.which("git"):
        print("SKIPPED: this looks at Debian's packages; dpkg or git is not here")
        sys.exit(rmtest.SKIPPED)
    with open(os.path.join(rmtest.BUILD, "CMakeCache.txt"), encoding="utf-8") as cache:
        if re.search(r"^RACKMETER_SANITIZE:\w+=.+$", cache.read(), re.M):
            print("SKIPPED: a sanitizer's libraries are in no package of ours")
            sys.exit(rmtest.SKIPPED)
    rmtest.main()
