#!/usr/bin/python3
"""hosted_dns.py - what a hostile or a broken name server makes of a verdict:
large answers are read, and a failure refuses nobody."""

import time

from hosted import check, finish
from milter_daemon import (GOOD, GOOD_IP, LIAR_IP, VICTIM, Daemon, DkimpyKeys,
                           finish_daemon, txt_record, verdict)
from moody_dns import MoodyDns

TIMEOUT = 3  # dns.timeout of the instance
SLACK = 2
OTHERS = 80  # records of 250 octets beside the one that counts


def mail(domain, *fields):
    return b"\r\n".join([f"From: x@{domain}".encode(), *fields, b"", b"hi\r\n"])


def noise(name, begin=""):
    return [txt_record(name, f"{begin}{i:03d} " + 246 * "n")
            for i in range(OTHERS)]


def said(result):
    return f"{verdict(result)} | {result.reply} | {result.line}"


class Large:
    """Records of 20 KB, and what must come of them."""

    def __init__(self, keys):
        rsa = keys.public["rsa"]
        self.keys = keys
        self.zone = [
            # the key among 80 other records, before all and behind all of them
            *noise(f"among._domainkey.{GOOD}"),
            txt_record(f"among._domainkey.{GOOD}", rsa),
            # a key in one record of 20 KB, and one that is just small enough
            txt_record(f"huge._domainkey.{GOOD}", rsa + "; n=" + 20000 * "n"),
            txt_record(f"large._domainkey.{GOOD}", rsa + "; n=" + 7000 * "n"),
            # SPF among others; of two kinds of too much; and by itself large
            *noise("among.example"),
            txt_record("among.example", f"v=spf1 ip4:{GOOD_IP} -all"),
            *[txt_record("many.example", f"v=spf1 ip4:192.0.2.{i} -all")
              for i in range(OTHERS)],
            txt_record("huge.example", "v=spf1 " + 1000 *
                       "ip4:198.51.100.1/32 " + f"ip4:{GOOD_IP} -all"),
            txt_record("large.example", "v=spf1 " + 150 *
                       "ip4:198.51.100.1/32 " + f"ip4:{GOOD_IP} -all"),
            *noise("_dmarc.policies.example"),
            txt_record("_dmarc.policies.example", "v=DMARC1; p=reject"),
            *[txt_record("_dmarc.several.example", f"v=DMARC1; p=reject; n={i}")
              for i in range(OTHERS)],
        ]

    def check(self, daemon):
        for selector, kind, word in (
                ("among", "a key among 20 KB of other records", "dkim=pass"),
                ("large", "a key record of 7 KB", "dkim=pass"),
                ("huge", "a key record of 20 KB",
                 'dkim=permerror reason="the key record is too long"')):
            signed = self.keys.sign(mail(GOOD), selector=selector)
            text = said(daemon.receive(signed))
            check(f"{kind}: {word.split(' ')[0]}", word in text, text)
        for domain, kind, word in (
                ("among.example", "SPF among 20 KB of other records",
                 "spf=pass"),
                ("large.example", "SPF of 3 KB", "spf=pass"),
                ("huge.example", "SPF of 20 KB", "spf=permerror"),
                ("many.example", "80 SPF records", "spf=permerror")):
            text = said(daemon.receive(mail(domain), sender=f"x@{domain}"))
            check(f"{kind}: {word}", word in text, text)
        for domain, kind, word in (
                ("policies.example", "a policy among 20 KB of other records",
                 "reject 550 5.7.26"),
                ("several.example", "80 policy records: none", "dmarc=none")):
            text = said(daemon.receive(mail(domain), client=LIAR_IP))
            check(f"{kind}: {word}", word in text, text)


def check_failures(daemon, keys, name):
    """Nothing below SERVFAIL.example or SILENT.example can be asked."""
    domain = f"{name}.example"
    policy = f"policy-{domain}"  # it has one, and says reject
    rows = (
        ("SPF", dict(octets=mail(domain), sender=f"x@{domain}"),
         "spf=temperror"),
        ("the policy", dict(octets=mail(domain), sender=f"x@{GOOD}"),
         "dmarc=temperror"),
        ("SPF, where the policy says reject",
         dict(octets=mail(policy), sender=f"x@{policy}"), "dmarc=temperror"),
        ("SPF of the HELO name", dict(octets=mail(domain), sender="",
                                      helo=f"h.{domain}"), "spf=temperror"),
        ("a key", dict(octets=keys[domain].sign(mail(domain)), sender=""),
         "dkim=temperror"),
        ("a key, where the policy says reject", dict(
            octets=keys[policy].sign(mail(policy)), sender=""),
         "dmarc=temperror"),
    )
    for kind, given, word in rows:
        began = time.monotonic()
        result = daemon.receive(client=LIAR_IP, **given)
        took = time.monotonic() - began
        check(f"{name}, {kind}: {word}, accepted",
              result.disposition == "accept" and word in verdict(result),
              said(result))
        check(f"{name}, {kind}: within dns.timeout", took < TIMEOUT + SLACK,
              took)


def check_others(daemon, name):
    """One who is not answered does not spoil it for others."""
    text = said(daemon.receive(mail(GOOD)))
    check(f"{name}: others are judged as ever", "dmarc=pass" in text, text)
    text = said(daemon.receive(mail(VICTIM), client=LIAR_IP))
    check(f"{name}: forgers are refused as ever", "reject 550 5.7.26" in text,
          text)


def main():
    daemon = Daemon()
    large = Large(DkimpyKeys(daemon.place))
    keys = {}
    zone = [*large.keys.records(), *large.zone]
    for name in ("servfail", "silent"):
        # policy-servfail.example: only its SPF and its key are out of reach
        for domain in (f"{name}.example", f"policy-{name}.example"):
            keys[domain] = DkimpyKeys(daemon.place, domain)
        policy = f"policy-{name}.example"
        zone += [f'_dmarc.{policy}. TXT "v=DMARC1; p=reject"',
                 f'{policy}. TXT "v=spf1 include:spf.{name}.example -all"',
                 f"*._domainkey.{policy}. CNAME key.{name}.example."]
    daemon.place.publish(*zone)
    daemon.start()
    large.check(daemon)
    moody = MoodyDns(daemon.place.port["dns"])
    daemon.reload(dns=moody.port)
    for name in ("servfail", "silent"):
        check_failures(daemon, keys, name)
        check_others(daemon, name)
    check("the moody server was asked",
          any("silent" in name for name in moody.asked))
    finish_daemon(daemon, check)
    finish()


main()
