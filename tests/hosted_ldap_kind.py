#!/usr/bin/python3
"""hosted_ldap_kind.py - which entries are accounts and groups: what an entry in
a real slapd does not say of itself, the filters of the settings decide."""

import atexit
import os
import subprocess
import time

from hosted import BUILD, check, finish
from ldap_place import LdapPlace
from ldap_server import ADMIN, GROUPS, PASSWORD, PEOPLE, SECRET, group, person
from processes import must

CLASSES = """\
dn: cn=ours,cn=schema,cn=config
objectClass: olcSchemaConfig
cn: ours
olcObjectClasses: ( 1.3.6.1.4.1.4203.666.1.900 NAME 'ourUser'
  SUP postfixUser AUXILIARY )
"""


def of_class(name, uid, maildrop):
    return person(uid, [f"{uid}@example.org"], [maildrop]).replace(
        "postfixUser", name)


ENTRIES = "".join((
    person("alice", ["alice@example.org"], ["alice@example.org"]),
    person("zoe", ["@all.example"], ["zoe@all.example"]),
    group("team", ["team@example.org"], ["alice"], ["team@far.example"]),
    of_class("ourUser", "below", "below@example.org"),
    of_class("extensibleObject", "none", "none@example.org"),
    of_class("extensibleObject", "odd", "odd\x01@example.org"),
    person("owner", ["owner@example.org"], ["owner@example.org"]),
    *(person(f"crowd{n}", [], ["owner@example.org", "box@all.example",
                               "box@example.org"]) for n in range(60)),
))

ROWS = (
    ("an account", "aliases", "alice@example.org", "alice@example.org"),
    ("a group", "aliases", "team@example.org", "team@far.example"),
    ("a group has no mailbox", "mailboxes", "team@far.example", "none"),
    ("a class below: alias", "aliases", "below@example.org",
     "below@example.org"),
    ("a class below: mailbox", "mailboxes", "below@example.org",
     "below@example.org"),
    ("a class below: sender", "senders", "below@example.org", "below"),
    ("no account: alias", "aliases", "none@example.org", "none"),
    ("no account: mailbox", "mailboxes", "none@example.org", "none"),
    ("no account: sender", "senders", "none@example.org", "none"),
    ("no account: what cannot be a maildrop", "aliases", "odd@example.org",
     "none"),
    ("a maildrop of many: its owner", "aliases", "owner@example.org",
     "owner@example.org"),
    ("a maildrop of many: its mailbox", "mailboxes", "owner@example.org",
     "owner@example.org"),
    ("a maildrop of many: no owner", "aliases", "box@example.org", "none"),
    ("a maildrop of many: a mailbox without owner", "mailboxes",
     "box@example.org", "box@example.org"),
    ("a maildrop of many: no owner, a catch-all", "aliases",
     "box@all.example", "box@all.example"),
)

place = LdapPlace()
server = place.server
server.start()
must("ldapadd", "-x", "-H", server.ldapi, "-D", "cn=config", "-w", PASSWORD,
     text=CLASSES)
server.add(ENTRIES)


def check_rows(how):
    for name, view, key, want in ROWS:
        got = place.ask(view, key)
        check(f"{how}: {name}", got == want, repr(got))


check_rows("as installed")
server.set("olcAccess", SECRET, "to attrs=objectClass by * search",
           "to * by * read")
check_rows("a class may be searched by only")
server.access("to * by * read")
place.config = place.ldap(
    "filters.conf", 'account_filter = "(&(objectClass=postfixUser)(uid=*))"')
check_rows("another filter")


class Asking:
    """One process that is asked line by line, as Dovecot's auth worker."""

    def __init__(self):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "tests/directory_ask"), place.config],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)

    def __call__(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


def check_logins():
    """A password is tried with the entry that was found just before."""
    there, gone = ["pat@example.org"], f"uid=pat,{PEOPLE}"
    server.add(person("pat", there, there, "first") +
               person("sam", ["sam@example.org"], ["sam@example.org"],
                      "other"))
    ask = Asking()
    for line, want in (("account pat@example.org", "found pat "),
                       ("password pat first", "found "),
                       ("password pat other", "none"),
                       ("account pat", "found pat "),
                       ("password sam other", "found "),
                       ("password sam first", "none"),
                       ("account pat", "found pat ")):
        got = ask(line)
        check(f"logins: {line}", f"{got} ".startswith(want), repr(got))
    must("ldapdelete", "-x", "-H", server.ldapi, "-D", ADMIN, "-w", PASSWORD,
         gone)
    server.add(person("pat", there, there, "second").replace(PEOPLE, GROUPS))
    time.sleep(1.1)
    for line, want in (("password pat first", "none"),
                       ("password pat second", "found ")):
        got = ask(line)
        check(f"logins: moved: {line}", f"{got} ".startswith(want), repr(got))


check_logins()
finish()
