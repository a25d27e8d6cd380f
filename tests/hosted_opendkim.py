#!/usr/bin/python3
"""hosted_opendkim.py - postseald with dkim.engine = opendkim signs and judges
as with our own; dkimpy is the witness."""

import base64
import re
import threading

from hosted import check, finish
from milter_daemon import (BOTH, GOOD, HOME, Daemon, DkimpyKeys, finish_daemon,
                           txt_record, verdict)
from processes import run

ENGINE = 'dkim {\n  engine = "opendkim"\n}\n'
SIGN = """sign {
  canonicalization = "simple/simple"
  expiry = 3600
  identity = "author"
  fields = {"From", "Subject", "List-Unsubscribe-Post"}
}
"""
MAIL = (f"From: x@{GOOD}\r\nTo: b@far.example\r\nSubject:  a  folded\r\n"
        "\t subject \r\n\r\n").encode()
OURS = MAIL.replace(GOOD.encode(), HOME.encode()).replace(b"x@", b"a@")
BODIES = {
    "empty": b"",
    "line ends only": 3 * b"\r\n",
    "no final line end": b"hello\r\nworld",
    "blanks, and at the end": b" a  b\t\tc \td\r\n \t\r\n\r\n \r\n",
    "8-bit and NUL": "Grüße\r\n".encode() + b"a\0b\r\n",
    "1 MB": 16384 * (63 * b"y" + b" ") + b"\r\n",
}
BARE = {
    "bare CR": b"a\rb\r\n\rd\r\r\n",
    "bare LF": b"a\nb\n\nc\r\n\nd\n",
}
CANONS = ("simple/simple", "simple/relaxed", "relaxed/simple",
          "relaxed/relaxed")
THREADS, MESSAGES = 8, 25


def squeezed(result, algorithm):
    """That signature, without white space."""
    for field in result.fields("DKIM-Signature"):
        field = re.sub(r"\s", "", field)
        if f"a={algorithm};" in field:
            return field
    return ""


def signs(daemon):
    for name, body in {**BODIES, **BARE}.items():
        result = daemon.submit(OURS + body)
        said = daemon.witness(result.message, body)
        check(f"signs, {name}: dkimpy verifies both", said == BOTH, said)
        by_library = ";h=From:To:Subject:from:" in squeezed(result,
                                                            "rsa-sha256")
        check(f"signs, {name}: RSA by {'us' if name in BARE else 'it'}",
              by_library == (name not in BARE),
              result.fields("DKIM-Signature"))
        check(f"signs, {name}: Ed25519 by us",
              ";h=from:from:" in squeezed(result, "ed25519-sha256"),
              result.fields("DKIM-Signature"))
    result = daemon.submit(b"From: c@d.example\r\n" + OURS + b"hello\r\n")
    check("two From fields are not signed",
          not result.fields("DKIM-Signature"), result.line)


def by_settings(daemon):
    daemon.reload(settings=ENGINE + SIGN)
    result = daemon.submit(OURS + b"hello\r\n")
    said = daemon.witness(result.message)
    check("sign { }: dkimpy verifies both", said == BOTH, said)
    field = squeezed(result, "rsa-sha256")
    tags = dict(tag.split("=", 1) for tag in field.split(";") if tag)
    check("sign { }: its tags", tags["c"] == "simple/simple" and
          tags["i"] == f"a@{HOME}" and
          int(tags["x"]) == int(tags["t"]) + 3600 and
          tags["h"] == "From:Subject:from:subject", tags)
    daemon.reload(settings=ENGINE)


def verifies(daemon, keys):
    for name, body in BODIES.items():
        for kind in ("rsa", "ed"):
            for canon in CANONS:
                signed = keys.sign(MAIL + body, kind, canon, body=body)
                said = verdict(daemon.receive(signed))
                check(f"verifies {kind} {canon}, {name}",
                      "dkim=pass" in said and f"header.d={GOOD}" in said,
                      said)
    for name, body in BARE.items():
        signed = keys.sign(MAIL + body, body=body)
        said = verdict(daemon.receive(signed))
        check(f"passes nothing, {name}",
              "dkim=" in said and "dkim=pass" not in said, said)


def refuses(daemon, keys):
    signed = keys.sign(MAIL + b"hello\r\n")
    for name, octets, wanted in (
            ("the body is altered", signed + b"x\r\n", "dkim=fail"),
            ("a field is altered", signed.replace(b"subject", b"object"),
             "dkim=fail"),
            ("no key", keys.sign(MAIL, selector="none"),
             'dkim=permerror reason="there is no key record"'),
            ("two keys", keys.sign(MAIL, selector="two"),
             'dkim=permerror reason="there are several key records"')):
        said = verdict(daemon.receive(octets))
        check(f"{name}: {wanted}", wanted in said, said)
    daemon.reload(settings=ENGINE.replace("}", "  signatures_max = 2\n}"))
    said = verdict(daemon.receive(3 * keys.sign(MAIL)[:-len(MAIL)] + MAIL))
    check("signatures_max", said.count("dkim=pass") == 2 and
          said.count("dkim=policy") == 1, said)
    daemon.reload(settings=ENGINE)


def part_of_a_body(daemon, keys):
    """dkimpy's l= is of the body that it signed."""
    signed = keys.sign(MAIL + b"hello\r\n", length=True)
    said = verdict(daemon.receive(signed))
    check("l= of the whole body: for DMARC, too",
          "dkim=pass" in said and "dmarc=pass" in said, said)
    said = verdict(daemon.receive(signed + b"more\r\n", client="203.0.113.9"))
    check("l= of a part: said, and not for DMARC",
          "dkim=pass" in said and "dmarc=fail" in said, said)


def hostile(daemon):
    """h= names every field and one more: libopendkim alone would end here."""
    field = (f"DKIM-Signature: v=1; a=rsa-sha256; d={GOOD}; s=rsa; bh="
             + base64.b64encode(bytes(32)).decode() + "; b=AAAA; h=%s\r\n")
    names = "from:to:subject:dkim-signature:x:y:z"
    for more in range(8):
        head = "".join(f"X-{i}: 1\r\n" for i in range(more))
        listed = ":".join(f"x-{i}" for i in range(more)) + ":" + names
        said = verdict(daemon.receive(
            (field % listed + head).encode() + MAIL + b"hello\r\n"))
        check(f"every field and more, {more}: dkim=fail",
              "dkim=fail" in said or "dkim=permerror" in said, said)
    check("and lives", daemon.lives())


def at_once(daemon, keys):
    signed = [keys.sign(MAIL + b"hello %d\r\n" % i, kind)
              for i, kind in enumerate(("rsa", "ed"))]
    wrong = []

    def work(number):
        for i in range(MESSAGES):
            said = verdict(daemon.deliver(
                signed[i % 2], sender=f"x@{GOOD}", client="192.0.2.1"))
            if "dkim=pass" not in said:
                wrong.append(said)
            result = daemon.submit(OURS + b"%d %d\r\n" % (number, i))
            if len(result.fields("DKIM-Signature")) != 2:
                wrong.append(result.reply)

    threads = [threading.Thread(target=work, args=(number,))
               for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(f"{THREADS} connections at once", not wrong, wrong[:3])


def between(daemon, keys):
    """Of two key records one fits: we find it, libopendkim does not look."""
    signed = keys.sign(MAIL, selector="two")
    daemon.reload(settings='dkim {\n  engine = "postseal"\n}\n')
    said = verdict(daemon.receive(signed))
    check("reloaded with our own engine", "dkim=pass" in said, said)
    daemon.reload(settings=ENGINE)
    said = verdict(daemon.receive(signed))
    check("and back", "dkim=permerror" in said, said)


def main():
    daemon = Daemon(settings=ENGINE)
    keys = DkimpyKeys(daemon.place)
    daemon.place.publish(*keys.records(), *(
        txt_record(f"two._domainkey.{GOOD}", text)
        for text in keys.public.values()))
    daemon.start()
    done = run(daemon.place.path("prefix/sbin/postseald"), "--check", "-c",
               daemon.place.config)
    check("postseald --check", done.status == 0, done.err)
    signs(daemon)
    by_settings(daemon)
    verifies(daemon, keys)
    refuses(daemon, keys)
    part_of_a_body(daemon, keys)
    hostile(daemon)
    at_once(daemon, keys)
    between(daemon, keys)
    finish_daemon(daemon, check)
    finish()


main()
