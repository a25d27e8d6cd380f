#!/usr/bin/python3
"""hosted_witness.py - dkimpy, which shares no code with us, verifies what
postseald signs and signs what it verifies; and many do so at once."""

import threading

from hosted import check, finish
from milter_daemon import (BOTH, GOOD, GOOD_IP, HOME, INSIDE, Daemon,
                           DkimpyKeys, finish_daemon, verdict)

CONNECTIONS, MESSAGES = 64, 2000
SESSIONS = 8  # of one connection, QUIT_NC between them
BODIES = {
    "empty": b"",
    "one line end": b"\r\n",
    "line ends only": 5 * b"\r\n",
    "no final line end": b"hello\r\nworld",
    "blank lines at the end": b"hello\r\n\r\n\r\n",
    "blanks at the end, and lines of blanks": b"a \t\r\n \r\n\t\r\nb  \r\n \r\n",
    "blanks inside": b" a  b\t\tc \td\r\n",
    "8-bit": "Grüße\r\n世界\r\n".encode() + bytes(range(128, 256)) + b"\r\n",
    "NUL": b"a\0b\r\n\0\r\n",
    "bare CR": b"a\rb\r\rc\r\n\r\n\rd\r\r\n",
    "bare CR at the very end": b"hello\r",
    "blanks before a bare CR": b"a \rb \r \r\nc\t\r",
    "bare LF": b"a\nb\n\nc\r\n\nd\n",
    "LF and CR swapped": b"a\n\rb\n\r\r\n",
    "dots": b".\r\n..\r\n.a\r\n",
    "controls": bytes(c for c in range(32) if c not in (10, 13)) + b"\r\n",
    "a line of 100 KB": 102400 * b"x" + b"\r\n",
    "1 MB": 16384 * (63 * b"y" + b" ") + b"\r\n",
    "1 MB of line ends, then a word": 524288 * b"\r\n" + b"end",
}
SHORT = 200  # octets of a body that is also given piece by piece
HEAD = (b"From: %s\r\nTo: b@far.example\r\nSubject:  a  folded\r\n\t subject "
        b"\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n")


def chunks(body):
    return (65535, 1, 2, 3) if len(body) < SHORT else (65535, 4097)


def signed_here(daemon, name, body):
    """Ours, however the body is cut; dkimpy verifies what left."""
    said = []
    for chunk in chunks(body):
        result = daemon.submit(HEAD % f"a@{HOME}".encode() + body, chunk=chunk)
        said.append(daemon.witness(result.message, body))
    check(f"ours, {name}", all(one == BOTH for one in said), said)


def signed_there(daemon, keys, name, body):
    """dkimpy's, in all canonicalizations."""
    octets = HEAD % f"x@{GOOD}".encode() + body
    for kind in ("rsa", "ed"):
        for canon in ("simple/simple", "simple/relaxed", "relaxed/simple",
                      "relaxed/relaxed"):
            signed = keys.sign(octets, kind, canon, body=body)
            said = [verdict(daemon.receive(signed, chunk=chunk))
                    for chunk in chunks(body)]
            check(f"dkimpy's {kind} {canon}, {name}",
                  all("dkim=pass" in one for one in said), said)


def altered(daemon, keys):
    """Both must see it."""
    signed = keys.sign(HEAD % f"x@{GOOD}".encode() + b"a\nb\rc\0d\r\n",
                       body=b"a\nb\rc\0d\r\n")
    head = signed.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    for name, body in (
            ("a bare LF became CRLF", b"a\r\nb\rc\0d\r\n"),
            ("a bare CR became CRLF", b"a\nb\r\nc\0d\r\n"),
            ("a bare CR is gone", b"a\nbc\0d\r\n"),
            ("a NUL is gone", b"a\nb\rcd\r\n"),
            ("what is behind NUL is gone", b"a\nb\rc"),
            ("a line was added", b"a\nb\rc\0d\r\n.\r\n")):
        said = verdict(daemon.receive(head + body))
        check(f"dkimpy's, but {name}: dkim=fail",
              'dkim=fail reason="the body was altered"' in said, said)
    for name, field in (("Subject", b"Subject: another\r\n"),
                        ("From", f"From: <x@{GOOD}>\r\n".encode())):
        said = verdict(daemon.receive(field + signed))
        check(f"dkimpy's, with a {name} on top: what it signed is the lowest",
              "dkim=pass" in said, said)
    said = verdict(daemon.receive(signed.replace(b"folded", b"Folded")))
    check("dkimpy's, with an altered Subject: dkim=fail",
          'dkim=fail reason="the signature does not fit the header"' in said,
          said)
    result = daemon.submit(HEAD % f"a@{HOME}".encode() + b"hello\r\n")
    for field in (b"Subject", b"From", b"Date", b"To", b"Reply-To"):
        said = daemon.witness(field + b": added\r\n" + result.message)
        check(f"ours, with a {field.decode()} added: dkimpy sees it",
              set(said.values()) == {"fail"} and len(said) == 2, said)


class Crowd:
    """CONNECTIONS at once, MESSAGES in all; half of them signed here."""

    def __init__(self, daemon, keys):
        self.daemon, self.lock = daemon, threading.Lock()
        self.left, self.faults, self.samples = MESSAGES, [], []
        body = 40 * b"Some words on a line, as in any mail.\r\n"
        self.ours = HEAD % f"a@{HOME}".encode() + body
        self.theirs = [
            keys.sign(HEAD % f"x@{GOOD}".encode() + body, kind)
            for kind in ("rsa", "ed")]

    def take(self):
        with self.lock:
            self.left -= 1
            return self.left

    def one(self, milter, number):
        ours = number % 2 == 0
        octets = self.ours if ours else self.theirs[number % 4 // 2]
        result = milter.deliver(
            octets, sender=f"a@{HOME}" if ours else f"x@{GOOD}",
            client=INSIDE if ours else GOOD_IP,
            queue_id=f"4C{number}Z")
        if ours:
            good = (result.disposition == "accept" and
                    len(result.fields("DKIM-Signature")) == 2)
            if number % 100 == 0:
                self.samples.append(result.message)
        else:
            said = verdict(result)
            good = "dkim=pass" in said and "dmarc=pass" in said
        if not good:
            self.faults.append(f"{number}: {verdict(result)}")

    def serve(self):
        try:
            number = self.take()
            while number >= 0:
                with self.daemon.connect(timeout=120) as milter:
                    for _ in range(SESSIONS):
                        if number >= 0:
                            self.one(milter, number)
                            milter.quit_but_keep()
                            number = self.take()
        except Exception as error:
            self.faults.append(repr(error))

    def run(self):
        threads = [threading.Thread(target=self.serve)
                   for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(f"{MESSAGES} messages over {CONNECTIONS} connections",
              not self.faults, self.faults[:5])
        said = [self.daemon.witness(octets) for octets in self.samples]
        check(f"dkimpy verifies {len(said)} of them",
              len(said) == MESSAGES // 100 and
              all(one == BOTH for one in said), said)
        lines = self.daemon.log().count(" 4C")
        check("each has its line in the log", lines == MESSAGES, lines)


def main():
    daemon = Daemon()
    keys = DkimpyKeys(daemon.place)
    daemon.place.publish(*keys.records())
    daemon.start()
    for name, body in BODIES.items():
        signed_here(daemon, name, body)
        signed_there(daemon, keys, name, body)
    altered(daemon, keys)
    Crowd(daemon, keys).run()
    finish_daemon(daemon, check)
    finish()


main()
