#!/usr/bin/env python3
"""hosted_setup_ldap.py - "postseal setup --ldap" with a real directory in LDAP:
from its first plan over mail of an account there to the undo."""

import atexit
import os
import secrets
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import check, finish, run, show
from ldap_server import LdapServer, group, person
from overlaid import OUTSIDE, enter
from setup_place import (ACCOUNTS, CONF, MAIN, arrives_at, difference, message,
                         no_name_check, prepare, read, setup, tree)

PORT, TLS_PORT = 3389, 3636  # in a network of its own
LDAP = f"ldap://127.0.0.1:{PORT}"
ADMIN = "admin@example.net"
MAILDIR = "/var/vmail/example.org/alice/Maildir/new"


def check_nobody(clean):
    """No server answers there: nothing may be left in its hands."""
    done = setup("--domain", "example.org", "--ldap", "ldap://127.0.0.1:3",
                 "--yes")
    check("a server that does not answer: all is taken back",
          done.status == 75 and "taking back" in done.err and
          "mailboxes" in done.err and
          set(difference(clean)) <= set(ACCOUNTS),
          f"{difference(clean)} {show(done)}")


def check_plan(clean):
    done = setup("--domain", "example.org", "--ldap", LDAP, "--admin", ADMIN,
                 "--dry-run")
    check("--dry-run shows the settings of LDAP",
          done.status == 0 and all(f"+{line}\n" in done.out for line in (
              '  backend = "ldap"', f'  uris = {{"{LDAP}"}}',
              '  base = "dc=example,dc=org"', '  domains = {"example.org"}')),
          show(done))
    made = [line for line in done.out.splitlines()
            if line.startswith("make: ")]
    check("no database and no entry is made, but keys are",
          not any("database" in line or "domain " in line or "alias" in line
                  for line in made) and "keys of example.org" in made[-1], made)
    check("what it leaves to do is said", all(text in done.out for text in (
        "to do: postmaster@example.org and abuse@example.org need an entry",
        "is asked without a bind", "set ldap.start_tls")), done.out)
    check("nothing was changed", set(difference(clean)) <= set(ACCOUNTS),
          difference(clean))


def submit(login, sender, recipient, subject):
    try:
        with smtplib.SMTP("127.0.0.1", 587, timeout=30) as smtp:
            smtp.starttls(context=no_name_check())
            smtp.login(login, "secret")
            smtp.sendmail(sender, [recipient], message(sender, subject))
    except (OSError, smtplib.SMTPException) as refusal:
        return str(refusal)
    return None


def from_outside(recipient, subject):
    """What refuses it.  From a new sender each time: smtpd keeps what it could
    not learn of an address for one, for all of its life."""
    sender = f"{secrets.token_hex(4)}@example.net"
    try:
        with smtplib.SMTP("127.0.0.1", timeout=30,
                          source_address=(OUTSIDE, 0)) as smtp:
            smtp.sendmail(sender, [recipient], message(sender, subject))
    except (OSError, smtplib.SMTPException) as refusal:
        return str(refusal)
    return None


def check_mail(server):
    done = run("postseal", "dkim", "activate", "--force", "example.org")
    check("keys sign", done.status == 0, show(done))
    for recipient, subject in (("alice@example.org", "to an address"),
                               ("staff@example.org", "to a group")):
        refusal = from_outside(recipient, subject)
        text = arrives_at(MAILDIR, subject)
        check(f"mail {subject} of LDAP arrives, judged", refusal is None and
              "Authentication-Results: mx.example.org" in text,
              f"{refusal} {read('/var/log/mail.log')[-2000:]}")
    refusal = from_outside("nobody@example.org", "to nobody")
    check("an address that is not there is refused",
          refusal is not None and "550" in refusal, refusal)
    refusal = submit("alice@example.org", "alice@example.org",
                     "alice@example.org", "own")
    text = arrives_at(MAILDIR, "own")
    check("a login of LDAP submits, and is signed",
          refusal is None and text.count("\nDKIM-Signature:") == 2,
          f"{refusal} {text} {read('/var/log/mail.log')[-2000:]}")
    refusal = submit("alice@example.org", "bob@example.org",
                     "alice@example.org", "forged")
    check("it cannot use the address of another",
          refusal is not None and "553" in refusal, refusal)
    server.stop()
    refusal = from_outside("alice@example.org", "while it is away")
    check("while LDAP is away, mail is deferred",
          refusal is not None and "451" in refusal, refusal)
    server.start()
    refusal = from_outside("alice@example.org", "once it is back")
    check("  and taken once it is back", refusal is None and
          arrives_at(MAILDIR, "once it is back") != "", refusal)


def main():
    enter()
    prepare()
    run("sh", "-c", "postfix start >/run/out 2>&1", timeout=60)
    server = LdapServer("/run/slapd", PORT, TLS_PORT)
    server.load(person("alice", ["alice@example.org"], ["alice@example.org"],
                       "secret") +
                person("bob", ["bob@example.org"], ["bob@example.org"]) +
                group("staff", ["staff@example.org"], ["alice"]))
    server.start()
    atexit.register(server.stop)
    clean = tree()
    check_nobody(clean)
    check_plan(clean)
    done = setup("--domain", "example.org", "--ldap", LDAP, "--admin", ADMIN,
                 "--yes")
    check("setup --ldap", done.status == 0 and "checked by a lookup" in done.out
          and 'backend = "ldap"' in read(CONF), show(done))
    check("what LDAP has no view of is not set",
          "transport_maps" not in read(MAIN), read(MAIN))
    check_mail(server)
    now = tree()
    done = setup("--domain", "example.org", "--ldap", LDAP, "--admin", ADMIN,
                 "--yes")
    check("a second run has nothing to do", done.status == 1 and
          "nothing to change" in done.out and not difference(now), show(done))
    done = setup("--undo", "--yes")
    check("undo leaves the files as they were", done.status == 0 and
          set(difference(clean)) <= set(ACCOUNTS),
          f"{difference(clean)} {show(done)}")
    check("  and the entries", "dn: uid=alice" in server.ask(
        "uid=alice").out, server.ask("uid=alice").out)
    finish()


main()
