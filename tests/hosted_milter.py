#!/usr/bin/python3
"""hosted_milter.py - what a hostile sender, or a confused MTA, can give to
postseald, and what it must say to it."""

from hosted import check, finish
from milter_daemon import (BOTH, GOOD, LIAR_IP, VICTIM, Daemon, DkimpyKeys,
                           finish_daemon, verdict)
from instance import HOME

daemon = Daemon()
keys = DkimpyKeys(daemon.place)
daemon.place.publish(*keys.records())
daemon.start()


def mail(*fields, body=b"hello\r\n", author=f"x@{GOOD}"):
    head = [] if author is None else [f"From: {author}".encode()]
    head += [f if isinstance(f, bytes) else f.encode() for f in fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def says(name, result, *words, disposition="accept"):
    """All the words are in our field, the reply or the log line."""
    text = " ".join((verdict(result), result.reply, result.line))
    missing = [word for word in words if word not in text]
    check(name, result.disposition == disposition and not missing,
          f"{result.disposition}, without {missing}: {text[:600]}")


# ---- the header

def check_from():
    says("no From: nobody to protect, accepted", daemon.receive(
        mail("Subject: s", author=None)), "dmarc=none", "no From field")
    says("no From, our own: unsigned", daemon.submit(
        mail("Subject: s", author=None)), "signatures=0", "(no From field)")
    says("two From: the forged one counts", daemon.receive(
        mail(f"From: y@{VICTIM}")), "5.7.26", VICTIM, disposition="reject")
    says("two From, both good: no verdict in favour", daemon.receive(
        mail(f"From: y@{GOOD}")), "dmarc=none", "more than one From field")
    says("two From, our own: unsigned", daemon.submit(
        mail(f"From: b@{HOME}", author=f"a@{HOME}")),
        "signatures=0", "(two From fields)")
    says("a second From with space before its colon counts", daemon.receive(
        mail(f"from : y@{VICTIM}")), "5.7.26", disposition="reject")


check_from()
finish_daemon(daemon, check)
finish()
