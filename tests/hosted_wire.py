#!/usr/bin/python3
"""hosted_wire.py - the milter socket misused: steps left out, twice, broken
off; octets that are no protocol.  The daemon lives, and mixes no messages."""

import os
import random
import socket
import struct
import time

from hosted import check, finish
from milter_client import ProtocolError
from milter_daemon import (GOOD, GOOD_IP, HOME, INSIDE, LIAR_IP, VICTIM,
                           Daemon, finish_daemon, verdict)
from processes import wait_for

SEED = 20261123
MUTATIONS = 400
ALL = struct.pack("!III", 6, 0x1FF, 0x1FFFFF)

daemon = Daemon()
for command in (("adddom", HOME), ("adduser", "--no-password", f"a@{HOME}")):
    daemon.place.postseal(*command)
daemon.start()
pid = daemon.place.processes["postseald"].pid


def mail(author=f"x@{GOOD}", *fields):
    return "\r\n".join([f"From: {author}", *fields, "", "hi", ""]).encode()


def ends(milter, octets, queue_id=None):
    """The message's header, body and end; the result, with its line."""
    queue_id = queue_id or daemon.queue_id()
    head, _, body = octets.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        milter.header(name, value)
    milter.body(body)
    fields = [list(line.split(b":", 1)) for line in head.split(b"\r\n")]
    result = milter._result(fields, body, milter.end(i=queue_id))
    result.line = daemon.line(queue_id)
    return result


def envelope(milter, sender, login=None):
    milter.mail(sender, v="test", auth_authen=login)
    milter.recipient(f"b@{HOME}")


def judged(name, result, *words, disposition="accept"):
    text = f"{verdict(result)} {result.reply} {result.line}"
    missing = [word for word in words if word not in text]
    check(name, result.disposition == disposition and not missing,
          f"{result.disposition}, without {missing}: {text}")


# ---- steps left out, and too many

def check_steps():
    with daemon.connect() as milter:
        milter.lists = dict.fromkeys(range(7), [])
        before = len(daemon.log())
        result = milter.deliver(mail(), sender=f"x@{GOOD}", client=GOOD_IP)
        wait_for(lambda: "NOQUEUE" in daemon.log()[before:], 5)
        result.line = daemon.log()[before:]
        judged("no macro at all: judged, without queue id", result,
               "dmarc=pass", "NOQUEUE: direction=in action=accept")
    judged("no login macro: an outsider is not signed for", daemon.deliver(
        mail(f"a@{HOME}"), sender=f"a@{HOME}", client=LIAR_IP), "5.7.26",
        disposition="reject")
    with daemon.connect() as milter:
        milter.connect("unknown", GOOD_IP)
        envelope(milter, f"x@{VICTIM}")
        envelope(milter, f"x@{GOOD}")
        judged("MAIL twice: the second counts", ends(milter, mail()),
               "dmarc=pass", f"from=x@{GOOD}")
    with daemon.connect() as milter:
        milter.connect("unknown", GOOD_IP)
        milter.helo(f"mail.{GOOD}")
        milter.helo("second.example")
        envelope(milter, "")
        judged("HELO twice: the second counts",
               ends(milter, mail("nobody")), "smtp.helo=second.example")
    with daemon.connect() as milter:
        milter.connect("unknown", None)
        envelope(milter, f"x@{GOOD}")
        judged("a client without address is a stranger, SPF is not judged",
               ends(milter, mail()), "action=reject", "client=unknown ip=unknown",
               disposition="reject")
    for name, begin in (
            ("neither connect nor MAIL", lambda milter: None),
            ("connect, no MAIL",
             lambda milter: milter.connect("unknown", GOOD_IP)),
            ("MAIL, no connect", lambda milter: envelope(milter, f"x@{GOOD}")),
            ("no RCPT", lambda milter: (
                milter.connect("unknown", GOOD_IP),
                milter.mail(f"x@{GOOD}", v="test")))):
        with daemon.connect(timeout=0.5) as milter:
            begin(milter)
            try:
                milter.header(b"From", f" x@{GOOD}".encode())
                milter.body(b"hi\r\n")
                said = milter.end(i="4Qnone")[-1][0]
            except (ProtocolError, OSError) as error:
                said = str(error)
            check(f"{name}: never accepted", said == "t" or "closed" in said or
                  said == "timed out", said)


def check_one_after_another():
    """Nothing of a message is left for the next one."""
    with daemon.connect() as milter:
        milter.connect("unknown", LIAR_IP, **{"daemon_name": "smtpd"})
        envelope(milter, f"a@{HOME}", f"a@{HOME}")
        result = ends(milter, mail(f"a@{HOME}"))
        judged("with a login: ours", result, "direction=out ", "signatures=2")
        envelope(milter, f"a@{HOME}")
        judged("the next one without: a stranger's", ends(
            milter, mail(f"a@{HOME}")), "direction=in ", "5.7.26", disposition="reject")
        envelope(milter, f"x@{VICTIM}")
        milter.header(b"From", f" x@{VICTIM}".encode())
        milter.header(b"Authentication-Results", f" mx.{HOME}; none".encode())
        milter.abort()
        envelope(milter, f"x@{GOOD}")
        result = ends(milter, mail("nobody"))
        judged("aborted in the header: the next is judged by itself", result,
               "dmarc=none", f"from=x@{GOOD}")
        check("and no forged field is counted", "forged" not in result.line,
              result.line)
        envelope(milter, f"x@{VICTIM}")
        milter.header(b"From", f" x@{VICTIM}".encode())
        milter.body(b"x" * 100000)
        milter.abort()
        milter.abort()
        envelope(milter, f"x@{GOOD}")
        judged("aborted in the body, twice: so too", ends(
            milter, mail("nobody")), "dmarc=none")
        milter.quit_but_keep()
        milter.connect("unknown", INSIDE)
        envelope(milter, f"a@{HOME}")
        judged("another session of the connection: another client", ends(
            milter, mail(f"a@{HOME}")), "direction=out ", "signatures=2")


# ---- broken off, and garbage

def packet(command, payload=b""):
    return struct.pack("!I", len(payload) + 1) + command + payload


def whole():
    """The octets of a whole session."""
    steps = [(b"O", ALL), (b"D", b"C{daemon_name}\0smtpd\0"),
             (b"C", b"h\0" + b"4\x12\x67" + GOOD_IP.encode() + b"\0"),
             (b"H", b"helo.example\0"), (b"D", b"Mv\0test\0"),
             (b"M", f"<x@{GOOD}>\0".encode()), (b"R", b"<b@x.example>\0"),
             (b"L", f"From\0 x@{GOOD}\0".encode()),
             (b"L", f"Authentication-Results\0 mx.{HOME}; none\0".encode()),
             (b"L", b"DKIM-Signature\0 v=1; a=rsa-sha256; d=good.example; s=s;"
              b" h=from; bh=" + 43 * b"A" + b"=; b=" + 342 * b"A" + b"==\0"),
             (b"B", 300 * b"body\r\n"), (b"D", b"Ei\0004Qraw\0"), (b"E", b""),
             (b"Q", b"")]
    return b"".join(packet(*step) for step in steps)


def pour(octets, patience=0.0):
    """Give the octets and go; or wait that long for the other side to, which
    is what is returned."""
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(daemon.socket)
        raw.settimeout(patience or 5)
        try:
            raw.sendall(octets)
            while patience and raw.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass  # a reset
        return True


def files():
    return len(os.listdir(f"/proc/{pid}/fd"))


def settled(name, before):
    good = wait_for(lambda: files() <= before, 10)
    check(f"{name}: no file is left open", good, f"{before} {files()}")
    check(f"{name}: the daemon lives", daemon.lives())


def check_broken_off():
    octets = whole()
    before = files()
    for cut in range(0, len(octets), 7):
        pour(octets[:cut])
    settled(f"broken off at {len(octets) // 7} places", before)


def check_garbage():
    before, hello = files(), packet(b"O", ALL)
    rows = {
        "noise": random.Random(SEED).randbytes(5000),
        "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "zeros": bytes(10000),
        "length 0": hello + bytes(4),
        "length 0xffffffff": hello + b"\xff\xff\xff\xffL",
        "length 0x80000000": hello + b"\x80\0\0\0L",
        "no hello": packet(b"M", b"<x>\0"),
        "a short hello": packet(b"O", b"\0\0\0\6"),
        "version 1": packet(b"O", struct.pack("!III", 1, 0x1FF, 0x1FFFFF)),
        "version 0xffffffff": packet(b"O", b"\xff" * 12),
        "hello twice": hello + hello,
        "unknown commands": hello + b"".join(
            packet(bytes([c])) for c in range(256) if c not in b"Q"),
        "commands without payload": hello + b"".join(
            packet(bytes([c])) for c in b"CHMRTDLNBEAU"),
        "no NUL at the end": hello + b"".join(
            packet(bytes([c]), b"abc") for c in b"CHMRDL"),
        "an unknown family": hello + packet(b"C", b"h\0" + b"9\0\0x\0"),
        "an address that is none": hello + packet(b"C", b"h\0" + b"4\0\0x\0"),
        "IPv6 without address": hello + packet(b"C", b"h\0" + b"6\0\0"),
        "a macro without value": hello + packet(b"D", b"Mauth_authen"),
        "macros of no stage": hello + packet(b"D", b"\xffx\0y\0"),
        "10,000 macros": hello + packet(b"D", b"M" + 10000 * b"{a}\0b\0"),
        "100,000 recipients": whole()[:-300] + 100000 * packet(
            b"R", b"<b@x.example>\0"),
        "a field beyond 1 MB": whole().split(b"\0\0\0\7B")[0] + packet(
            b"L", b"Subject\0" + 1100000 * b"s" + b"\0"),
    }
    for name, octets in rows.items():
        gone = pour(octets, 0.3)
        if name in ("length 0x80000000",
                    "a short hello", "version 1", "noise", "HTTP",
                    "a field beyond 1 MB"):
            check(f"{name}: ends the connection", gone)
        check(f"{name}: the daemon lives", daemon.lives(), daemon.log()[-500:])
    settled("garbage", before)


def ends_libmilter(octets):
    """A name without a value among the macros: smfi_getsymval() of libmilter
    (8.17.1) then reads behind its array.  No MTA writes that, and nothing of
    ours sees it before libmilter does."""
    while len(octets) > 4:
        end = 4 + struct.unpack("!I", octets[:4])[0]
        if octets[4:5] == b"D" and octets[5:end].count(b"\0") % 2 == 1:
            return True
        octets = octets[end:]
    return False


def check_mutations():
    """Some octets of a session changed, lost or doubled."""
    chance, octets, before = random.Random(SEED), whole(), files()
    done = 0
    while done < MUTATIONS:
        bad = bytearray(octets)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(packet(b"O", ALL)), len(bad))
            kind = chance.randrange(3)
            if kind == 0:
                bad[at] = chance.randrange(256)
            elif kind == 1:
                del bad[at:at + chance.randint(1, 20)]
            else:
                bad[at:at] = bad[at:at + chance.randint(1, 20)]
        if not ends_libmilter(bytes(bad)):
            pour(bytes(bad))
            done += 1
    settled(f"{MUTATIONS} mutations, seed {SEED}", before)


def check_little():
    """An MTA that cannot do what we need is told so, and we say so."""
    for name, given in (("no leading space", {"steps": 0x0FFFFF}),
                        ("no header changes", {"actions": 0x01})):
        try:
            daemon.connect(**given).close()
            said = "accepted"
        except (ProtocolError, OSError) as error:
            said = str(error)
        check(f"an MTA with {name} is refused", said != "accepted", said)
    check("and the log says what to set", wait_for(
        lambda: "milter_protocol = 6" in daemon.log(), 5))


def check_stop():
    """With sessions that are idle, and one in the middle."""
    idle = [daemon.connect() for _ in range(20)]
    idle[0].connect("unknown", GOOD_IP)
    envelope(idle[0], f"x@{GOOD}")
    idle[0].header(b"From", b" x")
    idle[0].body(b"y" * 200000)  # more than the client keeps back
    began = time.monotonic()
    finish_daemon(daemon, check)
    check("stops at once", time.monotonic() - began < 5,
          time.monotonic() - began)
    check("leaves no socket", not os.path.exists(daemon.socket))


check_steps()
check_one_after_another()
check_broken_off()
check_garbage()
check_mutations()
check_little()
check_stop()
finish()
