#!/usr/bin/python3
"""hosted_rounds.py - how often a message waits for the DNS: where each answer
takes 50 ms, at most 1 + as many round trips as its SPF record is deep, all else
side by side; nothing is asked twice, and a second message asks nothing."""

import time

from hosted import check, finish
from milter_daemon import Daemon, DkimpyKeys, finish_daemon, verdict
from slow_dns import SlowDns

DELAY = 0.05
SLACK = 3  # seconds, of a busy machine
TRIES = 8  # of a message, each with names of its own; load only adds rounds
OTHER = "list.example"  # signs as well, and is aligned with nobody
DEPTHS = (1, 3, 10)


def link(name, depth):
    """The name of the record that many links behind."""
    return f"s{depth}.{name}" if depth else name


def chain(name, term, depth, last):
    """Records of SPF, each with a term that leads to the next."""
    lines = [f'{link(name, i)}. TXT "v=spf1 {term}{link(name, i + 1)}"'
             for i in range(depth)]
    return lines + [f'{link(name, depth)}. TXT "v=spf1 {last} -all"']


def include(name, depth, ip):
    return chain(name, "include:", depth, f"ip4:{ip}")


def redirect(name, depth, ip):
    return chain(name, "redirect=", depth, f"ip4:{ip}")


def end_in_a(name, depth, ip):
    return [*chain(name, "include:", depth - 1, f"a:h.{name}"),
            f"h.{name}. A {ip}"]


def end_in_exists(name, depth, ip):
    return [*chain(name, "redirect=", depth - 1, f"exists:%{{i}}.h.{name}"),
            f"{ip}.h.{name}. A 127.0.0.2"]


def hosts(name, ip):
    """An mx of three hosts, the last of which is the client."""
    return [line for i in range(3) for line in (
        f"{name}. MX {i} h{i}.{name}.",
        f"h{i}.{name}. A {ip if i == 2 else f'192.0.2.{100 + i}'}")]


def end_in_mx(name, depth, ip):
    return [*chain(name, "include:", depth - 1, f"mx:h.{name}"),
            *hosts(f"h.{name}", ip)]


def end_in_ptr(name, depth, ip):
    reverse = ".".join(reversed(ip.split(".")))
    return [*chain(name, "include:", depth - 1, f"ptr:h.{name}"),
            f"{reverse}.in-addr.arpa. PTR p.h.{name}.", f"p.h.{name}. A {ip}"]


def beside(name, depth, ip):
    """Terms of other kinds beside the deep one: no deeper for that."""
    records = chain(name, "include:", depth, f"ip4:{ip}")
    terms = f"a:a.{name} include:i.{name} exists:e.{name} " if depth < 10 else ""
    records[0] = (f'{name}. TXT "v=spf1 {terms}include:{link(name, 1)} '
                  'redirect=none.example"')
    return [*records, f"a.{name}. A 192.0.2.77",
            f'i.{name}. TXT "v=spf1 ip4:192.0.2.79 -all"']


# What the record is like, and how many rounds there are behind its own: the
# hosts of an mx, and the addresses of a ptr's names, are a link of their own.
KINDS = (
    ("include", include, 0),
    ("redirect", redirect, 0),
    ("a", end_in_a, 0),
    ("exists", end_in_exists, 0),
    ("mx", end_in_mx, 1),
    ("ptr", end_in_ptr, 1),
    ("beside", beside, 0),
)


class Case:
    """One message: three signatures that may be aligned and one that is not,
    a policy five names above the author, HELO with a record of its own."""

    def __init__(self, number, kind, depth):
        name, spf, more = kind
        self.name = f"{name}, depth {depth}"
        self.client = f"198.18.{number // 250}.{number % 250 + 1}"
        self.org = f"m{number}.example"  # all its names are below
        self.sender = f"bounce.{self.org}"
        self.author = f"a.b.c.d.{self.org}"
        self.helo = f"helo.{self.org}"
        self.signers = (f"sig.{self.org}", self.author, self.org, OTHER)
        self.rounds = 1 + depth + more
        self.zone = [
            *spf(self.sender, depth, self.client),
            *include(self.helo, 1, self.client),
            f"_dmarc.{self.org}. TXT "
            '"v=DMARC1; p=reject; sp=quarantine; np=reject"',
            f"{self.author}. A 192.0.2.80",
            # a key that is somewhere else
            f"rsa._domainkey.sig.{self.org}. CNAME rsa._domainkey.{OTHER}.",
            f"rsa._domainkey.{self.author}. CNAME rsa._domainkey.{OTHER}.",
            f"rsa._domainkey.{self.org}. CNAME rsa._domainkey.{OTHER}.",
        ]

    def deliver(self, daemon, keys, text):
        message = f"From: x@{self.author}\r\n\r\n{text}\r\n".encode()
        for domain in self.signers:
            keys.domain = domain
            message = keys.sign(message, names=(b"from",))
        return daemon.receive(message, sender=f"x@{self.sender}",
                              client=self.client, helo=self.helo)


def judge(daemon, dns, keys, case, text):
    """What was wrong with the verdict, and how long it took."""
    dns.forget()
    began = time.monotonic()
    result = case.deliver(daemon, keys, text)
    took = time.monotonic() - began
    said = verdict(result)
    good = (result.disposition == "accept" and "dmarc=pass" in said and
            "spf=pass" in said and said.count("dkim=pass") ==
            len(case.signers))
    return "" if good else f"{said} | {result.line}", took


def check_case(daemon, dns, keys, cases):
    """cases: the same message under several names."""
    for case in cases:
        wrong, took = judge(daemon, dns, keys, case, "first")
        twice, rounds, story = dns.twice(), dns.rounds(), dns.story()
        wrong_again, _ = judge(daemon, dns, keys, case, "second")
        again = dns.story()
        if rounds <= case.rounds and not twice:
            break
    name = case.name
    check(f"{name}: judged as it should be", not wrong and not wrong_again,
          wrong or wrong_again)
    # Fewer would be a fault of the test: the chain was not followed.
    check(f"{name}: {case.rounds} rounds", rounds == case.rounds,
          f"{rounds}: {story}")
    check(f"{name}: waits no longer for it", took < DELAY * case.rounds + SLACK,
          took)
    check(f"{name}: nothing is asked twice", not twice, twice)
    check(f"{name}: a second message asks nothing", again == "", again)


def main():
    daemon = Daemon()
    keys = DkimpyKeys(daemon.place, OTHER)
    rows = []
    for kind in KINDS:
        for depth in DEPTHS:
            rows.append([Case(len(rows) * TRIES + i, kind, depth)
                         for i in range(TRIES)])
    daemon.place.ttl = 300
    daemon.place.publish(*keys.records(), *[
        line for row in rows for case in row for line in case.zone])
    dns = SlowDns(daemon.place.port["dns"], DELAY)
    daemon.configure(dns=dns.port)
    daemon.start()
    for row in rows:
        check_case(daemon, dns, keys, row)
    finish_daemon(daemon, check)
    finish()


main()
