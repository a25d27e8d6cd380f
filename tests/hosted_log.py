#!/usr/bin/python3
"""hosted_log.py - the one line of each message, in both forms: what is in it,
and that nobody can forge or break it."""

import json

from hosted import check, finish
from milter_daemon import (GOOD, GOOD_IP, HOME, LIAR_IP, VICTIM, BadLine,
                           Daemon, DkimpyKeys, fields_of, finish_daemon)
from processes import wait_for

ODD = "odd.example"  # its key is listed as active, and is not there
daemon = Daemon()
keys = DkimpyKeys(daemon.place)
daemon.place.publish(*keys.records())
daemon.start()
FORMS = {"text": "# none", "json": 'log {\n  format = "json"\n}'}


def mail(*fields, author=f"x@{GOOD}", body=b"hello\r\n"):
    head = [f"From: {author}".encode(), *(f.encode() for f in fields)]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def has(name, result, **wanted):
    """These fields are in the line, and are texts or numbers as the form has
    it; one of None is not there."""
    try:
        found = fields_of(result.line)
    except (BadLine, ValueError) as bad:
        check(name, False, repr(bad))
        return
    text = "postseald: {" not in result.line
    missing = []
    for field, value in wanted.items():
        got = found.get(field)
        if text and value is not None:
            value = (",".join(value) if isinstance(value, list)
                     else str(value))
        if got != value:
            missing.append((field, got, value))
    check(name, not missing and result.disposition == found["action"],
          f"{missing} in {result.line}")


def check_content(form):
    octets = keys.sign(mail("Subject: a\r\n folded one"))
    has(f"{form}: judged", daemon.receive(
        octets, recipients=[f"a@{HOME}", f"b@{HOME}", f"c@{HOME}"]),
        direction="in", action="accept", size=len(octets), recipients=3,
        client="unknown", ip=GOOD_IP, login=None, author=GOOD,
        spf="pass", dkim=[f"pass:{GOOD}"], dmarc="pass", signed=None,
        reason=None, reply=None, **{"from": f"x@{GOOD}"})
    octets = mail(author=f"a@{HOME}", body=70000 * b"a" + b"\r\n")
    with open(daemon.place.path("keys", HOME, "domain.json")) as file:
        selectors = [key["selector"] for key in json.load(file)["keys"]]
    has(f"{form}: signed", daemon.submit(octets, login=f"a@{HOME}"),
        direction="out", action="accept", size=len(octets), recipients=1,
        login=f"a@{HOME}", signatures=2, spf=None, dkim=None, dmarc=None,
        signed=[f"{HOME}:{selector}" for selector in selectors])
    has(f"{form}: refused, and why", daemon.receive(
        mail(author=f"x@{VICTIM}"), sender="", client=LIAR_IP),
        action="reject", dmarc="fail", dkim=["none"],
        reply=f"550 5.7.26 Email refused per DMARC policy for {VICTIM}: "
        "neither SPF nor a DKIM signature confirms that it comes from there",
        **{"from": ""})
    has(f"{form}: deferred, and why", daemon.submit(mail(author=f"a@{ODD}")),
        action="defer", signatures=0,
        reply="451 4.7.5 Cannot sign this message now, try again later")


def check_hostile(form):
    evil = 'a b="c" action=none\\\r\n{"x":1}\x80\xffé' + chr(0x1f600)
    names = {"host": evil, "helo": evil, "login": evil, "queue_id": None,
             "sender": evil + f"@{GOOD}"}
    for name in names:
        before = len(daemon.log())
        given = {name: names[name]} if names[name] else {"queue_id": evil}
        with daemon.connect() as milter:
            result = milter.deliver(mail("Subject: s"), **{
                "client": GOOD_IP, "sender": f"x@{GOOD}",
                "queue_id": daemon.queue_id(), **given})
        wait_for(lambda: daemon.log()[before:].endswith("\n"), 5)
        result.line = daemon.log()[before:].removesuffix("\n")
        has(f"{form}: {name} forges nothing", result,
            action=result.disposition)
    for author in (f"x@{VICTIM}", f'"{evil}" <x@{VICTIM}>',
                   "x@" + 60 * "é" + f".{VICTIM}", "\xff" * 3000):
        result = daemon.receive(mail(author=author), client=LIAR_IP,
                                sender=1500 * "\x01" + f"@{GOOD}")
        has(f"{form}: From {author[:12]!r}", result,
            action=result.disposition, cut=True if form == "json" else "yes")
    signed = keys.sign(mail(), selector=None).replace(
        b"d=good.example", b'd=a b="c"\x80,pass:x')
    has(f"{form}: a signature of any octets", daemon.receive(signed),
        action="accept")
    signed = b"".join(b"DKIM-Signature: v=1; a=rsa-sha256; d=" + 60 * b"a" +
                      b"." + 60 * (b"%d" % i) + b".example; s=s; h=from; "
                      b"bh=AAAA; b=AAAA\r\n" for i in range(9))
    result = daemon.receive(signed + mail(), client=LIAR_IP,
                            sender=300 * "s" + f"@{GOOD}", host=200 * "h")
    found = fields_of(result.line)
    check(f"{form}: however long, the verdict is there", found["dmarc"] and
          found["action"] == result.disposition and len(result.line) < 2020,
          result.line)


def main():
    daemon.lose_keys(ODD)
    for form, settings in FORMS.items():
        daemon.reload(settings=settings + '\ndmarc {\n  on_reject = "reject"\n}'
                      '\nsign {\n  from_must_match = "off"\n}')
        check_content(form)
        check_hostile(form)
    finish_daemon(daemon, check)
    finish()


main()
