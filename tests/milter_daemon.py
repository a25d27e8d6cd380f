"""milter_daemon.py - the real postseald with a name server, without Postfix:
tests speak the milter protocol to it (milter_client.py).

usage of each test: tests/hosted_X.py [BUILD]   (as root; default
$POSTSEAL_BUILD, which tests/run.sh sets, or build/dev)
"""

import atexit
import base64
import json
import os
import re
import signal
import sys

TESTS = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(TESTS), "examples"))

import dkim
import nacl.signing

from hosted import BUILD
from instance import HOME, Instance
from milter_client import Milter
from processes import Fault, must, wait_for

AUTHSERV_ID = f"mx.{HOME}"
INSIDE = "127.0.0.1"  # in internal_networks: signed
GOOD = "good.example"  # a domain elsewhere: SPF, a policy, keys of dkimpy
GOOD_IP = "192.0.2.1"
LIAR_IP = "203.0.113.7"
RELAY_IP = "198.51.100.7"  # for a test to name in trusted_relays
VICTIM = "victim.example"  # p=reject, and the liar is not in its SPF
ZONE = [
    f'{GOOD}. TXT "v=spf1 ip4:{GOOD_IP} -all"',
    f'_dmarc.{GOOD}. TXT "v=DMARC1; p=reject"',
    f'{VICTIM}. TXT "v=spf1 ip4:198.51.100.1 -all"',
    f'_dmarc.{VICTIM}. TXT "v=DMARC1; p=reject"',
    f'_dmarc.{HOME}. TXT "v=DMARC1; p=reject"',
]
# What a sanitizer or the C library says of a defect of ours.
DEFECT = re.compile(r".*(Sanitizer|runtime error|malloc\(|free\(|corrupt).*")

os.environ.setdefault("ASAN_OPTIONS", "detect_stack_use_after_return=1")
os.environ.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
os.environ.setdefault("LSAN_OPTIONS", f"suppressions={TESTS}/lsan.supp:"
                      "print_suppressions=0")
os.environ.setdefault("TSAN_OPTIONS", f"suppressions={TESTS}/tsan.supp:"
                      "halt_on_error=1")


def txt_record(name, text):
    """A zone's line; text of any length."""
    parts = [text[i:i + 200] for i in range(0, len(text), 200)]
    return f"{name}. TXT " + " ".join(f'"{part}"' for part in parts)


class BadLine(Exception):
    """It is not what postseald(8) says of it."""


def pairs_of(text):
    """{name: value} of "name=value name=\"a value\""; \\xNN read back."""
    pair = re.compile(r'([a-z_]+)=(?:"((?:[^"\\]|\\["\\]|\\x[0-9a-f]{2})*)"|'
                      r'([!-~]+?))(?: |$)')
    found, at = {}, 0
    while at < len(text):
        match = pair.match(text, at)
        if match is None:
            raise BadLine(f"no pair at {text[at:]!r}")
        name, quoted, bare = match.groups()
        if name in found:
            raise BadLine(f"{name} twice: {text!r}")
        if quoted is None and re.search(r'["=\\]', bare):
            raise BadLine(f"{bare!r} without quotes")
        found[name] = bare if quoted is None else re.sub(
            r'\\(?:x(..)|(.))', lambda m: m[2] or chr(int(m[1], 16)), quoted)
        at = match.end()
    return found


def fields_of(line):
    """The fields of a message's line in the log, of either form."""
    if not line or not all(" " <= c <= "~" for c in line) or len(line) > 2020:
        raise BadLine(repr(line))
    line = line.partition("postseald: ")[2]
    if line.startswith("{"):
        def once(members):
            if len({name for name, _ in members}) < len(members):
                raise BadLine(f"a member twice: {line}")
            return dict(members)
        return json.loads(line, object_pairs_hook=once)
    queue_id, _, pairs = line.partition(": ")
    return {"queue_id": queue_id, **pairs_of(pairs)}


class DkimpyKeys:
    """A domain elsewhere that dkimpy signs for."""

    def __init__(self, place, domain=GOOD):
        path = place.path("run", f"{domain}.pem")
        must("openssl", "genrsa", "-traditional", "-out", path, "2048")
        public = must("openssl", "rsa", "-in", path, "-pubout").out
        with open(path, "rb") as file:
            self.rsa = file.read()
        self.ed = nacl.signing.SigningKey.generate()
        self.domain = domain
        self.public = {
            "rsa": "v=DKIM1; k=rsa; p=" + "".join(public.splitlines()[1:-1]),
            "ed": "v=DKIM1; k=ed25519; p=" + base64.b64encode(
                bytes(self.ed.verify_key)).decode(),
        }

    def records(self):
        return [txt_record(f"{selector}._domainkey.{self.domain}", text)
                for selector, text in self.public.items()]

    def sign(self, octets, kind="rsa", canon="relaxed/relaxed", selector=None,
             names=(b"from", b"subject"), body=None, length=False):
        """octets with a signature on top.  body: where dkimpy would take it
        for another (it takes a bare LF for a line end)."""
        key, algorithm = (self.rsa, b"rsa-sha256") if kind == "rsa" else (
            base64.b64encode(bytes(self.ed)), b"ed25519-sha256")
        signer = dkim.DKIM(octets, signature_algorithm=algorithm)
        if body is not None:
            signer.body = body
        field = signer.sign(
            (selector or kind).encode(), self.domain.encode(), key,
            canonicalize=canon.encode().split(b"/"), include_headers=names,
            length=length)
        return field + octets


class Daemon:
    """postseald and its name server; stopped at exit."""

    def __init__(self, zone=(), settings="", milter="", keys=True):
        """milter: more settings of that section."""
        self.place = Instance(BUILD, settings=settings)
        atexit.register(self.place.stop)
        self.place.prepare()
        self.milter = milter
        self.configure()
        self.socket = self.place.path("milter/milter.sock")
        self.count = 0
        lines = []
        if keys:
            done = self.place.postseal("dkim", "genkey", HOME)
            lines = [line for line in done.out.splitlines() if " TXT " in line]
            done = self.place.postseal("dkim", "activate", "--force", HOME)
            if done.status != 0:
                raise Fault(f"dkim activate: {done.err}")
        self.place.zone += [*ZONE, *lines, *zone]
        self.place.start_nsd()

    def lose_keys(self, domain):
        """Its keys are listed as active, and are not there."""
        self.place.postseal("dkim", "genkey", domain)
        self.place.postseal("dkim", "activate", "--force", domain)
        folder = self.place.path("keys", domain)
        for name in os.listdir(folder):
            if name.endswith(".key"):
                os.unlink(os.path.join(folder, name))

    def start(self):
        self.place.start_postseald()

    def configure(self, settings=None, dns=None):
        """dns: another port than the name server's."""
        self.place.configure(settings)
        with open(self.place.config, "r+") as file:
            text = file.read().replace("milter {", "milter {\n" + self.milter)
            if dns is not None:
                text = text.replace(f"@{self.place.port['dns']}", f"@{dns}")
            file.seek(0)
            file.write(text)
            file.truncate()

    def reload(self, **more):
        before = self.log().count(" is in force")
        self.configure(**more)
        os.kill(self.place.processes["postseald"].pid, signal.SIGUSR1)
        if not wait_for(lambda: self.log().count(" is in force") > before):
            raise Fault("no reload: " + self.log()[-500:])

    def log(self):
        return self.place.log("postseald")

    def connect(self, **more):
        return Milter(self.socket, **more)

    def queue_id(self):
        self.count += 1
        return f"4Q{self.count}Z"

    def deliver(self, octets, **more):
        """The result, with its line of the log as .line ("" none)."""
        queue_id = more.setdefault("queue_id", self.queue_id())
        with self.connect() as milter:
            result = milter.deliver(octets, **more)
        result.line = self.line(queue_id)
        return result

    def line(self, queue_id):
        """The log line of a message; a second one is a fault."""
        def look():
            return [line for line in self.log().splitlines()
                    if f" {queue_id}: " in line or
                    f'{{"queue_id":"{queue_id}",' in line]
        found = wait_for(look, 5)
        if len(found) > 1:
            raise Fault(f"more than one line: {found}")
        return found[0] if found else ""

    def submit(self, octets, **more):
        """From an internal client: to be signed."""
        more.setdefault("sender", f"a@{HOME}")
        return self.deliver(octets, client=INSIDE, **more)

    def receive(self, octets, **more):
        more.setdefault("sender", f"x@{GOOD}")
        more.setdefault("client", GOOD_IP)
        return self.deliver(octets, **more)

    def lives(self):
        """Does it sign and judge as ever?"""
        mail = f"From: x@{GOOD}\r\n\r\nhello\r\n".encode()
        return "dmarc=pass" in verdict(self.receive(mail))

    def defects(self):
        return [line for line in self.log().splitlines() if DEFECT.match(line)]

    def stop(self):
        """Exit status; with what went wrong on the way."""
        return self.place.stop_postseald(), self.defects()

    def witness(self, octets, body=None):
        """What dkimpy says of each signature: {"rsa-sha256": "pass"}."""
        def txt(name, timeout=5):
            texts = self.place.ask(name.decode(), "TXT")
            return texts[0].encode() if texts else None

        said = {}
        for index in range(octets.split(b"\r\n\r\n")[0].lower().count(
                b"dkim-signature:")):
            verifier = dkim.DKIM(octets)
            if body is not None:
                verifier.body = body
            try:
                good = verifier.verify(idx=index, dnsfunc=txt)
                said[verifier.signature_fields[b"a"].decode()] = (
                    "pass" if good else "fail")
            except dkim.DKIMException as error:
                said[str(error)] = "fail"
        return said


BOTH = {"rsa-sha256": "pass", "ed25519-sha256": "pass"}


def verdict(result):
    """Our own Authentication-Results on top, or what was answered instead."""
    found = result.fields("Authentication-Results")
    if found and found[0].startswith(AUTHSERV_ID):
        return " ".join(found[0].split())
    return f"{result.disposition} {result.reply}"


def finish_daemon(daemon, check):
    status, defects = daemon.stop()
    check("stops with status 0", status == 0, f"{status}: {daemon.log()[-800:]}")
    check("no report of a sanitizer", not defects, "; ".join(defects[:5]))
