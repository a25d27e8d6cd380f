#!/usr/bin/python3
"""hosted_dmarc.py - the settings of dmarc { } in the real daemon."""

from hosted import check, finish
from milter_daemon import (GOOD, GOOD_IP, LIAR_IP, VICTIM, Daemon, DkimpyKeys,
                           finish_daemon, verdict)

NAMED_IP, LISTED_IP = "203.0.113.8", "203.0.113.9"  # both have a name
ZONE = [
    '_dmarc.co.uk. TXT "v=DMARC1; p=reject"',
    "8.113.0.203.in-addr.arpa. PTR host.example.",
    "9.113.0.203.in-addr.arpa. PTR host.example.",
    "9.113.0.203.list.example. A 127.0.0.2",
]

daemon = Daemon(zone=ZONE)
keys = DkimpyKeys(daemon.place)
daemon.place.publish(*keys.records())
daemon.start()


def mail(author):
    return f"From: {author}\r\nSubject: s\r\n\r\nhello\r\n".encode()


def says(name, result, *words, disposition="accept"):
    """All the words are in our field, the reply or the log line."""
    text = " ".join((verdict(result), result.reply, result.line))
    missing = [word for word in words if word not in text]
    check(name, result.disposition == disposition and not missing,
          f"{result.disposition}, without {missing}: {text[:600]}")


def reload(*settings):
    daemon.reload(settings='spf {\n  on_fail = "mark"\n}\ndmarc {\n'
                  '  on_reject = "reject"\n  ' + "\n  ".join(settings) + "\n}")


def forge(author=f"x@{VICTIM}", client=LIAR_IP, octets=None, **more):
    more.setdefault("sender", "x@liar.example")
    return daemon.deliver(octets or mail(author), client=client, **more)


def check_org_domain():
    suffix = "x@somebody.co.uk"
    says("org_domain = treewalk: by the record of the suffix", forge(suffix),
         "5.7.26", disposition="reject")
    reload('org_domain = "psl"')
    says("org_domain = psl: not by it", forge(suffix), "dmarc=none")
    reload('org_domain = "compare"')
    says("org_domain = compare: by the record, and both in the log",
         forge(suffix), 'treewalk="fail, reject by co.uk',
         'psl="none, organization somebody.co.uk"', disposition="reject")


def check_reject_when():
    reload('reject_when = "confirmed"', 'dnsbl = "list.example"')
    says("confirmed: nothing else against it, marked", forge(client=NAMED_IP),
         "dmarc=fail", "DMARC not enforced: nothing else against it")
    says("confirmed: no reverse name", forge(), "5.7.26",
         "client has no reverse name", disposition="reject")
    says("confirmed: in the DNS list", forge(client=LISTED_IP), "5.7.26",
         "client is in list.example", disposition="reject")
    says("confirmed: SPF fails",
         forge(client=NAMED_IP, sender=f"x@{GOOD}"), "5.7.26", "spf=fail",
         disposition="reject")
    reload('reject_when = "confirmed"', 'on_unconfirmed = "quarantine"')
    says("confirmed: else held", forge(client=NAMED_IP), disposition="hold")


def check_exceptions():
    reload(f'exempt_domains = "{VICTIM}"')
    says("exempt_domains", forge(), "dmarc=fail", "exempt domain")
    reload(f'exempt_networks = "{LIAR_IP}/32"')
    says("exempt_networks", forge(), "dmarc=fail", "exempt network")
    reload(f'forwarders = {{"{GOOD}", "lists.example"}}')
    signed = keys.sign(mail(f"x@{VICTIM}"))
    says("forwarders: by a signature", forge(octets=signed), "dkim=pass",
         "dmarc=fail", "forwarder")
    says("forwarders: not by one that is broken",
         forge(octets=signed + b"more\r\n"), "5.7.26", disposition="reject")
    says("forwarders: by the client's verified name",
         forge(host="out.lists.example"), "dmarc=fail", "forwarder")
    says("forwarders: by SPF", forge(client=GOOD_IP, sender=f"x@{GOOD}"),
         "dmarc=fail", "forwarder")


says("reject_when = always", forge(client=NAMED_IP), "5.7.26",
     disposition="reject")
check_org_domain()
check_reject_when()
check_exceptions()
check("and judges as ever", daemon.lives())
finish_daemon(daemon, check)
finish()
