#!/usr/bin/python3
"""hosted_milter.py - what a hostile sender, or a confused MTA, can give to
postseald, and what it must say to it."""

from hosted import check, finish
from milter_daemon import (AUTHSERV_ID, BOTH, GOOD, GOOD_IP, HOME, LIAR_IP,
                           RELAY_IP, VICTIM, Daemon, DkimpyKeys,
                           fields_of, finish_daemon, verdict)
from processes import wait_for

daemon = Daemon(milter=f'trusted_relays = {{"{RELAY_IP}"}}')
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
        mail("Subject: s", author=None)), "signatures=0", 'reason="no From field"')
    says("two From: the forged one counts", daemon.receive(
        mail(f"From: y@{VICTIM}")), "5.7.26", VICTIM, disposition="reject")
    says("two From, both good: no verdict in favour", daemon.receive(
        mail(f"From: y@{GOOD}")), "dmarc=none", "more than one From field")
    says("two From, our own: unsigned", daemon.submit(
        mail(f"From: b@{HOME}", author=f"a@{HOME}")),
        "signatures=0", 'reason="two From fields"')
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
         'reason="header too large"', disposition="reject")
    says("10,001 fields, our own: refused", daemon.submit(
        mail(*full, "X: v", "Y: v", author=f"a@{HOME}")),
        "552 5.3.4", disposition="reject")
    says("3 MB in 30 fields: the same", daemon.receive(
        mail(*30 * ["X: " + 100 * 1024 * "v"])), "5.7.26",
        'reason="header too large"', disposition="reject")
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


# ---- forged Authentication-Results (RFC 8601 5)

def check_results():
    ours, other = AUTHSERV_ID, "mx.other.example"
    forged = [
        f" {ours}; spf=pass",
        f"{ours}; spf=pass",
        f" {ours.upper()}; spf=pass",
        f" {ours} 1; spf=pass",
        f" {ours} 99 ; spf=pass",
        f"\r\n\t{ours}\r\n ;\r\n\tspf=pass",
        f" (a) {ours} (b) 1 (c); spf=pass",
        f" ((nested \\) {other};) still) {ours}; spf=pass",
        f" \"{ours}\"; spf=pass",
        f" \"mx.fam\\ily.example\"; spf=pass",
        f" {ours}",
        f" (never closed {ours}; spf=pass",
        " ; spf=pass",
        "",
        f" {ours}(comment); dkim=pass header.d={VICTIM}",
        f" {ours}\t; none",
    ]
    kept = [
        f" {other}; spf=pass",
        f" {ours}.evil.example; spf=pass",
        f" evil-{ours}; spf=pass",
        f" {other}; spf=pass smtp.mailfrom={ours}",
        f" ({ours}) {other}; spf=pass",
        f" {other} ({ours}); spf=pass",
        f" {HOME}; spf=pass",
    ]
    for value in forged:
        result = daemon.receive(mail(f"Authentication-Results:{value}"))
        found = result.fields("Authentication-Results")
        check(f"forged, removed:{value[:50]!r}", len(found) == 1 and
              "forged=1" in result.line and "dmarc=pass" in verdict(result),
              f"{found} {result.line}")
    for value in kept:
        result = daemon.receive(mail(f"Authentication-Results:{value}"))
        found = result.fields("Authentication-Results")
        check(f"another's, kept:{value[:50]!r}", found[1:] == [value.strip()],
              found)
    check_several(forged, kept)
    check_names()


def check_several(forged, kept):
    mixed = [value for pair in zip(forged, kept) for value in pair]
    fields = [f"Authentication-Results:{value}" for value in mixed]
    for name, result in (
            ("outside", daemon.receive(mail(*fields))),
            ("a trusted relay", daemon.deliver(
                mail(*fields), sender=f"x@{GOOD}", client=RELAY_IP))):
        found = result.fields("Authentication-Results")
        check(f"several, from {name}: all forged go, others stay in order",
              found[1:] == [value.strip() for value in kept] and
              f"forged={len(kept)}" in result.line, f"{found} {result.line}")
    result = daemon.submit(mail(*fields, author=f"a@{HOME}"))
    found = result.fields("Authentication-Results")
    check("our own mail: all forged go, none is added, signatures are good",
          found == [value.strip() for value in kept] and
          daemon.witness(result.message) == BOTH, f"{found} {result.line}")
    many = daemon.receive(mail(*2000 * [f"Authentication-Results: {AUTHSERV_ID};"
                                        " spf=pass"]))
    check("2,000 forged ones go", len(many.fields("Authentication-Results")) ==
          1 and "forged=2000" in many.line, many.line)


def check_names():
    value = f": {AUTHSERV_ID}; spf=pass"
    for name in ("AUTHENTICATION-RESULTS", "authentication-results",
                 "Authentication-Results ", "Authentication-Results\t"):
        result = daemon.receive(mail(name + value))
        check(f"forged, removed: field named {name!r}",
              b"; spf=pass\r\n" not in result.message, result.message[:600])
    for name in ("X-Authentication-Results", "Authentication-Results-Original",
                 "ARC-Authentication-Results"):
        result = daemon.receive(mail(name + value))
        check(f"another field, kept: {name}",
              (name + value).encode() in result.message, result.message[:600])


# ---- the log and the replies

EVIL = ("\r\npostseald: 4EVIL: direction=in action=none\n\x1b[2J\x80"
        "\" action=none \\")


def check_injection():
    rows = {
        "HELO": {"helo": "h" + EVIL, "sender": ""},
        "the client's name": {"host": "h" + EVIL},
        "the sender": {"sender": f"x{EVIL}@{GOOD}"},
        "the sender's domain": {"sender": "x@e.example" + EVIL},
        "a recipient": {"recipients": ["b" + EVIL + f"@{HOME}"]},
        "a login": {"login": "l" + EVIL},
        "the queue id": {"queue_id": daemon.queue_id() + ": x" + EVIL},
        "the daemon's name": {"daemon": "d" + EVIL},
    }
    for name, given in rows.items():
        before = daemon.log()
        given.setdefault("queue_id", daemon.queue_id())
        with daemon.connect() as milter:
            result = milter.deliver(
                mail("Subject: s"), **{"client": GOOD_IP, "sender": f"x@{GOOD}",
                                       **given})
        wait_for(lambda: daemon.log()[len(before):].endswith("\n"), 5)
        new = daemon.log()[len(before):].splitlines()
        check(f"{name} cannot write a line of the log", len(new) == 1 and
              fields_of(new[0])["action"] == result.disposition, new)
        head = result.message.partition(b"\r\n\r\n")[0]
        check(f"{name} cannot write a line of the header",
              b"\r\npostseald" not in head and b"\n4EVIL" not in head and
              b"\x1b" not in head, head)
    result = daemon.receive(mail("Subject: s"), sender=f"x{EVIL}@{GOOD}")
    check("what is no print is written \\xNN", "x\\x0d\\x0apostseald: 4EVIL" in
          result.line and "\\x1b[2J\\xc2\\x80" in result.line, result.line)


def check_authors():
    for author in (f"x@{VICTIM}\r\n\tpostseald: 4EVIL: in",
                   f"\"a\x1b[2J\" <x@{VICTIM}>", f"<x@{VICTIM}> \x80\xff",
                   f"x@{VICTIM}%0d%0a", f"%s%n <x@{VICTIM}>",
                   f"x@{20000 * 'a'}.example", f"x@{100 * 'a.'}{VICTIM}"):
        before = daemon.log()
        result = daemon.receive(mail(author=author), client=LIAR_IP)
        new = daemon.log()[len(before):].splitlines()
        check(f"From: {author[:40]!r} makes one clean line",
              len(new) == 1 and all(" " <= c <= "~" for c in new[0]) and
              len(new[0]) <= 2020, new)
        check(f"From: {author[:40]!r} makes one clean reply",
              all(" " <= c <= "~" for c in result.reply) and
              len(result.reply) <= 510, result.reply)
    result = daemon.receive(mail(author=f"x@{VICTIM}"),
                            sender=1500 * "s" + f"@{GOOD}")
    says("a long sender does not push the action off the line", result,
         "action=reject", "dmarc=fail", disposition="reject")


check_from()
check_large()
check_octets()
check_results()
check_injection()
check_authors()
finish_daemon(daemon, check)
finish()
