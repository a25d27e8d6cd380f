#!/usr/bin/python3
"""hosted_test_command.py - postseal test message and test sign: what they say
is what the daemon does, over a real name server and over a zone in a file."""

import json
import os
import re

import dkim

from hosted import check, finish, show, write
from milter_daemon import (GOOD, GOOD_IP, HOME, INSIDE, LIAR_IP, RELAY_IP,
                           VICTIM, Daemon, DkimpyKeys, finish_daemon)
from moody_dns import MoodyDns

ID = f"mx.{HOME}"
BACKUP_IP = "198.51.100.6"
NAMED_IP = "203.0.113.8"
BODY = b"Subject: s\r\n\r\nhello\r\n\r\n two\r\n"
MORE_ZONE = [
    'inner.example. TXT "v=spf1 include:deep.example ?all"',
    'deep.example. TXT "v=spf1 ip4:198.51.100.9 -all"',
    'outer.example. TXT "v=spf1 include:inner.example mx ~all"',
    "outer.example. MX 10 mail.outer.example.",
    "mail.outer.example. A 198.51.100.8",
    "8.113.0.203.in-addr.arpa. PTR host.example.",
    '_dmarc.co.uk. TXT "v=DMARC1; p=reject"',
]
# What a terminal would obey, a line that never was, writing turned around.
HOSTILE = b"\x1b[31m\x07\x7f\xc2\x9b2J\xe2\x80\xae\xff\r\x00"


def mail(author, *fields, body=BODY):
    return b"\r\n".join([f"From: x@{author}".encode(), *fields, body])


def json_zone(lines, *more):
    """The records of lines as nsd has them."""
    records = []
    for line in lines:
        name, kind, data = re.match(
            r"(\S+)\.\s+(?:IN\s+)?(TXT|MX|A|PTR)\s+(.*)$", line).groups()
        if kind == "TXT":
            data = re.findall('"([^"]*)"', data)
        elif kind == "MX":
            number, host = data.split()
            data = {"preference": int(number), "exchange": host.rstrip(".")}
        records.append({"name": name.lower(), "type": kind, "data": data})
    return {"zone": records + list(more)}


class Command:
    """The command beside the daemon, with the same configuration."""

    def __init__(self, daemon):
        self.place = daemon.place
        self.zone = self.path("zone.json")
        base = [f"{HOME}. MX 10 mx.{HOME}.", f"mx.{HOME}. A 127.0.0.1",
                f'{HOME}. TXT "v=spf1 ip4:127.0.0.1 -all"']
        self.write_zone(json_zone(base + daemon.place.zone))

    def path(self, name):
        return self.place.path("run", name)

    def write_zone(self, zone, name="zone.json"):
        return write(self.path(name), json.dumps(zone))

    def file(self, octets, name="message.eml"):
        with open(self.path(name), "wb") as file:
            file.write(octets)
        return self.path(name)

    def message(self, octets, *more, sender=f"x@{GOOD}", client=GOOD_IP,
                helo="client.example"):
        return self.place.postseal(
            "test", "message", "--ip", client, "--helo", helo, "--from",
            sender, *more, self.file(octets))

    def sign(self, octets, *more):
        return self.place.postseal("test", "sign", *more, self.file(octets))


def document(done):
    try:
        return json.loads(done.out)
    except ValueError:
        return {}


def changes_of(result):
    """What the daemon does: (removed, [name, value] from the top)."""
    removed, inserted = [], []
    for command, payload in result.changes:
        if command == "m":
            removed.append(int.from_bytes(payload[:4], "big"))
        elif command == "i":
            name, value = payload[4:].rstrip(b"\0").split(b"\0", 1)
            inserted.insert(0, [name.decode(), value.decode("utf-8", "replace")])
    return [result.disposition, result.reply, sorted(removed), inserted]


def changes_said(said):
    """The same, as the command has it."""
    answer = said.get("answer", {})
    reply = " ".join(filter(None, (answer.get("code"), answer.get("status"),
                                   answer.get("text"))))
    return [answer.get("disposition"), reply,
            sorted(field["nth"] for field in answer.get("removed", [])),
            [[field["name"], field["value"]]
             for field in answer.get("inserted", [])]]


def without_time(changes):
    """Without t= and b= of the signatures, which a second makes others."""
    return changes[:3] + [[name, re.sub(r"\bt=\d+;|\bb=[^;]*$", "", value)]
                          for name, value in changes[3]]


def sealed(keys, octets):
    """With an ARC set of GOOD's on top."""
    octets = (f"Authentication-Results: {GOOD}; spf=pass; dmarc=pass "
              f"header.from={GOOD}\r\n").encode() + octets
    fields = dkim.arc_sign(octets, b"rsa", GOOD.encode(), keys.rsa,
                           GOOD.encode(), include_headers=[b"from", b"subject"])
    return b"".join(fields) + octets


def compare(daemon, command, keys):
    """The same message through the daemon, over the DNS, over the zone."""
    ours = f"Authentication-Results: {ID}; dmarc=pass".encode()
    signed = keys.sign(keys.sign(mail(GOOD)), kind="ed")
    long = b"DKIM-Signature: v=1; a=rsa-sha256; d=" + 70000 * b"x"
    rows = (
        ("signed, and from the right host", signed, {}),
        ("signed, the body altered", signed + b"more\r\n", {}),
        ("a forger", mail(VICTIM), dict(client=LIAR_IP)),
        ("a forger without a sender", mail(VICTIM),
         dict(client=LIAR_IP, sender="")),
        ("forged results", mail(
            GOOD, ours, b"Authentication-Results: else.example; spf=pass",
            b"AUTHENTICATION-RESULTS:\r\n\t " + ID.encode() + b" 1; none"), {}),
        ("two authors", mail(GOOD, b"From: y@" + VICTIM.encode()),
         dict(client=LIAR_IP)),
        ("no author", BODY, {}),
        ("nothing", b"", {}),
        ("no body", b"From: x@" + GOOD.encode() + b"\r\n\r\n", {}),
        ("an ARC chain", sealed(keys, keys.sign(mail(GOOD))), {}),
        ("an ARC chain, broken", sealed(keys, mail(GOOD)) + b"more\r\n", {}),
        ("SPF through includes", mail("outer.example"),
         dict(sender="x@outer.example", client="198.51.100.8")),
        ("a line of 70,000 octets", mail(GOOD, long), {}),
        ("more fields than are judged",
         12000 * (ours + b"\r\n") + mail(GOOD), {}),
        ("octets of any kind", mail(GOOD, b"X: " + HOSTILE[:-2], ours),
         dict(helo="h\u00fc.example")),
        ("a trusted relay", mail(VICTIM, ours), dict(client=RELAY_IP)),
        ("a backup MX", mail(VICTIM, b"Received: from h.example (h.example "
                             b"[203.0.113.7]) by backup.example; date"),
         dict(client=BACKUP_IP)),
        ("a backup MX, from nowhere", mail(VICTIM), dict(client=BACKUP_IP)),
        ("a client with IPv6", mail(GOOD), dict(client="2001:db8::1")),
    )
    for name, octets, given in rows:
        given = {"sender": f"x@{GOOD}", "client": GOOD_IP, **given}
        want = changes_of(daemon.deliver(octets, **given))
        for kind, more in (("over the DNS", ()),
                           ("over a zone", ("--zone", command.zone))):
            done = command.message(octets, "--json", *more, **given)
            got = changes_said(document(done))
            check(f"as the daemon {kind}: {name}", got == want,
                  f"{got} is not {want}; {done.err}")
        done = command.message(octets.replace(b"\r\n", b"\n"), "--json",
                               "--zone", command.zone, **given)
        check(f"with LF: {name}", changes_said(document(done)) == want,
              show(done))


def compare_settings(daemon, command, keys):
    """The same with settings that ask for more."""
    daemon.reload(settings=f"""\
spf {{
  on_fail = "reject"
  received_spf = "yes"
}}
dmarc {{
  on_reject = "reject"
  reject_when = "confirmed"
  on_unconfirmed = "quarantine"
  org_domain = "compare"
}}
arc {{
  seal_domain = "{HOME}"
  trusted_sealers = {{"{GOOD}"}}
}}""")
    rows = (
        ("signed", keys.sign(mail(GOOD)), {}, "be sealed by"),
        ("a forger", mail(VICTIM),
         dict(client=LIAR_IP, sender="x@liar.example"),
         "confirmed: the client has no reverse name"),
        ("a forger with a name", mail(VICTIM),
         dict(client=NAMED_IP, sender="x@liar.example"),
         "dmarc.on_unconfirmed = quarantine: it is held"),
        ("SPF fails", mail("none.example"), dict(client=LIAR_IP),
         "spf.on_fail = reject"),
        ("a sealer that is trusted", sealed(keys, mail(GOOD)),
         dict(client=LIAR_IP, sender="x@liar.example"),
         f"{GOOD}, of arc.trusted_sealers, saw its DMARC pass"),
        ("two standards", mail("somebody.co.uk"), dict(client=LIAR_IP),
         "by RFC 7489 it would be: none"),
    )
    for name, octets, given, words in rows:
        given = {"sender": f"x@{GOOD}", "client": GOOD_IP, **given}
        want = without_time(changes_of(daemon.deliver(octets, **given)))
        done = command.message(octets, "--json", **given)
        got = without_time(changes_said(document(done)))
        check(f"as the daemon with other settings: {name}", got == want,
              f"{got} is not {want}; {done.err}")
        says(f"with other settings: {name}", command.message(octets, **given),
             words)
    daemon.reload(settings="")


def compare_signed(daemon, command):
    for name, octets in (
            ("signed", mail(HOME)), ("without keys", mail("other.example")),
            ("two authors", mail(HOME, b"From: y@other.example"))):
        want = without_time(changes_of(daemon.submit(octets)))
        for kind, more in (("over the DNS", ()),
                           ("over a zone", ("--zone", command.zone))):
            done = command.sign(octets, "--json", "--ip", INSIDE, *more)
            got = without_time(changes_said(document(done)))
            check(f"signs as the daemon {kind}: {name}", got == want,
                  f"{got} is not {want}; {done.err}")


def says(name, done, *words):
    missing = [word for word in words if word not in done.out]
    check(name, done.status == 0 and not missing,
          f"without {missing}: {show(done)}")


def explanations(command, keys):
    zone = ("--zone", command.zone)
    signed = keys.sign(mail(GOOD))
    says("a pass is explained", command.message(signed, *zone),
         "there was no login", f"in its place the records of {command.zone}",
         f"    {GOOD} TXT:", f'      "v=spf1 ip4:{GOOD_IP} -all"',
         f"SPF of the envelope sender, {GOOD}: pass",
         f"  ip4:{GOOD_IP} matches: pass", "of the HELO name",
         f"1. d={GOOD} s=rsa a=rsa-sha256: pass, by a key of 2048 bits",
         "signs from : subject by relaxed/relaxed", "ARC: there is no chain",
         f"DMARC of {GOOD}: pass", f"_dmarc.{GOOD}: a record",
         f"organizational domain: {GOOD}", f"signature 1's {GOOD} is aligned",
         f"SPF's {GOOD} is aligned", "What would be done: accept",
         "  Nothing speaks against it.",
         f"    Authentication-Results: {ID};\n")
    says("TTLs over the DNS", command.message(signed), " TXT (TTL ",
         "The DNS, by way of 127.0.0.1@", "no such name")
    says("a refusal", command.message(mail(VICTIM), *zone, client=LIAR_IP),
         "wishes such mail to be refused", "dmarc.on_reject = reject",
         "What would be done: reject", "  reply: 550 5.7.26 ",
         f"DMARC of {VICTIM}: fail", "nothing that passed is aligned")
    says("an altered body", command.message(signed + b"more\r\n", *zone),
         "a=rsa-sha256: fail", "why: the body was altered")
    says("the way through includes",
         command.message(mail(GOOD), *zone, sender="x@outer.example",
                         client="198.51.100.8"),
         "\n  include:inner.example, which is\n"
         '    inner.example: "v=spf1 include:deep.example ?all"\n'
         "    include:deep.example, which is\n"
         '      deep.example: "v=spf1 ip4:198.51.100.9 -all"\n'
         "      ip4:198.51.100.9 does not match\n"
         "      -all matches: fail\n"
         "    include:deep.example does not match\n"
         "    ?all matches: neutral\n"
         "  include:inner.example does not match\n"
         "  mx matches: pass\n  lookups spent: 3 of 10\n",
         "      10 mail.outer.example",
         "is not aligned: it is of another organization")
    says("forged results are shown",
         command.message(mail(GOOD, f"Authentication-Results: {ID}; a=b"
                              .encode()), *zone),
         f"removed, as it claims to be ours: Authentication-Results field 1:"
         f" {ID}; a=b")
    says("a chain", command.message(sealed(keys, signed), *zone),
         "ARC, a chain of 1: pass", "set 1, cv=none", f"seal of d={GOOD}",
         "arc.trusted_sealers is empty")
    says("a login's mail is signed",
         command.message(mail(HOME), *zone, "--login", f"alice@{HOME}"),
         "It is ours, to be signed: there was a login", "Signing")
    says("a recipient that takes anything",
         command.message(mail(VICTIM), *zone, "--to", f"abuse@{HOME}",
                         client=LIAR_IP),
         "exempt_recipients", "What would be done: accept")
    done = command.place.postseal(
        "test", "message", "--ip", GOOD_IP, "--helo", "h.example", "--from",
        f"<x@{GOOD}>", *zone, "-", text=mail(GOOD).decode())
    says("standard input, and <> around the sender", done,
         f"envelope sender <x@{GOOD}>", f"DMARC of {GOOD}: pass")


def documents(command, keys):
    done = command.message(keys.sign(mail(GOOD)), "--json")
    said = document(done)
    questions = {(one["name"], one["type"]): one
                 for one in said["dns"]["questions"]}
    one = questions[(GOOD, "TXT")]
    check("--json: questions", one["answer"] == "found" and one["ttl"] <= 1 and
          one["records"] == [f"v=spf1 ip4:{GOOD_IP} -all"] and
          one["round"] == 1 and
          questions[("_dmarc.example", "TXT")]["answer"] == "nxdomain", one)
    check("--json: verdicts", said["spf"]["result"] == "pass" and
          said["dkim"][0]["domain"] == GOOD and
          said["arc"]["result"] == "none" and
          said["dmarc"]["authors"][0]["identifiers"][0]["aligned"] == "yes" and
          said["message"]["origin"] == "in", said)
    check("--json: SPF's path", [
        (step["kind"], step["text"], step["result"])
        for step in said["spf"]["path"]][1:] ==
        [("term", f"ip4:{GOOD_IP}", "pass")], said["spf"])
    check("--json: nothing is \"done\"", "done" not in said, list(said))


def failures(daemon, command):
    """What cannot be asked, in a file and from servers."""
    zone = json_zone(
        daemon.place.zone,
        {"name": "gone.example", "type": "TXT", "error": "timeout"},
        {"name": f"_dmarc.{VICTIM}", "type": "TXT", "error": "servfail"})
    zone["zone"] = [one for one in zone["zone"] if one.get("error") or
                    one["name"] != f"_dmarc.{VICTIM}"]
    path = command.write_zone(zone, "failing.json")
    says("a zone that fails",
         command.message(mail(VICTIM), "--zone", path, sender="x@gone.example"),
         "gone.example TXT: failed", "gone.example: temperror",
         "gone.example cannot be asked now",
         f"_dmarc.{VICTIM}: cannot be asked now", f"DMARC of {VICTIM}: "
         "temperror", "a temporary error never refuses mail",
         "What would be done: accept")
    moody = MoodyDns(daemon.place.port["dns"])
    daemon.configure(dns=moody.port)
    says("a server that fails",
         command.message(mail(GOOD), sender="x@servfail.example"),
         "servfail.example TXT: failed", "servfail.example: temperror")
    # The resolver gives up by itself after about 3 s; that is no timeout.
    with open(daemon.place.config) as file:
        text = file.read().replace("timeout = 3", "timeout = 1")
    write(daemon.place.config, text)
    says("a server that is silent",
         command.message(mail(GOOD), sender="x@silent.example"),
         "silent.example TXT: no answer within dns.timeout",
         "silent.example: temperror", "silent.example cannot be asked now")
    daemon.configure()


def beside_daemon(daemon, command):
    """Counts and decisions are the daemon's alone: not opened, not made."""
    state = command.path("never.db")
    with open(daemon.place.config) as file:
        text = file.read()
    text = "\n".join(line for line in text.split("\n")
                     if not line.startswith("state_database"))
    write(daemon.place.config, f'''state_database = "{state}"
{text}
limits {{
  rules = "{command.path("no-rules.cf")}"
  journal = "{command.path("no-folder")}/counters"
}}
''')
    says("beside a daemon with limits", command.message(mail(GOOD)),
         "What would be done: accept")
    check("beside a daemon: nothing is made", not os.path.exists(state))
    daemon.configure()


def signing(daemon, command):
    zone = ("--zone", command.zone)
    place = daemon.place
    for arguments in (("adduser", "--no-password", f"alice@{HOME}"),
                      ("dkim", "genkey", "fresh.example")):
        done = place.postseal(*arguments)
        if done.status != 0:
            check(" ".join(arguments), False, show(done))
    says("who signs", command.sign(mail(HOME), *zone),
         "it came over no connection", f"keys of {HOME} in ",
         "active, the DNS has its record: signs",
         f"It would be signed by {HOME}, with 2 signatures",
         "    DKIM-Signature: v=1; ", f"d={HOME};")
    says("the login may", command.sign(mail(HOME), *zone, "--login",
                                       f"alice@{HOME}"),
         "there was a login", f"login alice@{HOME} may send as {HOME} "
         "(sign.from_must_match = domain)", "with 2 signatures")
    says("the login may not", command.sign(mail(HOME), *zone, "--login",
                                           "eve@else.example"),
         f"login eve@else.example may not send as {HOME}",
         "It would not be signed: login may not send as From")
    says("no keys", command.sign(mail("other.example"), *zone),
         "there is no folder of keys for other.example",
         "It would not be signed: no keys")
    says("keys that are not active", command.sign(mail("fresh.example"), *zone),
         "rsa, published: does not sign", "not be signed: no active key")
    says("two authors", command.sign(mail(HOME, b"From: a@b.example"), *zone),
         "author's domain: none", "It would not be signed: two From fields")
    says("not ours", command.sign(mail(HOME), *zone, "--ip", LIAR_IP),
         "It would not be signed, as it is not ours: there was no login")
    says("not ours, as JSON", command.sign(mail(HOME), "--json", *zone, "--ip",
                                           LIAR_IP), '"signatures": 0')
    empty = command.write_zone([], "empty.json")
    says("keys that the DNS does not have",
         command.sign(mail(HOME), "--zone", empty),
         "the DNS has no record of it, or another: does not sign",
         "2 of 2 signatures withheld")
    said = document(command.sign(mail(HOME), "--json", *zone))
    check("--json: signing", said["signing"]["signatures"] == 2 and
          [(key["state"], key["published"], key["signs"])
           for key in said["signing"]["keys"]] == 2 * [("active", "same", True)],
          said)
    folder = place.path("keys", HOME)
    keys = [name for name in os.listdir(folder) if name.endswith(".key")]
    os.chmod(os.path.join(folder, keys[0]), 0o644)
    says("a key that others may read", command.sign(mail(HOME), *zone),
         "What would be done: defer", "reply: 451 4.7.5",
         "It would not be signed: cannot sign")
    os.chmod(os.path.join(folder, keys[0]), 0o640)


def clean(text):
    return not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufffd]",
                         text)


def hostile(command):
    """Nobody's text moves the cursor, or makes a line of ours."""
    field = f"Authentication-Results: {ID}; x=".encode() + HOSTILE
    octets = mail(GOOD, field, b"DKIM-Signature: v=1; d=" + HOSTILE,
                  b"ARC-Seal: i=1; d=" + HOSTILE)
    zone = command.write_zone([
        {"name": GOOD, "type": "TXT",
         "data": ["v=spf1 \x1b[31mWhat would be done: accept\r\n\u009b\u202e"]},
        {"name": f"_dmarc.{GOOD}", "type": "TXT",
         "data": ["v=DMARC1; p=none; \x00\x1b]0;x\x07"]}], "hostile.json")
    for kind in ((), ("--json",)):
        done = command.message(
            octets, "--zone", zone, *kind, helo="h\x1b[2J\nDKIM: fine",
            sender=f"a\x1b[31m\n\u009b@{GOOD}")
        check(f"hostile text, {kind or 'in words'}", done.status == 0 and
              clean(done.out), show(done))
        lines = [line for line in done.out.split("\n")
                 if line.startswith(("What would be done", "DKIM"))]
        check(f"hostile text makes no line, {kind or 'in words'}",
              len(lines) == (0 if kind else 2), lines)
    check("hostile text is JSON", document(done)["message"]["helo"] ==
          "h\x1b[2J\nDKIM: fine", done.out[:300])


def usage(command):
    place, good = command.place, command.file(mail(GOOD))
    who = ("--ip", GOOD_IP, "--helo", "h.example", "--from", f"x@{GOOD}")
    huge = command.path("huge.eml")
    with open(huge, "wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    bad = command.file(b'[{"name": 1}]', "bad.json")
    rows = (
        ("no file", ("message", *who), 2),
        ("two files", ("message", *who, good, good), 2),
        ("no --ip", ("message", *who[2:], good), 2),
        ("no --helo", ("message", *who[:2], *who[4:], good), 2),
        ("no --from", ("message", *who[:4], good), 2),
        ("--from without a value", ("message", good, *who[:5]), 2),
        ("no address", ("message", "--ip", "1.2.3", *who[2:], good), 2),
        ("no sender address", ("message", *who[:5], "nobody", good), 2),
        ("no recipient address", ("message", *who, "--to", "x", good), 2),
        ("no such file", ("message", *who, good + ".none"), 1),
        ("a folder", ("message", *who, place.dir), 2),
        ("a large file", ("message", *who, huge), 2),
        ("no such zone", ("message", *who, "--zone", good + ".none", good), 2),
        ("a zone that is none", ("message", *who, "--zone", bad, good), 2),
        ("a zone that is a folder",
         ("message", *who, "--zone", place.dir, good), 2),
        ("sign: another's option", ("sign", "--helo", "h", good), 2),
        ("sign: no address", ("sign", "--ip", "x", good), 2),
        ("sign: no such file", ("sign", good + ".none"), 1),
        ("neither", ("nothing", good), 2),
    )
    for name, arguments, status in rows:
        for kind in ((), ("--json",)):
            done = place.postseal("test", *arguments, *kind)
            check(f"usage {kind}: {name}", done.status == status and
                  done.out == "" and done.err.count("\n") == 1, show(done))


def main():
    daemon = Daemon(zone=MORE_ZONE, milter=f"""\
  trusted_relays = "{RELAY_IP}/32"
  backup_mx = "{BACKUP_IP}/32"
""")
    keys = DkimpyKeys(daemon.place)
    daemon.place.publish(*keys.records())
    daemon.start()
    command = Command(daemon)
    compare(daemon, command, keys)
    compare_settings(daemon, command, keys)
    compare_signed(daemon, command)
    explanations(command, keys)
    documents(command, keys)
    failures(daemon, command)
    beside_daemon(daemon, command)
    signing(daemon, command)
    hostile(command)
    usage(command)
    check("and the daemon judges as ever", daemon.lives())
    finish_daemon(daemon, check)
    finish()


main()
