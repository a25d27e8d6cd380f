"""loaded.py - a private Postfix and postseald that take mail from 64
connections, and a reckoning: each message that was taken has arrived once,
signed or judged."""

import itertools
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

import dkim

from hosted import BUILD
from instance import HOME, USER, Instance, write
from milter_daemon import (AUTHSERV_ID, GOOD, GOOD_IP, DEFECT, ZONE,
                           DkimpyKeys)
from processes import Fault, run, wait_for
from smtp_clients import Clients, Letter

ALICE = f"alice@{HOME}"
FAR = "bob@far.example"
FORGED = f"Authentication-Results: {AUTHSERV_ID}; dkim=pass header.d=bank.example"
TEXT = "".join(f"This is line {number} of some.\r\n" for number in range(60))
# Counts each message and limits none.
RULES = """\
&&END { protocol_state==END-OF-MESSAGE; };
id=ALL; &&END; sender=~.; action=rcpt(sender/1000000/86400/REJECT no)
"""


class Loaded(Instance):
    """Mail from 127.0.0.1 is to be signed, from GOOD_IP (XCLIENT) judged; all
    of it ends at the sink."""

    def __init__(self, settings=""):
        super().__init__(BUILD, settings=settings)
        self.rules = RULES
        self.signed_by = {}  # what a witness finds: name -> texts, one a key
        self.numbers = itertools.count()
        self.policy = self.path("policy/policy.sock")
        self.parameters = [
            f"virtual_transport = smtp:[127.0.0.1]:{self.port['sink']}",
            "mynetworks = 127.0.0.0/8",
            "smtpd_relay_restrictions = permit_mynetworks, "
            "reject_unauth_destination",
            "smtpd_end_of_data_restrictions = "
            f"check_policy_service unix:{self.policy}",
            "smtpd_client_connection_count_limit = 0",
            "smtpd_error_sleep_time = 0",
            "smtpd_peername_lookup = no",
            "in_flow_delay = 0",
            "minimal_backoff_time = 1s",
            "queue_run_delay = 1s",
        ]

    def configure(self, settings=None):
        super().configure(settings)
        with open(self.config, "a") as file:
            file.write(f"""
limits {{
  rules = "{self.path('rules.cf')}"
  sockets = {{"unix:{self.policy}"}}
  journal = "{self.path('state/counters')}"
}}
""")

    def master_cf(self):
        return super().master_cf().replace("n 60 1 pickup", "n 1 1 pickup")

    def prepare(self):
        write(self.path("rules.cf"), self.rules)
        super().prepare()
        done = self.postseal("adduser", "--no-password", ALICE)
        if done.status != 0:
            raise Fault(f"adduser: {done.err}")
        self.new_keys()
        good = DkimpyKeys(self)
        self.zone += ZONE + good.records()
        self.incoming = good.sign((
            f"From: x@{GOOD}\r\nTo: {ALICE}\r\nSubject: incoming\r\n\r\n"
            f"{TEXT}").encode())

    def new_keys(self, activate=True):
        """A pair that signs from now on, or later; the zone's lines for it."""
        done = self.postseal("dkim", "genkey", HOME)
        lines = [line for line in done.out.splitlines() if " TXT " in line]
        for line in lines:
            self.signed_by[line.split()[0].rstrip(".")] = ["".join(
                re.findall(r'"([^"]*)"', line))]
        if activate:
            self.zone += lines
            self.activate()
        return lines

    def activate(self):
        done = self.postseal("dkim", "activate", "--force", HOME)
        if done.status != 0:
            raise Fault(f"dkim activate: {done.err}")

    def start(self):
        """Without Dovecot."""
        self.certificate()
        self.start_nsd()
        self.start_sink()
        self.start_postseald()
        self.start_postfix()

    def clients(self, count=64):
        return Clients(self.port["smtp"], self.letter, count)

    def letter(self):
        """Outgoing and incoming ones by turns."""
        number = next(self.numbers)
        mark = f"mark{number}."
        head = f"X-Mark: {mark}\r\n"
        if number % 2 == 0:
            return Letter(mark, f"a@{HOME}", FAR, (
                f"{head}From: a@{HOME}\r\nTo: {FAR}\r\nSubject: outgoing\r\n"
                f"{FORGED}\r\n\r\n{TEXT}").encode())
        return Letter(mark, f"x@{GOOD}", ALICE, f"{head}{FORGED}\r\n".encode() +
                      self.incoming, GOOD_IP)

    def sendmail(self):
        """As a program on this machine does; its mark."""
        mark = f"local{next(self.numbers)}."
        done = run("/usr/sbin/sendmail", "-C", self.postfix_conf, "-f",
                   f"a@{HOME}", FAR,
                   text=f"X-Mark: {mark}\nFrom: a@{HOME}\n\nhello\n")
        if done.status != 0:
            raise Fault(f"sendmail: {done.err}")
        return mark

    # ---- what came of it

    def queue_is_empty(self):
        for name in ("maildrop", "incoming", "active", "deferred", "hold",
                     "corrupt"):
            for _, _, files in os.walk(self.path("postfix/queue", name)):
                if files:
                    return False
        return True

    def drained(self, seconds=60):
        run("postqueue", "-c", self.postfix_conf, "-f")
        return wait_for(self.queue_is_empty, seconds)

    def arrived(self):
        """By mark, a list: the messages with it, lines ended by CRLF."""
        found = {}
        for octets in self.left():
            octets = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            mark = re.search(rb"(?m)^X-Mark: (\S+)\r$", octets)
            mark = mark.group(1).decode() if mark else "none"
            found.setdefault(mark, []).append(octets)
        return found

    def witness(self, octets):
        """What dkimpy says of each signature, by algorithm."""
        said = {}
        for verifier, index in self.signatures(octets):
            try:
                good = any(verifier.verify(idx=index, dnsfunc=self.asker(turn))
                           for turn in range(2))
                name = verifier.signature_fields[b"a"].decode()
                said[name] = "pass" if good else "fail"
            except dkim.DKIMException as error:
                said[str(error)] = "fail"
        return said

    def signers(self, octets, selector):
        """Which of the keys that were in force under selector have signed."""
        numbers = []
        for verifier, index in self.signatures(octets):
            for turn in range(2):
                if verifier.verify(idx=index, dnsfunc=self.asker(turn)) and (
                        verifier.signature_fields[b"s"].decode() == selector):
                    numbers.append(turn)
                    break
        return numbers

    def signatures(self, octets):
        verifier = dkim.DKIM(octets)
        return [(verifier, index) for index in range(
            octets.split(b"\r\n\r\n")[0].count(b"DKIM-Signature:"))]

    def asker(self, turn):
        """The record of a name, of its first or second key."""
        def ask(name, timeout=5):
            texts = self.signed_by.get(name.decode().rstrip("."), [])
            return texts[min(turn, len(texts) - 1)].encode() if texts else None
        return ask

    def defects(self):
        return [line for line in self.log("postseald").splitlines()
                if DEFECT.match(line)]


def results_of(octets):
    """The fields Authentication-Results of ours, one line each."""
    head = octets.split(b"\r\n\r\n")[0].decode(errors="replace")
    fields = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    return [field for field in fields if field.lower().startswith(
        f"authentication-results: {AUTHSERV_ID}")]
