#!/usr/bin/python3
"""hosted_limits.py - a hijacked account: a limit fires, the login is suspended,
the administrator gets one mail, the mailbox stays open; a real Postfix and
Dovecot, restarts, and a relay that is away."""

import atexit
import glob
import imaplib
import json
import os
import secrets
import signal
import smtplib
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import BUILD, check, finish, show, write
from instance import HOME, Instance
from milter_client import Milter
from milter_daemon import DEFECT
from processes import Fault, wait_for

PASSWORD = secrets.token_hex(8)
ALICE, BOB, CAROL, ADMIN = (f"{name}@{HOME}" for name in (
    "alice", "bob", "carol", "admin"))
WATCHED = 2  # seconds that a login must be known, for its new recipients
AWAY = "elsewhere.example"
CLIENTS = [f"192.0.2.{number}" for number in range(1, 6)]
RULES = f"""\
&&END {{ protocol_state==END-OF-MESSAGE; }};
id=NULL; sender==<>; protocol_state==RCPT; action=REJECT null senders are not welcome
id=TELL; &&END; sender==tell@{HOME}; action=rate(sasl_username/1/3600/notify(look at $$sasl_username))
id=MAIL; &&END; sender==mail@{HOME}; action=sendmail(/bin/false::x@y::{ADMIN}::from a rule::$$sender)
id=HELD; &&END; sender==held@{HOME}; action=hold(to be looked at)
id=MANY; &&END; sasl_username=~.;
    action=rcpt(sasl_username/150/3600/suspend(over 150 recipients an hour))
"""
# With what each has written to before.
HIJACKED = f"""\
id=HIJACKED; protocol_state==RCPT; sasl_username=~.;
    login_addresses=5/3600; login_new_recipients=90/{WATCHED}/201;
    action=suspend($$login_new_recipients% new recipients from $$login_addresses addresses)
"""


class Limited(Instance):
    relay = None  # the port; None: Postfix's own

    def __init__(self):
        super().__init__(BUILD, settings='sign {\n  on_error = "unsigned"\n}')
        self.policy = self.path("policy/policy.sock")
        self.rules = write(self.path("rules.cf"), RULES)
        self.parameters = [
            "smtpd_recipient_restrictions = "
            f"check_policy_service unix:{self.policy}",
            "smtpd_end_of_data_restrictions = "
            f"check_policy_service unix:{self.policy}",
        ]

    def configure(self, settings=None):
        super().configure(settings)
        with open(self.config, "a") as file:
            file.write(f"""
limits {{
  rules = "{self.rules}"
  sockets = "unix:{self.policy}"
  journal = "{self.dir}/state/counters"
}}
notify {{
  relay = "inet:127.0.0.1:{self.relay or self.port['smtp']}"
  to = "{ADMIN}"
}}
""")


place = Limited()
atexit.register(place.stop)


def says(name, done, status, *wanted):
    missing = [want for want in wanted if want not in done.out + done.err]
    check(name, done.status == status and not missing,
          f"{show(done)}, wanted {status}, without {missing}")
    return done


def same(name, said, *wanted):
    missing = [want for want in wanted if want not in said]
    check(name, not missing, f"without {missing}: {said[-700:]}")


def send(login, recipients, client="192.0.2.9", sender=None):
    """What Postfix says to a message of that login, or to its recipients."""
    with smtplib.SMTP("127.0.0.1", place.port["submission"],
                      timeout=60) as smtp:
        smtp.ehlo("tester.example")
        smtp.docmd("XCLIENT", f"ADDR={client}")
        smtp.ehlo("tester.example")
        smtp.starttls(context=ssl._create_unverified_context())
        smtp.ehlo("tester.example")
        smtp.login(login, PASSWORD)
        smtp.mail(sender or login)
        for recipient in recipients:
            code, text = smtp.rcpt(recipient)
            if code != 250:
                return f"RCPT: {code} {text.decode()}"
        code, text = smtp.data(f"From: {sender or login}\r\n"
                               f"Subject: x\r\n\r\nhello\r\n")
        return f"{code} {text.decode()}"


def mails(login=ADMIN):
    """All that is in the mailbox, over IMAP."""
    imap = imaplib.IMAP4("127.0.0.1", place.port["imap"])
    try:
        imap.starttls(ssl._create_unverified_context())
        imap.login(login, PASSWORD)
        imap.select("INBOX")
        return [imap.fetch(number, "(RFC822)")[1][0][1].decode()
                for number in imap.search(None, "ALL")[1][0].split()]
    finally:
        imap.logout()


def about(subject):
    return [mail for mail in mails() if f"Subject: {subject}" in mail]


def milter(login):
    with Milter(place.path("milter/milter.sock")) as client:
        result = client.deliver(
            f"From: {login}\r\n\r\nhello\r\n".encode(), sender=login,
            login=login)
    return f"{result.disposition} {result.reply}"


def status():
    return json.loads(place.postseal("--json", "status").out)


def spread(login, names, clients):
    """To so many recipients, from one client after the other: what Postfix
    says to each message."""
    return [send(login, [f"{name}@{AWAY}" for name in
                         names[number::len(clients)]], client)
            for number, client in enumerate(clients)]


def with_rules(text):
    write(place.rules, text)
    says("other rules", place.postseal("reload"), 0, "reloaded")


def check_new_recipients():
    """200 new recipients from five addresses: suspended.  200 that are known,
    or from one address: not."""
    with_rules(HIJACKED)
    mails_before = len(mails())
    for login in (CAROL, BOB):
        check(f"{login}: a first message", send(
            login, [f"first@{AWAY}"], CLIENTS[0]).startswith("250"))
    time.sleep(WATCHED + 1)
    names = [f"n{number}" for number in range(200)]
    said = spread(BOB, names, CLIENTS[:1])
    check("200 new recipients from one address: taken",
          all(text.startswith("250") for text in said), said)
    said = spread(BOB, names, CLIENTS)
    check("the same ones again, from five: taken",
          all(text.startswith("250") for text in said), said)
    said = spread(CAROL, names[:199], CLIENTS)
    check("199 new ones from five: taken",
          all(text.startswith("250") for text in said), said)
    place.stop_postseald()
    with open(place.path("state/counters.logins"), "rb") as file:
        kept = file.read()
    check("a stop: what is known of logins is kept, without recipients",
          CAROL.encode() in kept and b"n198" not in kept and
          AWAY.encode() not in kept, len(kept))
    place.start_postseald()
    said = send(CAROL, [f"n199@{AWAY}"], CLIENTS[4])
    check("the 200th new recipient is refused",
          said.startswith("RCPT: 550 5.7.1"), said)
    done = says("it is suspended, by what it did", place.postseal("status"), 0,
                CAROL, "rule HIJACKED", "from 5 addresses")
    check("who wrote to known ones, and from one address, is not",
          BOB not in done.out, done.out)
    subject = f"{CAROL} may send no more mail"
    check("the administrator gets one mail", wait_for(
        lambda: about(subject), 30) and len(mails()) == mails_before + 1)
    check("IMAP still works", mails(CAROL) == [])
    place.stop_postseald(signal.SIGKILL)
    place.start_postseald()
    check("a crash keeps the suspension", send(
        CAROL, [f"x@{AWAY}"]).startswith("RCPT: 550 5.7.1"))
    check("and there is still one mail", len(about(subject)) == 1)
    says("enable lifts it", place.postseal("enable", CAROL), 0,
         "lifted suspension")
    check("it may send, though it did all that within the hour",
          send(CAROL, [f"x@{AWAY}"]).startswith("250"))
    with_rules(RULES)


def check_damaged_logins():
    """Nobody's mail waits for it."""
    path = place.path("state/counters.logins")
    for name, text, said in (
            ("a torn end", b"torn", "its end is torn; logins that were there"),
            ("another file", b"something else", "set aside with the end")):
        place.stop_postseald()
        with open(path, "ab" if text == b"torn" else "wb") as file:
            file.write(text)
        place.start_postseald()
        same(f"logins: {name}: said in the log", place.log("postseald"), said)
        check(f"logins: {name}: mail goes on", send(
            BOB, [f"x@{AWAY}"]).startswith("250"))
    kept = glob.glob(path + ".damaged-*")
    check("logins: another file is kept", len(kept) == 1, kept)


def check_hijacked():
    said = []
    for number, client in enumerate(CLIENTS):
        said.append(send(ALICE, [f"r{number}.{i}@{AWAY}" for i in range(40)],
                         client))
    check("200 new recipients from five addresses: the first 120 are taken",
          all(text.startswith("250") for text in said[:3]), said)
    check("then the account is suspended, for good",
          said[3].startswith("550") and "5.7.1" in said[3] and
          "suspended" in said[3], said)
    check("the last message is refused at its first recipient",
          said[4].startswith("RCPT: 550 5.7.1"), said[4])
    subject = f"{ALICE} may send no more mail"
    check("the administrator is told", wait_for(lambda: about(subject), 30),
          place.log("postseald")[-500:])
    same("by a mail that says why", about(subject)[0],
         "Return-Path: <>", f"To: <{ADMIN}>", "Auto-Submitted: auto-generated",
         f"postseal enable {ALICE}", "over 150 recipients an hour",
         "Rule: MANY", f"Limit: sasl_username={ALICE}",
         "160 of at most 150 in 3600 seconds", f"Client: {CLIENTS[3]}")
    check("no second message goes out", send(ALICE, [f"x@{AWAY}"]).startswith(
        "RCPT: 550"))
    check("by the milter neither", "550 5.7.1" in milter(ALICE), milter(ALICE))
    check("its mailbox stays open", mails(ALICE) == [])
    check("others may send", send(BOB, [f"x@{AWAY}"]).startswith("250"))
    says("status tells", place.postseal("status"), 0, "suspended logins: 1",
         ALICE, "rule MANY", "over 150 recipients an hour")


def check_restarts():
    for number in (signal.SIGTERM, signal.SIGKILL):
        place.stop_postseald(number)
        place.start_postseald()
        check(f"after signal {int(number)} it is suspended as before",
              send(ALICE, [f"x@{AWAY}"]).startswith("RCPT: 550 5.7.1") and
              "550 5.7.1" in milter(ALICE))
    check("and there is one mail", len(about(
        f"{ALICE} may send no more mail")) == 1, mails())


def check_enable():
    says("enable", place.postseal("enable", ALICE), 0, "lifted suspension")
    check("by the milter it may send", milter(ALICE).startswith("accept"))
    check("the limit is still there, and suspends it again",
          send(ALICE, [f"r{i}@{AWAY}" for i in range(40)]).startswith("550"))
    check("of which there is another mail", wait_for(
        lambda: len(about(f"{ALICE} may send no more mail")) == 2, 30),
        len(mails()))


def check_listed():
    key = f"sasl_username={ALICE}"
    done = says("limits", place.postseal("limits"), 0, key, "120 of 150",
                "limited until", "rule MANY")
    check("only who is near one is listed", BOB not in done.out, done.out)
    says("limits --all", place.postseal("limits", "--all"), 0, key, BOB)
    rows = json.loads(place.postseal("--json", "limits", "--all").out)
    check("the same for programs, the fullest first", len(rows) >= 2 and
          rows[0]["key"] == key and rows[0]["limited"] is True and
          rows[0]["max"] == 150 and rows[0]["rule"] == "MANY", rows)
    for prefix, found in (("sasl_username=al", True), ("AL", True),
                          ("bo", False), ("sasl_username=b", False)):
        done = place.postseal("limits", prefix)
        check(f"limits {prefix}", (key in done.out) is found and
              done.status == 0, show(done))
    done = place.postseal("limits", "--all", "--limit", "1")
    check("limits --limit 1", done.out.count("\n") == 1, show(done))
    says("a limit on lines that is none", place.postseal(
        "limits", "--limit", "0"), 2)
    says("limits reset of nobody", place.postseal(
        "limits", "reset", "sasl_username=nobody"), 1)
    says("limits reset", place.postseal("limits", "reset", key), 0,
         "reset counts")
    check("nothing is counted then", key not in place.postseal("limits").out)
    place.postseal("enable", ALICE)
    check("it may send as many again", send(
        ALICE, [f"r{i}@{AWAY}" for i in range(120)]).startswith("250"))
    says("a counter for each rule", place.postseal("status"), 0,
         "rule MANY, line 6: matched ", "notices: ")


def check_actions():
    check("hold", send(BOB, [f"x@{AWAY}"],
                       sender=f"held@{HOME}").startswith("250") and
          wait_for(lambda: "to be looked at" in place.log()),
          place.log()[-500:])
    for _ in range(4):
        send(BOB, [f"x@{AWAY}"], sender=f"tell@{HOME}")
    check("notify: a mail", wait_for(lambda: about(f"look at {BOB}"), 30))
    send(BOB, [f"x@{AWAY}"], sender=f"mail@{HOME}")
    check("sendmail() of a rule: a mail, and no program", wait_for(
        lambda: about("from a rule"), 30))
    same("with the text of the rule", about("from a rule")[0],
         f"mail@{HOME}", "Return-Path: <>")
    check("notify: one in its window", len(about(f"look at {BOB}")) == 1)
    with smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=60) as smtp:
        smtp.ehlo("tester.example")
        smtp.mail("")
        said = smtp.rcpt(ADMIN)
    check("mail from <> of others meets the rules", said[0] == 554, said)


def check_away():
    """The relay is away: nothing is blocked, nothing lost."""
    place.relay = 1
    place.configure()
    says("a relay that is away", place.postseal("reload"), 0, "reloaded")
    before = time.monotonic()
    for login in (ALICE, BOB):
        place.postseal("enable", login)
    place.postseal("suspend", BOB)
    place.postseal("enable", BOB)
    said = send(ALICE, [f"r{i}@{AWAY}" for i in range(40)])
    took = time.monotonic() - before
    check("the answer does not wait for it", said.startswith("550") and
          took < 20, (said, took))
    check("the mail waits", wait_for(
        lambda: status()["notify"]["waiting"] == 1), status())
    same("the log says so", place.log("postseald"),
         "notify: the relay takes nothing now")
    before = len(mails())
    place.relay = None
    place.configure()
    says("the relay is back", place.postseal("reload"), 0)
    check("the mail arrives", wait_for(lambda: len(mails()) == before + 1, 40),
          place.log("postseald")[-500:])
    check("nothing waits any more", wait_for(
        lambda: status()["notify"]["waiting"] == 0), status())


PARTS = (check_new_recipients, check_hijacked, check_restarts, check_enable,
         check_listed, check_actions, check_away, check_damaged_logins)


def main():
    place.prepare()
    os.mkdir(place.path("keys"))
    for login in (ALICE, BOB, CAROL, ADMIN):
        done = place.postseal("adduser", login, text=PASSWORD + "\n")
        if done.status != 0:
            raise Fault(f"adduser: {done.err}")
    for name in ("held", "mail", "tell"):
        place.postseal("addalias", f"{name}@{HOME}", BOB)
    place.start()
    for part in PARTS:
        try:
            part()
        except (Fault, OSError, imaplib.IMAP4.error, smtplib.SMTPException,
                ValueError, KeyError, IndexError) as fault:
            check(part.__name__, False, repr(fault))
    defects = [line for line in place.log("postseald").splitlines()
               if DEFECT.match(line)]
    check("no report of a sanitizer", not defects, "; ".join(defects[:5]))
    finish()


main()
