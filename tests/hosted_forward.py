#!/usr/bin/python3
"""hosted_forward.py - mail that the real Postfix forwards, sealed with ARC on
its way in: dkimpy verifies what has left, one, two and three sets of it."""

import os
import re
import secrets

import dkim

from hosted import check, finish
from milter_daemon import (AUTHSERV_ID, GOOD, GOOD_IP, HOME, LIAR_IP, Daemon,
                           DkimpyKeys, finish_daemon)
from quickstart import Refused, from_outside, left

FORWARD = f"old@{HOME}"  # an alias that leads elsewhere
ARC = f'arc {{\n  seal_domain = "{HOME}"\n}}\n'

daemon = Daemon(settings=ARC)
place = daemon.place
keys = DkimpyKeys(place)
place.publish(*keys.records())


def start():
    for arguments in (("adddom", HOME),
                      ("addalias", FORWARD, "a@elsewhere.example")):
        done = place.postseal(*arguments)
        check(" ".join(arguments), done.status == 0, done.err)
    place.certificate()
    place.start_sink()
    daemon.start()
    place.start_postfix()


def mail(mark):
    """With what Postfix might change: long lines, folds, 8 bits, stray dots,
    fields of its own name."""
    return (f"From: Jo <x@{GOOD}>\r\nTo: {FORWARD}\r\n"
            f"Subject:  a subject\r\n\tthat is  folded\r\n"
            f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
            f"Message-ID: <{mark}@{GOOD}>\r\n"
            f"Authentication-Results: {AUTHSERV_ID};\r\n dmarc=fail\r\n"
            "Received: from a by b; Mon, 23 Nov 2026 11:59:00 +0000\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 8bit\r\n"
            f"\r\n{mark}\r\n..dots\r\nGr\u00fc\u00dfe \t \r\n"
            f"{900 * 'l'}\r\n\r\n\r\n").encode()


def txt(name, timeout=5):
    texts = place.ask(name.decode(), "TXT")
    return texts[0].encode() if texts else None


def witness(octets):
    """What dkimpy says of the chain and of the author's signature."""
    try:
        cv, sets, _ = dkim.arc_verify(octets, dnsfunc=txt)
        return (f"{cv and cv.decode()} {len(sets)} "
                f"{dkim.verify(octets, dnsfunc=txt)}")
    except dkim.DKIMException as error:
        return str(error)


def names_of(octets):
    head = octets.split(b"\r\n\r\n")[0].decode("latin-1")
    return re.findall(r"(?m)^([A-Za-z-]+):", head)


def send(ip, octets):
    try:
        return from_outside(place, ip, f"mail.{GOOD}", f"x@{GOOD}", [FORWARD],
                            octets)
    except Refused as error:
        return str(error)


def forwarded(ip, octets, mark):
    """What leaves of it, without what the listener puts on top of each."""
    for name in os.listdir(place.path("sink")):
        os.unlink(place.path("sink", name))
    reply = send(ip, octets)
    if not reply.startswith("250"):
        return reply.encode()
    octets = left(place, mark.encode())
    if octets is None:
        return b"it did not leave"
    return octets[octets.index(b"ARC-"):]


def main():
    start()
    mark = secrets.token_hex(8)
    octets = keys.sign(mail(mark))
    for number, ip in enumerate((GOOD_IP, LIAR_IP, LIAR_IP), 1):
        octets = forwarded(ip, octets, mark)
        said = witness(octets)
        if not check(f"{number} times forwarded: the chain and the author's "
                     "signature hold", said == f"pass {number} True",
                     f"{said}: {octets[:2000]}"):
            break
        names = names_of(octets)
        check(f"{number} times forwarded: the set is above what Postfix adds",
              names[:5] == ["ARC-Seal", "ARC-Message-Signature",
                            "ARC-Authentication-Results",
                            "Authentication-Results", "Received"] and
              names.count("Authentication-Results") == 1, names)
    finish_daemon(daemon, check)
    finish()


main()
