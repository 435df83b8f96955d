# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, spoken to through its DevTools pipe (two descriptors, JSON, NUL): pages are
opened, measured and asked, and whatever they complain of or fetch is kept."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")


def program():
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    def __init__(self, deadline_s=60):
        self.deadline_s = deadline_s
        self.profile = tempfile.mkdtemp(prefix="rackmeter-test-chromium-")
        to_read, self.to = os.pipe()
        self.answers, from_write = os.pipe()
        # Chromium reads descriptor 3 and writes 4; a shell puts ours there.
        self.popen = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" 3<&{to_read} 4>&{from_write}', "sh", program(),
             "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--disable-component-update",
             "--disable-quic", "--disable-sync",
             f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=(to_read, from_write), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None
        target = next(t for t in self.call("Target.getTargets")["targetInfos"]
                      if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def close(self):
        os.close(self.to)
        os.close(self.answers)
        self.popen.terminate()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _message(self, end):
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.answers], [], [], left)[0]:
                raise AssertionError("chromium does not answer")
            data = os.read(self.answers, 1 << 20)
            if not data:
                raise AssertionError(f"chromium ended: {self.popen.poll()}")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + self.deadline_s
        while True:
            answer = self._message(end)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path):
        """Opens a file and waits until it is loaded; what was told before is forgotten."""
        self.events = []
        self.call("Page.navigate", url="file://" + path)
        end = time.monotonic() + self.deadline_s
        while not self.told("Page.loadEventFired"):
            self.events.append(self._message(end))

    def told(self, method):
        return [e["params"] for e in self.events if e.get("method") == method]

    def complaints(self):
        """Errors, whatever is on the console, and each request but for the page itself."""
        self.ask("1")  # what was told before this has come
        fetched = [e["request"]["url"] for e in self.told("Network.requestWillBeSent")]
        return (self.told("Runtime.exceptionThrown") + self.told("Runtime.consoleAPICalled") +
                self.told("Log.entryAdded") + fetched[1:])

    def ask(self, expression):
        """The value of a JavaScript expression in the page; promises are awaited."""
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                        awaitPromise=True)
        if "exceptionDetails" in got:
            raise AssertionError(f"{expression}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def screen(self, width, height, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=mobile)

    def media(self, kind="", scheme="light"):
        self.call("Emulation.setEmulatedMedia", media=kind,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self):
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
