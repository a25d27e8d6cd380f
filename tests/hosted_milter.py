#!/usr/bin/python3
"""hosted_milter.py - what a hostile sender, or a confused MTA, can give to
postseald, and what it must say to it."""

from hosted import check, finish
from milter_daemon import (AUTHSERV_ID, BOTH, GOOD, HOME, LIAR_IP, VICTIM,
                           Daemon, DkimpyKeys, finish_daemon, verdict)

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
    says("a folded From is read whole", daemon.receive(
        mail(author=f"x@{GOOD},\r\n\ty@{VICTIM}")), "5.7.26",
        disposition="reject")
    says("From without an address: no verdict", daemon.receive(
        mail(author="nobody")), "dmarc=none")


def both_ways(name, octets, own=None):
    """A signed message of others passes; our own is signed, and dkimpy is
    content with it."""
    says(f"{name}: a signature of others passes",
         daemon.receive(keys.sign(octets)), "dkim=pass", "dmarc=pass")
    own = own or octets.replace(f"x@{GOOD}".encode(), f"a@{HOME}".encode())
    result = daemon.submit(own)
    said = daemon.witness(result.message)
    check(f"{name}: ours are good", said == BOTH, f"{said} {result.line}")


def check_large():
    both_ways("a field of 100 KB", mail("Subject: " + 100 * 1024 * "s"))
    both_ways("a folded field of 100 KB",
              mail("Subject:" + 1400 * ("\r\n " + 70 * "s")))
    both_ways("2,000 fields", mail(*[f"X-{i}: v" for i in range(1999)]))
    both_ways("2,000 Subject fields of which 400 are signed",
              mail(*[f"Subject: {i}" for i in range(400)],
                   *[f"X-{i}: v" for i in range(1599)]))
    full = [f"X-{i}: v" for i in range(9998)]
    says("10,000 fields are judged", daemon.receive(mail(*full, "X: v")),
         "dmarc=pass")
    says("10,001 fields: treated as a failed policy of reject",
         daemon.receive(mail(*full, "X: v", "Y: v")), "550", "5.7.26",
         "(header too large)", disposition="reject")
    says("10,001 fields, our own: refused", daemon.submit(
        mail(*full, "X: v", "Y: v", author=f"a@{HOME}")),
        "552 5.3.4", disposition="reject")
    says("3 MB in 30 fields: the same", daemon.receive(
        mail(*30 * ["X: " + 100 * 1024 * "v"])), "5.7.26",
        "(header too large)", disposition="reject")
    result = daemon.receive(
        mail(*full, "X: v", "Y: v", f"Authentication-Results: {AUTHSERV_ID}; "
             "spf=pass"), recipients=[f"postmaster@{HOME}"])
    says("a forged verdict behind 10,001 fields is removed", result,
         "dkim=permerror", "dmarc=permerror", "forged=1")
    check("and no other is left",
          len(result.fields("Authentication-Results")) == 1)


def check_octets():
    for name, field in (
            ("UTF-8", "Subject: Grüße, 世界".encode()),
            ("ISO 8859-1", b"Subject: Gr\xfc\xdfe"),
            ("controls", b"Subject: a\x01\x07\x1b[2J\x7fb"),
            ("a bare CR", b"Subject: a\rX-Not: b")):
        both_ways(f"{name} in a field", mail(field))
    says("8-bit in the name of From", daemon.receive(
        mail(author=f"J\u00f6rg <x@{GOOD}>")), "dmarc=pass")
    says("NUL in a field: what is behind it does not reach us, so the "
         "signature fails", daemon.receive(
             keys.sign(mail(b"Subject: a\0b"))),
         "dkim=fail", "dmarc=pass")
    for name in (b"X-\xff\x80", b"X y", b"X\t", b"(", b"\x01", b"=?", b" ",
                 400 * b"n", 70000 * b"n", b"From\xc2\xa0"):
        signed = keys.sign(mail("Subject: s"))
        says(f"a field named {name[:8]!r}... of {len(name)} octets is let be",
             daemon.receive(name + b": v\r\n" + signed), "dkim=pass")


check_from()
check_large()
check_octets()
finish_daemon(daemon, check)
finish()
