#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The programs are hardened by default, without a distribution's flags.

The built programs are looked at; fortify only acts in an optimized build, so the smallest library
is compiled as a release compiles it. A program built with all of it off must be found out.
"""
import os
import re
import subprocess
import sys

import rmtest

CHECK = os.path.join(rmtest.SOURCE, "packaging", "test", "hardening.py")


def cache(name):
    with open(os.path.join(rmtest.BUILD, "CMakeCache.txt"), encoding="utf-8") as f:
        found = re.search(rf"^{name}:\w+=(.*)$", f.read(), re.M)
    return found.group(1) if found else ""


def check(*arguments):
    return subprocess.run([sys.executable, CHECK, *arguments], capture_output=True, text=True,
                          check=False, timeout=60)


class Hardening(rmtest.Case):
    def test_programs(self):
        fortify = [] if cache("CMAKE_BUILD_TYPE") != "Debug" else ["--no-fortify"]
        r = check(*fortify, rmtest.RACKMETER, rmtest.RACKMETERD)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertEqual(len(re.findall(": hardened$", r.stdout, re.M)), 2, r.stdout)

    def test_release_is_fortified(self):
        build = os.path.join(self.dir, "release")
        for command in (
                ["cmake", "-S", rmtest.SOURCE, "-B", build, "-G", "Ninja",
                 "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DRACKMETER_TESTS=OFF"],
                ["cmake", "--build", build, "--target", "rm_base", "-j", "2"]):
            r = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
            self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        library = os.path.join(build, "collector", "librm_base.a")
        symbols = subprocess.run(["nm", library], capture_output=True, text=True, check=True).stdout
        self.assertIn("__vsnprintf_chk", symbols)
        self.assertIn("__stack_chk_fail", symbols)
        # Nothing tells where it was built.
        with open(library, "rb") as f:
            self.assertNotIn(rmtest.SOURCE.encode(), f.read())

    def test_a_soft_program_is_found_out(self):
        source, program = os.path.join(self.dir, "soft.c"), os.path.join(self.dir, "soft")
        with open(source, "w", encoding="utf-8") as f:
            f.write("int main(void) { return 0; }\n")
        subprocess.run(["gcc", "-O2", "-no-pie", "-fno-stack-protector", "-fcf-protection=none",
                        "-U_FORTIFY_SOURCE", "-Wl,-z,norelro", "-Wl,-z,lazy", "-Wl,-z,execstack",
                        "-o", program, source], check=True, capture_output=True)
        r = check(program)
        self.assertEqual(r.returncode, 1)
        wanted = ["position independent", "read-only relocations", "lazily", "executable (-z",
                  "stack protector", "not fortified"]
        if os.uname().machine == "x86_64":
            wanted.append("landing pads")
        for what in wanted:
            self.assertIn(what, r.stdout)


if __name__ == "__main__":
    if cache("RACKMETER_SANITIZE"):
        print("SKIPPED: a sanitizer's build is not hardened")
        sys.exit(rmtest.SKIPPED)
    rmtest.main()
