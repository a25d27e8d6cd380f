#!/usr/bin/python3
"""hosted_arc.py - the settings of arc { } in the real daemon: it seals, as one
forwarder after another; dkimpy says whether the chain holds, and makes one."""

import os
import re
import time

import dkim

from hosted import check, finish
from milter_daemon import (AUTHSERV_ID, GOOD, GOOD_IP, HOME, LIAR_IP, Daemon,
                           DkimpyKeys, finish_daemon, verdict)
from moody_dns import MoodyDns

LIST = "list.example"  # another domain we have keys of
AWAY = "servfail.example"  # the DNS has failures for it, see moody_dns.py
NAMES = ("ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results")

daemon = Daemon()
keys = DkimpyKeys(daemon.place)
lists = DkimpyKeys(daemon.place, "lists.example")
daemon.place.publish(*keys.records(), *lists.records())


def make_keys(domain):
    done = daemon.place.postseal("dkim", "genkey", domain)
    daemon.place.publish(
        *[line for line in done.out.splitlines() if " TXT " in line])
    done = daemon.place.postseal("dkim", "activate", "--force", domain)
    check(f"keys for {domain}", done.status == 0, done.err)


def reload(*arc, dmarc="reject", dns=None):
    daemon.reload(dns=dns, settings='spf {\n  on_fail = "mark"\n}\n'
                  f'dmarc {{\n  on_reject = "{dmarc}"\n}}\n'
                  'arc {\n  ' + "\n  ".join(arc) + "\n}")


def sealing(domain):
    return f'seal_domain = "{domain}"'


def trusting(*domains):
    return "trusted_sealers = {" + ", ".join(f'"{d}"' for d in domains) + "}"


def mail(body="hello\r\n", author=f"x@{GOOD}"):
    return (f"From: {author}\r\nTo: b@{HOME}\r\nSubject:  two  words\r\n"
            f"Authentication-Results: {AUTHSERV_ID}; dmarc=fail\r\n"
            f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n{body}").encode()


def txt(name, timeout=5):
    texts = daemon.place.ask(name.decode(), "TXT")
    return texts[0].encode() if texts else None


def witness(octets):
    """What dkimpy says of the chain: "pass 2"."""
    try:
        cv, sets, why = dkim.arc_verify(octets, dnsfunc=txt)
    except dkim.DKIMException as error:
        return f"error {error}"
    return " ".join((
        {b"pass": "pass", None: "ended"}.get(cv, f"{cv} {why}"),
        str(max((one["instance"] for one in sets), default=0))))


def forwarded(octets, **more):
    """As it comes from a host that its author's SPF does not name."""
    return daemon.deliver(octets, client=LIAR_IP, sender=f"x@{GOOD}", **more)


def says(name, result, *words, disposition="accept"):
    """All the words are in our fields, the reply or the log line."""
    text = " ".join((verdict(result), result.reply, result.line))
    missing = [word for word in words if word not in text]
    return check(name, result.disposition == disposition and not missing,
                 f"{result.disposition}, without {missing}: {text[:900]}")


def sealed(name, result, number, cv, said):
    """One set of ours on top, in order; what dkimpy says of the whole."""
    head = result.message.split(b"\r\n\r\n")[0].decode()
    top = tuple(re.findall(r"(?m)^([A-Za-z-]+):", head)[:3])
    seal = " ".join((result.fields("ARC-Seal") or ["none"])[0].split())
    got = witness(result.message)
    check(name, top == NAMES and f"i={number};" in seal and
          f"cv={cv};" in seal and f" sealed={number} " in result.line and
          got == said, f"{top} {seal[:60]} {got}: {result.line}")


def not_sealed(name, result, *words):
    if says(name, result, *words):
        added = [name for command, payload in result.changes
                 if command == "i" and payload[4:].startswith(b"ARC-")]
        check(f"{name}: no set of ours",
              " sealed=" not in result.line and not added, result.line)


# ---- chains

def check_chains():
    """One, two and three of us; the message after two."""
    first = daemon.receive(keys.sign(mail()))
    not_sealed("as installed nothing is sealed", first, "arc=none")
    reload(sealing(HOME))
    first = daemon.receive(keys.sign(mail()))
    sealed("the first set, forged results removed", first, 1, "none", "pass 1")
    results = first.fields("ARC-Authentication-Results")[0]
    check("it has our results", f"i=1; {AUTHSERV_ID};" in results and
          "dmarc=pass" in results and "dmarc=fail" not in results, results)
    reload(sealing(LIST))
    second = forwarded(first.message)
    sealed("the second, our own results of before removed", second, 2, "pass",
           "pass 2")
    says("it says so", second, f"arc=pass (i=1 d={HOME} spf=pass dkim=pass "
         "dmarc=pass)", "forged=1")
    reload(sealing(HOME))
    third = forwarded(second.message)
    sealed("the third", third, 3, "pass", "pass 3")
    says("nobody altered it on the way", third, "header.oldest-pass=0")
    return second.message


def check_broken(second):
    broken = forwarded(second + b"a footer\r\n")
    says("altered on the way: refused, nothing is sealed", broken, "5.7.26",
         "arc=fail", disposition="reject")
    reload(sealing(HOME), dmarc="mark")
    broken = forwarded(second + b"a footer\r\n")
    sealed("altered on the way: the chain ends", broken, 3, "fail", "ended 3")
    again = forwarded(broken.message)
    not_sealed("behind its end nothing is sealed", again,
               "sealed with cv=fail", 'reason="not sealed: the chain has ended"')


def by_dkimpy(body="hello\r\n", said="pass"):
    """As a mailing list would send it, with its seal and our author's DMARC."""
    octets = mail(body).replace(AUTHSERV_ID.encode(), b"lists.example").replace(
        b"dmarc=fail", f"dmarc={said} header.from={GOOD}".encode())
    return b"".join(dkim.arc_sign(octets, b"rsa", lists.domain.encode(),
                                  lists.rsa, b"lists.example")) + octets


def check_interop():
    result = forwarded(by_dkimpy())
    sealed("behind a set of dkimpy's", result, 2, "pass", "pass 2")
    says("which holds", result, f"arc=pass (i=1 d={lists.domain} dmarc=pass)")


# ---- whom we believe

def check_trust():
    reload(sealing(HOME))
    by_home = daemon.receive(mail()).message
    reload()
    says("nobody is trusted: refused", forwarded(by_home), "5.7.26",
         f"arc=pass:{HOME}", disposition="reject")
    reload(trusting(LIST, f"sub.{HOME}"))
    says("others are trusted: refused", forwarded(by_home), "5.7.26",
         disposition="reject")
    reload(trusting(LIST, HOME.upper()))
    says("a trusted sealer saw it pass", forwarded(by_home), "dmarc=fail",
         f"(overridden by arc set 1 of {HOME})", "policy.dmarc=none",
         f'reason="DMARC not enforced: trusted sealer, {HOME} in set 1"')
    says("not what was altered since", forwarded(by_home + b"footer\r\n"),
         "5.7.26", disposition="reject")
    says("not what another author is put on", forwarded(
        by_home.replace(f"From: x@{GOOD}".encode(),
                        b"From: x@victim.example")), "5.7.26",
        disposition="reject")
    reload(trusting(lists.domain))
    says("a mailing list that altered it, then sealed",
         forwarded(by_dkimpy("hello\r\n-- \r\nthe list\r\n")), "dmarc=fail",
         f'reason="DMARC not enforced: trusted sealer, {lists.domain}'
         ' in set 1"')
    says("not what failed there already", forwarded(by_dkimpy(said="fail")),
         "5.7.26", f"arc=pass:{lists.domain}", disposition="reject")


def check_away():
    """A sealer whose key cannot be fetched now."""
    reload(sealing(AWAY))
    message = daemon.receive(mail()).message
    moody = MoodyDns(daemon.place.port["dns"])
    reload(trusting(AWAY), sealing(HOME), dns=moody.port)
    result = forwarded(message)
    not_sealed("keys of a trusted sealer are away: not enforced, as it is",
               result, "arc=fail", "dmarc=fail",
               f"(not enforced, no keys for arc set 1 of {AWAY})",
               "not sealed: its chain cannot be judged now")
    check("and the chain holds for those whose DNS answers",
          witness(result.message) == "pass 1", witness(result.message))
    reload(trusting(LIST), dns=moody.port)
    says("those of another are: refused", forwarded(message), "5.7.26",
         disposition="reject")


# ---- our key

def key_file(domain):
    folder = daemon.place.path("keys", domain)
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if name.endswith("r.key")][0]


def spoil(domain, mode):
    """It counts within a second of a change of domain.json."""
    os.chmod(key_file(domain), mode)
    os.utime(daemon.place.path("keys", domain, "domain.json"))
    time.sleep(1.1)


def check_key():
    reload(sealing(LIST))
    spoil(LIST, 0o600)
    said = f"cannot seal by {LIST}: "
    for _ in range(2):
        result = daemon.receive(mail())
        says("a key that cannot be read: deferred", result, "451 4.7.5",
             'reason="cannot seal: ', disposition="defer")
    check("and the log says so, once", daemon.log().count(said) == 1,
          daemon.log()[-900:])
    reload(sealing(LIST), 'on_error = "unsealed"')
    not_sealed("on_error = unsealed: it goes on", daemon.receive(mail()),
               "dmarc=pass", 'reason="cannot seal: ')
    reload(sealing(LIST))
    spoil(LIST, 0o640)
    sealed("mended without a reload", daemon.receive(mail()), 1, "none",
           "pass 1")
    reload(sealing("nobody.example"))
    says("a domain without keys", daemon.receive(mail()), "451 4.7.5",
         'reason="cannot seal: no keys"', disposition="defer")
    says("what is our own is no matter of that", daemon.submit(
        mail(author=f"a@{HOME}")), "signatures=2")


def main():
    for domain in (LIST, AWAY):
        make_keys(domain)
    daemon.start()
    check_broken(check_chains())
    check_interop()
    check_trust()
    check_away()
    check_key()
    finish_daemon(daemon, check)
    finish()


main()
