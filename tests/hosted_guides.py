#!/usr/bin/env python3
"""hosted_guides.py - each guide of doc/ is followed as it stands there, on the
Postfix and Dovecot of this machine in namespaces of their own, and mail is sent
where the guide says that it works.

As the other hosted tests; POSTSEAL_GUIDES names some of them, "ldap.md relay.md".
"""

import glob
import imaplib
import os
import ssl
import subprocess
import sys
import time

from guide import PASSWORD, Guide
from guide_host import World
from hosted import TOP, check, finish, run

ALICE = "alice@example.org"


def signatures(text):
    head = text.split("\n\n")[0]
    return ("\n" + head).count("\nDKIM-Signature:")


def judgements(text):
    head = text.split("\n\n")[0]
    return ("\n" + head).count("\nAuthentication-Results: mx.example.org")


def submitted(world, subject, **more):
    """What Alice has submitted to herself, as it arrives."""
    refusal = world.send(subject, ALICE, ALICE, port=587, login=ALICE, **more)
    text = world.arrives(subject) if refusal is None else ""
    return text or f"{refusal} {world.logs()}"


def from_outside(world, subject, **more):
    refusal = world.send(subject, **more)
    text = world.arrives(subject) if refusal is None else ""
    return text or f"{refusal} {world.logs()}"


def read_over_imap(subject):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with imaplib.IMAP4("127.0.0.1") as imap:
        imap.starttls(context)
        imap.login(ALICE, PASSWORD)
        imap.select("INBOX")
        return len(imap.search(None, "SUBJECT", f'"{subject}"')[1][0].split())


# ---- what each guide promises beside its own outputs

def first_domain(world):
    world.prepare()
    guide = Guide("doc/first-domain.md", world)
    before = run("postconf", "-n").out
    for part in ("Packages", "Set up", "An account", "Keys and the DNS",
                 "Try it"):
        guide.follow(part)
    text = submitted(world, "ours")
    check("submitted mail is signed twice", signatures(text) == 2, text)
    text = from_outside(world, "theirs")
    check("mail from outside is judged", judgements(text) == 1 and
          "spf=pass" in text, text)
    check("both can be read over IMAP", read_over_imap("ours") == 1 and
          read_over_imap("theirs") == 1)
    guide.follow("Taking it out again")
    check("main.cf is as it was", run("postconf", "-n").out == before)


GUIDES = {
    "first-domain.md": first_domain,
}
# They tell, and have no commands.
TOLD = {"dkim-engines.md", "postfwd-differences.md"}


def one(name):
    world = World()
    GUIDES[name](world)
    finish()


def every(names):
    """Each in namespaces of its own; lines as they come."""
    failed = 0
    for name in names:
        begun = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), *sys.argv[1:]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.STDOUT, errors="replace",
            env={**os.environ, "POSTSEAL_GUIDE": name})
        for line in child.stdout:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word in ("ok", "FAIL"):
                print(f"{word} {name}: {rest}", flush=True)
            elif not line.endswith(" failed\n"):
                print(line, end="", flush=True)
        if child.wait() != 0:
            failed += 1
        print(f"# {name}: {time.monotonic() - begun:.0f} s", flush=True)
    written = {os.path.basename(path)
               for path in glob.glob(os.path.join(TOP, "doc/*.md"))}
    check("each guide is followed", written - TOLD == set(GUIDES),
          written - TOLD ^ set(GUIDES))
    if failed:
        sys.exit(1)
    finish()


if "POSTSEAL_GUIDE" in os.environ:
    one(os.environ["POSTSEAL_GUIDE"])
every(os.environ.get("POSTSEAL_GUIDES", "").split() or list(GUIDES))
