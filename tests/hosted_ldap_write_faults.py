#!/usr/bin/python3
"""hosted_ldap_write_faults.py - the command that changes a directory in LDAP,
where it may not, cannot, or is broken off: said clearly, and nothing worse."""

import atexit
import time
from concurrent.futures import ThreadPoolExecutor

from hosted import check, finish, run, show, write
from ldap_place import LdapPlace, free_ports, says
from ldap_relay import Relay
from ldap_server import (BASE, PEOPLE, READER, SECRET, LdapServer, domain,
                         group, person)

HELD = "held.example"
ENTRIES = "".join((
    f"dn: uid=plain,{PEOPLE}\nobjectClass: inetOrgPerson\nuid: plain\n"
    "cn: Plain\nsn: Plain\n\n",
    person("alice", ["alice@example.org"], ["alice@example.org"], "secret"),
    person("bob", ["bob@example.org"], ["bob@example.org"], "secret"),
    person("carol", ["carol@example.org"], [], "secret"),
    person("kim", [f"kim@{HELD}"], [f"kim@{HELD}"], "secret"),
    person("lee", [f"lee@{HELD}"], [f"lee@{HELD}"], "secret"),
    group("staff", [f"staff@{HELD}"], ["kim"]),
    domain(HELD),
))
PEERCRED = "gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth"

CHANGES = (
    ("adduser", "--no-password", "plain@example.org"),
    ("adduser", "--no-password", "new@example.org"),
    ("rmuser", "alice@example.org"),
    ("disable", "alice@example.org"),
    ("set", "alice@example.org", "quota", "1G"),
    ("set", "alice@example.org", "maildrop", "x@far.example"),
    ("addsender", "alice@example.org", "x@far.example"),
    ("addalias", "a@example.org", "alice@example.org"),
    ("addalias", "b@example.org", "x@far.example"),
    ("adddom", "new.example"),
    ("rmdom", "--cascade", HELD),
)

place = LdapPlace()
server, ask, entry = place.server, place.ask, place.entry


def dump():
    """All that is in the directory."""
    return run("slapcat", "-F", f"{server.dir}/config", "-b", BASE, "-o",
               "ldif-wrap=no", timeout=60).out


def check_all(what, config, status, *texts):
    """Each change is refused so, and none of them is made."""
    before = dump()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda words: place.at(config, *words),
                                CHANGES))
    answers.append(place.at(config, "passwd", "alice@example.org",
                            text="new\n"))
    for words, done in zip(CHANGES + (("passwd",),), answers):
        says(f"{what}: {' '.join(words)}", done, status, *texts)
        check(f"{what}: {' '.join(words)}: nothing is printed as done",
              done.out == "", show(done))
    check(f"{what}: nothing was changed", dump() == before)


def check_rights():
    secret = write(place.path("reader.secret"), "reading\n", 0o600)
    reader = place.ldap("reader.conf", f'write_bind_dn = "{READER}"',
                        f'write_password_file = "{secret}"')
    check_all("no right to write", reader, 2, READER, "ldap.write_bind")
    done = place.at(place.ldap("server.conf", 'write_passwords = "server"',
                               f'write_bind_dn = "{READER}"',
                               f'write_password_file = "{secret}"'),
                    "passwd", "alice@example.org", text="new\n")
    says("no right to set a password", done, 2, "ldap.write_bind")
    none = place.ldap("none.conf", 'write_bind = "none"',
                      "write_bind_dn = none", "write_password_file = none")
    says("nobody writes", place.at(none, "disable", "alice@example.org"), 2,
         "ldap.write_bind")
    wrong = place.ldap("wrong.conf", f'write_password_file = "{secret}"')
    says("wrong password", place.at(wrong, "disable", "alice@example.org"), 75,
         "ldap.write_bind")
    half = place.ldap("half.conf", "write_password_file = none")
    says("simple without a password", place.at(
        half, "disable", "alice@example.org"), 2, "ldap.write_password_file")
    check("the password is in no message", not any(
        "reading" in place.at(config, "disable", "alice@example.org").err
        for config in (reader, wrong)))
    root = place.ldap("root.conf", 'write_bind = "external"',
                      "write_bind_dn = none", "write_password_file = none")
    says("SASL EXTERNAL without a right", place.at(
        root, "disable", "alice@example.org"), 2, "SASL EXTERNAL")
    server.set("olcAccess", f'to * by dn.exact="{PEERCRED}" write by * break',
               SECRET, "to * by * read")
    says("SASL EXTERNAL with it", place.at(root, "disable",
                                           "alice@example.org"), 0)
    says("and back", place.at(root, "enable", "alice@example.org"), 0)
    says("a password by the server", place.at(
        place.ldap("exop.conf", 'write_bind = "external"',
                   "write_bind_dn = none", "write_password_file = none",
                   'write_passwords = "server"'), "passwd",
        "alice@example.org", text="byserver\n"), 0, "password updated")
    check("it logs in with that", place.logs_in("alice", "byserver"))
    hashed = entry(f"uid=alice,{PEOPLE}")["userpassword"]
    check("the server has hashed it", "byserver" not in str(hashed) and
          hashed[0].startswith("e1NTSEF9"), hashed)  # {SSHA}
    server.access("to * by * read")


def check_away():
    server.stop()
    started = time.monotonic()
    check_all("slapd stopped", place.config, 75)
    server.start()
    server.hang()
    started = time.monotonic()
    for words in (CHANGES[0], CHANGES[2]):
        says(f"slapd hangs: {' '.join(words)}", place.postseal(*words), 75)
    check("slapd hangs: nobody waits for long",
          time.monotonic() - started < 20)
    server.resume()
    says("slapd goes on", place.postseal("disable", "alice@example.org"), 0)
    place.must("enable", "alice@example.org")


def check_middle():
    """A connection that breaks in the middle of a change."""
    relay = Relay(free_ports()["dns"], place.ports["dns"])
    config = place.ldap("relay.conf", f'uris = {{"{relay.uri}"}}')
    add = ("adduser", "--no-password", "plain@example.org")
    relay.set("refuse")
    says("broken off before the change", place.at(config, *add), 75,
         "not known", f"uid=plain,{PEOPLE}")
    check("nothing was changed", ask("mailboxes", "plain@example.org") ==
          "none")
    relay.set("lose")
    says("broken off before the answer", place.at(config, *add), 75,
         "not known")
    check("it was made, wholly", ask("mailboxes", "plain@example.org") ==
          "plain@example.org")
    relay.set("pass")
    says("the same again", place.at(config, *add), 1, "there already")
    relay.set("hang")
    started = time.monotonic()
    says("no answer", place.at(config, "rmuser", "plain@example.org"), 75,
         "not known")
    seconds = time.monotonic() - started
    check("the command does not wait for ever", seconds < 25, seconds)
    relay.set("refuse", spare=2)
    done = says("several: broken off behind the second", place.at(
        config, "rmdom", "--cascade", HELD), 75, "2 of 4 entries were changed")
    kim, lee = (ask("mailboxes", f"{name}@{HELD}") for name in ("kim", "lee"))
    check("several: aliases went first, the domain is there still",
          ask("aliases", f"staff@{HELD}") == "none" and
          sorted((kim, lee))[0].endswith(f"@{HELD}") and
          ask("domains", HELD) == HELD, (kim, lee, show(done)))
    relay.set("pass")
    says("several: the same again ends it", place.at(
        config, "rmdom", "--cascade", HELD), 0, "deleted domain")
    check("several: all is gone", HELD not in dump())


def at_once(*commands):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda words: place.postseal(*words), commands))


def check_two():
    done = at_once(*[("adduser", "--no-password", "one@example.org")] * 8)
    check("one account, added by 8 at once: one did", sorted(
        one.status for one in done) == [0] + [1] * 7, [show(one) for one in
                                                       done])
    done = at_once(*[("addalias", "two@example.org", "bob@example.org")] * 8)
    check("one alias, by 8 at once: one did", sorted(
        one.status for one in done) == [0] + [1] * 7, [show(one) for one in
                                                       done])
    done = at_once(*[("addalias", f"n{n}@example.org", "bob@example.org")
                     for n in range(8)])
    check("8 aliases at once: all are there", all(
        one.status == 0 for one in done) and all(
            ask("aliases", f"n{n}@example.org") == "bob@example.org"
            for n in range(8)), [show(one) for one in done])
    done = at_once(*[("rmuser", "bob@example.org")] * 4)
    check("closed by 4 at once: closed", {one.status for one in done} <=
          {0, 1} and ask("mailboxes", "bob@example.org") == "none",
          [show(one) for one in done])


def check_hostile():
    good = ("*", "a+b=c", "#04", "a*b", "o'neil", "x=y", "uid=alice", "~!$%^&",
            "j\u00f6rg")
    for name in good:
        says(f"adduser {name}", place.postseal(
            "adduser", "--no-password", f"{name}@example.org"), 0)
    for name in good:
        check(f"{name} is itself", ask("mailboxes", f"{name}@example.org") ==
              f"{name.lower()}@example.org")
    check("nobody else was opened", ask("mailboxes", "carol@example.org") ==
          "none")
    says("rmuser *", place.postseal("rmuser", "*@example.org"), 0)
    check("rmuser * closes * alone", ask("mailboxes", "*@example.org") ==
          "none" and all(ask("mailboxes", f"{name}@example.org") != "none"
                         for name in good[1:]))
    for name in good[1:]:
        says(f"rmuser {name}", place.postseal("rmuser",
                                              f"{name}@example.org"), 0)
    before = dump()
    bad = ("*)(uid=*", 'a"b', "a,ou=groups", "a\\2Ab", "a b", "a<b>", "a;b",
           "a/b", ".a", "", "a" * 10240, "a" * 65)
    for name in bad:
        for words in (("adduser", "--no-password"), ("rmuser",),
                      ("disable",)):
            done = place.postseal(*words, f"{name}@example.org")
            check(f"{words[0]} {name[:20]}: refused", done.status == 2 and
                  done.err.count("\n") == 1 and len(done.err) < 1000,
                  show(done)[:600])
    for destination in ("a,b@example.org", '"a', "a" * 10240, "|x", ""):
        done = place.postseal("addalias", "h@example.org", destination)
        check(f"addalias to {destination[:20]}: refused", done.status == 2,
              show(done)[:600])
    check("none of it changed anything", dump() == before)
    says("addalias to a filter", place.postseal(
        "addalias", "h@example.org", "*)(uid=*"), 0)
    check("it is what it says", ask("aliases", "h@example.org") == "*)(uid=*")
    done = place.postseal("adduser", "--no-password", b"\xff@example.org")
    says("adduser of octets that are no UTF-8", done, 2, "cannot be changed")
    says("a base that is not there", place.at(place.ldap(
        "nobase.conf", f'new_base = "ou=nowhere,{BASE}"'), "adduser",
        "--no-password", "q@example.org"), 2, "ldap.new_base")
    says("a class that is not there", place.at(place.ldap(
        "noclass.conf", 'account_class = "noSuchClass"'), "adduser",
        "--no-password", "q@example.org"), 2, "objectClass", "examples/ldap")


def check_replica():
    ports = free_ports()
    copy = LdapServer(place.path("copy"), ports["dns"], ports["smtp"])
    copy.load(ENTRIES)
    copy.start()
    atexit.register(copy.stop)
    copy.set("olcSyncrepl", "rid=1 provider=ldap://127.0.0.1:1 "
             f'searchbase="{BASE}" type=refreshOnly retry="3600 +"')
    copy.set("olcUpdateRef", server.ldap)
    config = place.ldap("copy.conf", f'uris = {{"{copy.ldapi}"}}')
    for words in (CHANGES[0], CHANGES[1], CHANGES[2], CHANGES[-1]):
        says(f"a copy that only reads: {' '.join(words)}",
             place.at(config, *words), 2, server.ldap, "ldap.write_uris")
    done = place.at(place.ldap("copyexop.conf", f'uris = {{"{copy.ldapi}"}}',
                               'write_passwords = "server"'), "passwd",
                    "alice@example.org", text="new\n")
    says("a copy that only reads: a password", done, 2, "ldap.write_uris")
    config = place.ldap("both.conf", f'uris = {{"{copy.ldapi}"}}',
                        f'write_uris = {{"{server.ldapi}"}}')
    says("with ldap.write_uris", place.at(config, "disable",
                                          "alice@example.org"), 0)
    check("it is changed there", "pwdaccountlockedtime" in
          entry(f"uid=alice,{PEOPLE}"))
    place.must("enable", "alice@example.org")
    copy.stop()
    server.set("olcReadOnly", "TRUE")
    says("a database that only reads", place.postseal(
        "disable", "alice@example.org"), 2, f"uid=alice,{PEOPLE}")
    server.set("olcReadOnly", "FALSE")


server.load(ENTRIES)
server.start()
for step in (check_rights, check_away, check_hostile, check_replica,
             check_middle, check_two):
    began = time.monotonic()
    step()
    print(f"   {step.__name__}: {time.monotonic() - began:.1f} s")
finish()
