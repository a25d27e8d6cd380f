#!/usr/bin/python3
"""hosted_delivery.py - what becomes of mail, and of who sends it, for each kind
of account and domain: the stock Postfix and Dovecot on the directory."""

import atexit
import os
import secrets
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import BUILD, check, finish
from instance import HOME, Instance
from jailed import reconfigure
from processes import Fault
from quickstart import (FRIEND, FRIEND_IP, Refused, from_outside, inbox, left,
                        message, submit)

PASSWORD = secrets.token_hex(8)
ALICE, BOB, EVE = (f"{name}@{HOME}" for name in ("anna", "bert", "evi"))
ALL, UNO, FAR = "all.example", "uno.example", "far.example"
# Whether mail is signed is not what this is about.
place = Instance(BUILD, settings='sign {\n  on_error = "unsigned"\n}')
atexit.register(place.stop)


def subject():
    return "Subject " + secrets.token_hex(6)


def postseal(*arguments, text=None):
    done = place.postseal(*arguments, text=text)
    if done.status != 0:
        raise Fault(f"postseal {' '.join(arguments)}: {done.err}")


def reply_of(send):
    try:
        return send()
    except Refused as error:
        return str(error)


def mail_to(recipient, mark=None):
    """Its reply.  smtpd keeps what it could not learn of an address for a
    sender, for all of its life: a new one each time."""
    sender = f"{secrets.token_hex(4)}@{FRIEND}"
    return reply_of(lambda: from_outside(
        place, FRIEND_IP, f"mail.{FRIEND}", sender, [recipient],
        message(sender, recipient, mark or subject())))


def arrives(name, recipient, login, password=PASSWORD):
    mark = subject()
    reply = mail_to(recipient, mark)
    got = reply.startswith("250") and inbox(place, login, password, mark)
    check(name, got, reply)


def refused(name, recipient):
    reply = mail_to(recipient)
    check(name, reply.startswith("550 5.1.1"), reply)


def leaves(name, recipient):
    mark = subject()
    reply = mail_to(recipient, mark)
    check(name, reply.startswith("250") and left(place, mark.encode()), reply)


def sends(name, login, sender, code):
    reply = reply_of(lambda: submit(
        place, login, PASSWORD, sender, [f"x@{FRIEND}"],
        message(sender, f"x@{FRIEND}", subject())))
    check(name, reply.startswith(code), reply)


def use_all_tables():
    tables = f"proxy:postseal:{place.config}"
    settings = (f"relay_domains = {tables}:relay_domains",
                f"transport_maps = {tables}:transport")
    if not reconfigure(place, *settings):
        raise Fault("Postfix does not reload: " + place.log())


def check_mail():
    arrives("an account", ALICE, ALICE)
    refused("an unknown address: 550", f"nobody@{HOME}")
    postseal("addalias", f"team@{HOME}", ALICE)
    arrives("an alias", f"team@{HOME}", ALICE)
    postseal("set", BOB, "maildrop", "none")
    refused("a closed account: 550", BOB)
    postseal("set", BOB, "maildrop", ALICE)
    arrives("a maildrop in its place", BOB, ALICE)
    postseal("set", BOB, "maildrop", "self")
    arrives("and itself again", BOB, BOB)
    postseal("set", BOB, "maildrop", f"{BOB},away@{FAR}")
    mark = subject()
    mail_to(BOB, mark)
    check("a maildrop beside a copy", inbox(place, BOB, PASSWORD, mark) and
          left(place, mark.encode()))
    postseal("set", BOB, "maildrop", "self")


def check_domains():
    postseal("adduser", f"one@{ALL}", text=f"{PASSWORD}\n")
    postseal("adduser", "--no-password", f"gone@{ALL}")
    postseal("set", f"gone@{ALL}", "maildrop", "none")
    refused("before there is a catch-all: 550", f"nobody@{ALL}")
    postseal("addalias", f"@{ALL}", ALICE)
    arrives("a catch-all: an unknown address", f"nobody@{ALL}", ALICE)
    arrives("a catch-all: an account", f"one@{ALL}", f"one@{ALL}")
    arrives("a catch-all: a closed account", f"gone@{ALL}", ALICE)
    postseal("adddom", UNO, "--alias-of", HOME)
    arrives("an alias domain: an account", f"{ALICE.split('@')[0]}@{UNO}",
            ALICE)
    arrives("an alias domain: an alias", f"team@{UNO}", ALICE)
    refused("an alias domain: an unknown address: 550", f"nobody@{UNO}")
    reply = mail_to(f"x@{FAR}")
    check("no domain of ours: 554", reply.startswith("554 5.7.1"), reply)
    postseal("adddom", FAR, "--relay-to",
             f"smtp:[127.0.0.1]:{place.port['sink']}")
    # Postfix remembers for a while what it resolved.
    leaves("a relayed domain", f"y@{FAR}")


def check_senders():
    sends("the own address", ALICE, ALICE, "250")
    sends("an alias", ALICE, f"team@{HOME}", "250")
    sends("another's: 553", ALICE, BOB, "553")
    sends("the own one in the alias domain", ALICE,
          f"{ALICE.split('@')[0]}@{UNO}", "250")
    postseal("addsender", ALICE, BOB)
    sends("on the list", ALICE, BOB, "250")
    sends("the owner beside it", BOB, BOB, "250")
    postseal("rmsender", ALICE, BOB)
    sends("off the list: 553", ALICE, BOB, "553")
    sends("all of a domain: 553 before", EVE, f"one@{ALL}", "553")
    postseal("set", EVE, "relay", "yes")
    sends("a relay account: another's", EVE, f"one@{ALL}", "250")
    sends("a relay account: an address of nobody", EVE, f"no@{HOME}", "250")
    sends("a relay account: relayed domains not: 553", EVE, f"a@{FAR}", "553")


def check_states():
    postseal("disable", BOB)
    mark = subject()
    reply = mail_to(BOB, mark)
    check("disabled: mail is received", reply.startswith("250"), reply)
    done = place.doveadm("auth", "test", BOB, PASSWORD)
    check("disabled: no login", done.status == 77 and
          "user_disabled" in done.out + done.err, done.out + done.err)
    postseal("enable", BOB)
    check("enabled: it is there", inbox(place, BOB, PASSWORD, mark))


def check_away():
    database = place.path("directory/directory.db")
    os.rename(database, database + ".away")
    for name, recipient in (("an account", ALICE), ("nobody", f"no@{HOME}")):
        reply = mail_to(recipient)
        check(f"directory gone: {name}: 451", reply.startswith("451"), reply)
    done = place.doveadm("auth", "test", ALICE, PASSWORD)
    check("directory gone: login: temporary failure",
          "temp_fail" in done.out + done.err, done.out + done.err)
    os.rename(database + ".away", database)
    arrives("directory back: delivered", ALICE, ALICE)


def main():
    place.prepare()
    place.start()
    for account in (ALICE, BOB, EVE):
        postseal("adduser", account, text=f"{PASSWORD}\n")
    use_all_tables()
    for part in (check_mail, check_domains, check_senders, check_states,
                 check_away):
        try:
            part()
        except Fault as fault:
            check(part.__name__, False, fault)
    finish()


main()
