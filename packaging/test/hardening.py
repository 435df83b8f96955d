#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a program was hardened with, read from the finished file by binutils.

    hardening.py [--no-fortify] PROGRAM...

Position independent, all relocations read-only after the start, no executable stack, stack
protector, fortified libc calls, and on x86 landing pads of control-flow enforcement (CET). The note
that switches CET on is asked for where the C library's own start files carry it; else the linker
must drop it (Debian 12), and that is said. Debug builds are not optimized, so not fortified.
"""
import re
import subprocess
import sys
import tempfile


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}).stdout


def toolchain_marks_cet():
    """Whether an empty program of this compiler carries the note; None without a compiler."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = f"{folder}/empty.c", f"{folder}/empty"
        with open(source, "w", encoding="utf-8") as f:
            f.write("int main(void) { return 0; }\n")
        try:
            run("gcc", "-fcf-protection", "-o", program, source)
        except (OSError, subprocess.CalledProcessError):
            return None
        return "IBT" in run("readelf", "-nW", program)


def findings(program, fortify):
    """What is missing in one program, a sentence each, and what is worth a remark."""
    missing, remarks = [], []
    header = run("readelf", "-hW", program)
    segments = run("readelf", "-lW", program)
    dynamic = run("readelf", "-dW", program)
    imports = run("nm", "-D", "--undefined-only", program)
    if not re.search(r"Type:\s+DYN", header) or "PIE" not in dynamic:
        missing.append("not a position independent executable (-pie)")
    if "GNU_RELRO" not in segments:
        missing.append("no read-only relocations (-z relro)")
    if "BIND_NOW" not in dynamic and not re.search(r"FLAGS_1\).*\bNOW\b", dynamic):
        missing.append("relocations are bound lazily (-z now)")
    stack = re.search(r"GNU_STACK.*?(R\w*)\s", segments)
    if not stack or "E" in stack.group(1):
        missing.append("the stack is executable (-z noexecstack)")
    if "__stack_chk_fail" not in imports:
        missing.append("no stack protector (-fstack-protector-strong)")
    fortified = set(re.findall(r"\b(__\w+_chk)\b", imports)) - {"__stack_chk_fail"}
    if fortify and not {"__snprintf_chk", "__memcpy_chk"} & fortified:
        missing.append("libc calls are not fortified (-D_FORTIFY_SOURCE with an optimizer)")
    if "X86-64" in header:
        # Each function that is called through a pointer begins with one; libc's start files
        # bring at most a handful.
        pads = len(re.findall(r"\bendbr64\b", run("objdump", "-d", "--section=.text", program)))
        if pads < 100:
            missing.append(f"{pads} landing pads of CET (-fcf-protection)")
        marked = "IBT" in run("readelf", "-nW", program)
        expected = toolchain_marks_cet()
        if expected and not marked:
            missing.append("the note of CET is missing, though this C library's files carry it")
        if not marked:
            remarks.append(f"CET: {pads} landing pads; no note, as libc's start files have none")
    return missing, remarks


def main():
    programs = [a for a in sys.argv[1:] if a != "--no-fortify"]
    if not programs:
        sys.exit("usage: hardening.py [--no-fortify] PROGRAM...")
    bad = 0
    for program in programs:
        missing, remarks = findings(program, "--no-fortify" not in sys.argv)
        for what in missing:
            print(f"{program}: {what}")
        for what in remarks:
            print(f"note: {program}: {what}")
        if not missing:
            print(f"{program}: hardened")
        bad += len(missing)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
