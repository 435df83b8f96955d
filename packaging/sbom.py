#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the bill of materials of built programs as CycloneDX 1.5 JSON.

    sbom.py [--version VERSION] [--runtime] PROGRAM...

What is in it: every shared library the programs load, directly or through another, with the package
and version of this build; uPlot, which is embedded in HTML reports, with its checked sum; what
was needed to build, as excluded from running. The list of dependencies is packages.sh and the table
of README.md: a linked library that neither brings is an error, as is a row that one of them lacks.
The same build gives the same bytes; the time is SOURCE_DATE_EPOCH. --runtime prints the packages of
the libraries instead, a name each.
"""
import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import uuid

ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read(*names):
    with open(os.path.join(TOP, *names), encoding="utf-8") as f:
        return f.read()


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          env=ENVIRONMENT).stdout


def fail(text):
    sys.exit(f"sbom.py: {text}")


class Dpkg:
    """Whose files are and what packages are called, on Debian. One question for all: each reads
    the lists of every package."""
    kind = "deb"

    def owners(self, paths):
        """path -> package. A file may be known by another name: by its link, or below /lib."""
        names = {path: [os.path.realpath(path), path] for path in paths}
        for known in names.values():
            known += [re.sub(r"^/usr(?=/lib)", "", name) for name in known]
        told = subprocess.run(["dpkg-query", "-S", *sorted({n for k in names.values() for n in k})],
                              check=False, capture_output=True, text=True, env=ENVIRONMENT).stdout
        of = {name: packages.split(",")[0] for packages, name in
              re.findall(r"^(\S[^:]*(?::\w+)?(?:, \S+)*): (/.*)$", told, re.M)}
        found = {path: next((of[n] for n in known if n in of), None)
                 for path, known in names.items()}
        for path, package in found.items():
            if not package:
                fail(f"no package owns {path}: install the library from a package")
        return found

    def facts(self, packages):
        """package -> what is known of it; those that are not installed are left out."""
        form = ("${binary:Package}\t${Package}\t${db:Status-Status}\t${Version}\t${Architecture}\t"
                "${Homepage}\t${Depends}\n")
        told = subprocess.run(["dpkg-query", "-W", "-f", form, *sorted(packages)], check=False,
                              capture_output=True, text=True, env=ENVIRONMENT).stdout
        found = {}
        for line in told.splitlines():
            binary, name, status, version, arch, home, depends = line.split("\t")
            facts = {"name": name, "version": version, "arch": arch, "home": home,
                     "depends": set(re.findall(r"(?:^|[,|])\s*([a-z0-9.+-]+)", depends))}
            if status == "installed":
                found.update({key: facts for key in (binary, name, f"{name}:{arch}")
                              if key in packages})
        return found


class Rpm:
    """The same where packages are RPMs; names of the list are Debian's, so few of them are found."""
    kind = "rpm"

    def owners(self, paths):
        return {path: run("rpm", "-qf", "--qf", "%{NAME}\n", os.path.realpath(path)).splitlines()[0]
                for path in paths}

    def facts(self, packages):
        found = {}
        for package in packages:
            told = subprocess.run(["rpm", "-q", "--qf", "%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t"
                                   "%{URL}\n", package], check=False, capture_output=True, text=True,
                                  env=ENVIRONMENT)
            if told.returncode == 0:
                name, version, arch, home = told.stdout.splitlines()[0].split("\t")
                found[package] = {"name": name, "version": version, "arch": arch, "home": home,
                                  "depends": set()}
        return found


def listed():
    """packages.sh's names for the build, and README.md's rows: name -> what it is for."""
    text = read("packaging", "packages.sh")
    build = re.search(r'^BUILD_PACKAGES="([^"]*)"', text, re.M).group(1).split()
    table = {}
    for names, purpose in re.findall(r"^\| ([a-z0-9][^|]*) \| ([^|]+) \|$",
                                     read("README.md").split("## What it needs")[1], re.M):
        for name in names.split(", "):
            table[name] = purpose
    for name in build:
        if name not in table and name != "libc6-dev":
            fail(f"packages.sh builds with {name}, which the table of README.md does not explain")
    return build, table


def needed(path):
    return re.findall(r"\(NEEDED\).*\[([^]]+)\]", run("readelf", "-dW", path))


def loaded(programs):
    """Library name -> path, as the loader finds them for these programs."""
    paths = {}
    for program in programs:
        for name, path in re.findall(r"^\s+(\S+) => (/\S+)", run("ldd", program), re.M):
            paths[name] = path
    return paths


def purl(manager, distro, facts):
    vendor = distro.get("ID", "debian")
    version = facts["version"].replace("+", "%2B").replace(":", "%3A")
    where = f"{vendor}-{distro.get('VERSION_ID', '')}".rstrip("-")
    return f"pkg:{manager.kind}/{vendor}/{facts['name']}@{version}?arch={facts['arch']}&distro={where}"


def component(manager, distro, facts, kind, purpose, scope):
    c = {"type": kind, "bom-ref": purl(manager, distro, facts), "name": facts["name"],
         "version": facts["version"], "scope": scope}
    if purpose:
        c["description"] = purpose
    c["purl"] = c["bom-ref"]
    if facts["home"] and facts["home"] != "(none)":
        c["externalReferences"] = [{"type": "website", "url": facts["home"]}]
    return c


def uplot():
    """The only code of others in this repository; its README names version and sums."""
    text = read("dashboards", "report", "README.md")
    version = re.search(r"\) (\d+\.\d+\.\d+)\s", text).group(1)
    hashes = []
    for name, told in re.findall(r"^\| `(uPlot[^`]+)` \| ([0-9a-f]{64}) \|$", text, re.M):
        with open(os.path.join(TOP, "dashboards", "report", name), "rb") as f:
            is_now = hashlib.sha256(f.read()).hexdigest()
        if is_now != told:
            fail(f"dashboards/report/{name} is not what its README.md tells ({is_now})")
        hashes.append((name, told))
    if not hashes:
        fail("dashboards/report/README.md names no sums of uPlot's files")
    return {"type": "library", "bom-ref": f"pkg:npm/uplot@{version}", "name": "uPlot",
            "version": version, "scope": "required",
            "description": "charts of HTML reports, embedded in the rackmeter program",
            "licenses": [{"license": {"id": "MIT"}}], "purl": f"pkg:npm/uplot@{version}",
            "components": [{"type": "file", "name": name,
                            "hashes": [{"alg": "SHA-256", "content": told}]}
                           for name, told in hashes]}


def os_release():
    with open("/etc/os-release", encoding="utf-8") as f:
        return dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', f.read(), re.M))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version", help="of the package; else what version.sh prints")
    parser.add_argument("--runtime", action="store_true", help="names of runtime packages only")
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    args = parser.parse_args()
    version = args.version or run("sh", os.path.join(TOP, "packaging", "version.sh")).strip()
    try:
        run("dpkg-query", "-W", "dpkg")
        manager = Dpkg()
    except (OSError, subprocess.CalledProcessError):
        manager = Rpm()
    distro = os_release()
    build, table = listed()

    paths = loaded(args.programs)
    owners = manager.owners(set(paths.values()))
    package_of = {name: owners[path] for name, path in paths.items()}
    known = manager.facts(set(owners.values()) | set(build))
    facts = {p: known[p] for p in set(owners.values())}
    brought = {}  # runtime package -> the package of the list that brings it
    for name in build:
        for runtime in known[name]["depends"] if name in known else ():
            brought.setdefault(runtime, name)

    def packages_of(path):
        return sorted({package_of[n] for n in needed(path) if n in package_of})

    direct = sorted({p for program in args.programs for p in packages_of(program)})
    components = []
    for package in sorted(facts):
        f = facts[package]
        purpose = "the C library" if f["name"] == "libc6" else table.get(brought.get(f["name"]), "")
        if package in direct and manager.kind == "deb" and not brought.get(f["name"]):
            fail(f"the programs load {f['name']}, which no package of packages.sh brings")
        components.append(component(manager, distro, f, "library",
                                    purpose or "loaded by another library", "required"))
    if args.runtime:
        print("\n".join(sorted(f["name"] for f in facts.values())))
        return
    embedded = uplot()
    components.append(embedded)
    for name in sorted(build):
        f = known.get(name)
        if f:
            components.append(component(manager, distro, f, "application", "to build: " +
                                        table.get(name, "headers of the C library"), "excluded"))

    ref = {p: purl(manager, distro, f) for p, f in facts.items()}
    edges = {ref[p]: set() for p in facts}
    for name, path in paths.items():
        if name in package_of:
            edges[ref[package_of[name]]].update(ref[p] for p in packages_of(path)
                                                if p != package_of[name])
    me = {"type": "application", "bom-ref": f"rackmeter@{version}", "name": "rackmeter",
          "version": version, "licenses": [{"license": {"id": "Apache-2.0"}}],
          "description": "rack power and thermal telemetry for data centres"}
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or
                run("sh", os.path.join(TOP, "packaging", "version.sh"), "--epoch"))
    bom = {"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX",
           "specVersion": "1.5", "version": 1,
           "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
                        "component": me},
           "components": components,
           "dependencies": [{"ref": me["bom-ref"], "dependsOn": sorted(
               [ref[p] for p in direct] + [embedded["bom-ref"]])}] + [
                   {"ref": r, "dependsOn": sorted(edges[r])} for r in sorted(edges)]}
    text = json.dumps(bom, sort_keys=True)
    bom["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, text)}"
    json.dump(bom, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
