#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""confined.py [--filter] UNIT USER PROGRAM [ARGUMENT...]: becomes a program of a systemd unit without
systemd: its user, umask, resource limits, no new privileges, no capabilities and, with --filter
(libseccomp and systemd-analyze), its system calls. A call that the unit's filter refuses kills here,
so that none goes unseen."""
import ctypes
import os
import pwd
import re
import resource
import subprocess
import sys

PR_SET_NO_NEW_PRIVS = 38
KILL_PROCESS, ALLOW = 0x80000000, 0x7fff0000  # SCMP_ACT_*


def settings(path):
    """{key: [values]} of a unit, as systemd reads it: an empty value takes back those before."""
    found = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if m := re.match(r"(\w+)=(.*)", line):
                found[m[1]] = found.get(m[1], []) + [m[2]] if m[2] else []
    return found


def syscalls(values):
    """The names that the SystemCallFilter= lines of a unit leave."""
    listed, group = {}, None
    done = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True,
                          check=True, env={**os.environ, "SYSTEMD_COLORS": "0"})
    for line in done.stdout.splitlines():
        if line.startswith("@"):
            group = listed.setdefault(line.strip(), [])
        elif re.fullmatch(r"    [@\w-]+", line):
            group.append(line.strip())

    def names(word):
        return {n for w in listed[word] for n in names(w)} if word.startswith("@") else {word}
    allowed = set()
    for value in values:
        these = {n for word in value.lstrip("~").split() for n in names(word)}
        allowed = allowed - these if value.startswith("~") else allowed | these
    return allowed | names("@default")


def load_filter(allowed):
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
    lib.seccomp_load.argtypes = [ctypes.c_void_p]
    context = lib.seccomp_init(KILL_PROCESS)
    for name in sorted(allowed):
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0 and lib.seccomp_rule_add(context, ALLOW, number, 0) < 0:
            sys.exit(f"confined.py: libseccomp does not take {name}")
    if lib.seccomp_load(context) < 0:
        sys.exit("confined.py: the kernel does not take the filter")


def main():
    arguments = sys.argv[1:]
    filtered = arguments[:1] == ["--filter"]
    unit_path, user, *program = arguments[filtered:]
    unit, who = settings(unit_path), pwd.getpwnam(user)
    allowed = syscalls(unit["SystemCallFilter"]) if filtered else None
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(int(unit["LimitNOFILE"][0]), hard),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (int(unit["LimitCORE"][0]),) * 2)
    os.umask(int(unit["UMask"][0], 8))
    os.setgroups([])
    os.setgid(who.pw_gid)
    os.setuid(who.pw_uid)  # and with root, all capabilities go
    if ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0:
        sys.exit("confined.py: no_new_privs is refused")
    if allowed:
        load_filter(allowed)
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
