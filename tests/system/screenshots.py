#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The pictures of HTML reports that README shows, taken in Chromium of the site that the dashboards
are tested on (tests/dashboards/: 20 racks, 100 days, with what is broken in it).

    screenshots.py BUILD [FOLDER]      writes FOLDER/*.png (dashboards/report/screenshots)

Needs chromium, and pngquant for small files (Debian packages of these names). The same sources make
the same reports; letters and lines may differ with the fonts that are installed."""
import base64
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests/dashboards")]
# pylint: disable=wrong-import-position
import browser
import fixture

NOW = "2026-11-20T01:23:30Z"  # tests/dashboards/site.py: NOW
LARGEST = 120 * 1024
# name: what the report is asked, width, dark, phone, from the top of the page to the end of
PICTURES = {
    "site": (["site", "--last", "30h"], 1000, "light", False, ".charts"),
    "rack": (["racks", "--rack", "R0007", "--last", "30h"], 1000, "dark", False, ".charts"),
    "phone": (["tenants", "--period", "2026-10"], 390, "light", True, "#tenants"),
}


def report(build, database, asked, page):
    subprocess.run([build / "collector/rackmeter", "report", *asked, "--db", database, "--now", NOW,
                    "--format", "html", "--output", page], check=True,
                   env=dict(os.environ, RACKMETER_PROFILES=str(ROOT / "schema/profiles")))


def picture(chromium, page, width, scheme, phone, end):
    chromium.screen(width, 844, mobile=phone)
    chromium.media("", scheme)
    chromium.open(str(page))
    if chromium.complaints():
        sys.exit(f"{page}: {chromium.complaints()}")
    height = chromium.ask(
        f"document.querySelector('{end}').getBoundingClientRect().bottom + scrollY + 12")
    return base64.b64decode(chromium.call(
        "Page.captureScreenshot", format="png", captureBeyondViewport=True,
        clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})["data"])


def smaller(png):
    """The same picture with a palette: a quarter of the bytes."""
    return subprocess.run(["pngquant", "--speed", "1", "--strip", "64", "-"], input=png, check=True,
                          stdout=subprocess.PIPE).stdout


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else
                          ROOT / "dashboards/report/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        database = pathlib.Path(scratch) / "north.db"
        shutil.copy(fixture.make(build, "small"), database)
        chromium = browser.Browser()
        try:
            for name, (asked, width, scheme, phone, end) in PICTURES.items():
                page = pathlib.Path(scratch) / f"{name}.html"
                report(build, database, asked, page)
                png = smaller(picture(chromium, page, width, scheme, phone, end))
                if len(png) > LARGEST:
                    sys.exit(f"{name}.png would have {len(png)} bytes, {LARGEST} are meant")
                (folder / f"{name}.png").write_bytes(png)
                print(f"{folder / name}.png: {len(png)} bytes")
        finally:
            chromium.close()


if __name__ == "__main__":
    for needed in ("chromium", "pngquant"):
        if not shutil.which(needed):
            sys.exit(f"no {needed}: apt-get install {needed}")
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: screenshots.py BUILD [FOLDER]")
    main()
