#!/usr/bin/python3
"""hosted_both.py - one scenario on SQLite and, unchanged, on LDAP, each with the
plugin (proxy:) and with the daemon's socket maps, unix and inet; a Postfix in a
jail and a Dovecot live through it."""

import atexit
import glob
import imaplib
import os
import secrets
import smtplib
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from both_backends import Ldap, LdapByCommand, Sqlite
from hosted import check, finish, show
from jailed import Jailed, set_lines
from processes import Fault, must, run, wait_for
from quickstart import Refused, inbox, message, submit

PASSWORD = secrets.token_hex(8)
FRIEND = "friend.example"
WAYS = ("plugin", "unix", "inet")


class House(Jailed):
    """One backend, with a Dovecot whose sockets are in Postfix's jail."""

    def __init__(self, admin):
        super().__init__()
        self.admin = admin
        self.lmtp = self.path("postfix/queue/private/dovecot-lmtp")

    def configure(self, settings=None):
        super().configure(settings)
        if self.settings.startswith("ldap"):
            with open(self.config, "r+") as file:
                text = file.read().replace(
                    "directory {", 'directory {\n  backend = "ldap"')
                file.seek(0)
                file.write(text)

    def main_cf(self, meta, queue):
        held = " ".join(f"{{held@{way}.example = HOLD}}" for way in WAYS)
        return set_lines(super().main_cf(meta, queue), f"""\
virtual_transport = lmtp:unix:private/dovecot-lmtp
smtpd_sasl_path = private/auth
smtpd_recipient_restrictions = check_recipient_access inline:{{{held}}}
""")

    def dovecot_settings(self):
        """Without the wait that grows with each wrong password."""
        private = self.path("postfix/queue/private")
        return super().dovecot_settings() + "".join(f"""\
service {service} {{
  unix_listener {path} {{
    mode = {mode}
    user = postfix
  }}
}}
""" for service, path, mode in (
            ("lmtp", f"{private}/dovecot-lmtp", "0600"),
            ("auth", f"{private}/auth", "0600"),
            ("anvil", "anvil-auth-penalty", "0")))

    def start(self):
        self.prepare()
        self.admin.prepare(self)
        self.certificate()
        self.start_sink()
        self.start_postfix()
        self.start_dovecot()

    def queue(self):
        return must("postqueue", "-c", self.postfix_conf, "-p").out


class Trial:
    """The scenario, in a domain of its own."""

    def __init__(self, place, way):
        self.place, self.admin = place, place.admin
        self.domain = f"{way}.example"
        self.name = f"{place.admin.name}, {way}"
        self.expected = []  # (what, mailbox, mark)

    def check(self, name, good, detail=""):
        check(f"{self.name}: {name}", good, detail)

    def at(self, local):
        return f"{local}@{self.domain}"

    def rcpt(self, recipient, data=None):
        """The last reply.  smtpd keeps what it could not learn of an address
        for a sender, for all of its life: a new one each time."""
        sender = f"{secrets.token_hex(4)}@{FRIEND}"
        with smtplib.SMTP("127.0.0.1", self.place.port["smtp"],
                          timeout=60) as smtp:
            smtp.ehlo("tester.example")
            code, text = smtp.mail(sender)
            if code == 250:
                code, text = smtp.rcpt(recipient)
            if code == 250 and data:
                code, text = smtp.data(data)
            return f"{code} {text.decode()}"

    def replies(self, name, recipient, want):
        said = self.rcpt(recipient)
        self.check(name, said.startswith(want), said)

    def send(self, name, to, *mailboxes):
        """Taken now; looked for by arrived()."""
        mark = secrets.token_hex(8)
        said = self.rcpt(to, message(f"x@{FRIEND}", to, mark))
        self.check(f"{name}: taken", said.startswith("250"), said)
        self.expected.append((name, sorted(mailboxes), mark.encode()))

    def mail(self, mark):
        """The local parts of those who have it, once for each copy."""
        found = []
        for path in glob.glob(self.place.path(
                "mail", self.domain, "*/Maildir/new/*")):
            with open(path, "rb") as file:
                if mark in file.read():
                    # Named after the login, in LDAP LOCAL.DOMAIN.
                    found.append(path.split("/")[-4].split(".")[0])
        return sorted(found)

    def arrived(self):
        """Each where it belongs, and nowhere else."""
        wait_for(lambda: all(self.mail(mark) == want
                             for _, want, mark in self.expected), 20)
        for name, want, mark in self.expected:
            self.check(f"{name}: arrives", self.mail(mark) == want,
                       f"{self.mail(mark)}, {self.place.log()[-1500:]}")
        self.expected = []

    def sends(self, name, login, sender, want, password=PASSWORD):
        try:
            said = submit(self.place, self.at(login), password, sender,
                          [self.at("bob")], message(sender, self.at("bob"), "x"))
        except Refused as error:
            said = str(error)
        except smtplib.SMTPAuthenticationError as error:
            said = f"{error.smtp_code} {error.smtp_error.decode()}"
        self.check(name, said.startswith(want), said)

    # ---- the parts

    def accounts(self):
        self.replies("a domain that is not here yet", self.at("alice"),
                     "554 5.7.1")
        self.admin.add_account(self.at("bob"), PASSWORD)
        self.replies("nobody yet", self.at("alice"), "550 5.1.1")
        began = time.monotonic()
        for name in ("alice", "carol", "held"):
            self.admin.add_account(self.at(name), PASSWORD)
        self.send("a new account", self.at("alice"), "alice")
        mark = self.expected[-1][2].decode()
        got = inbox(self.place, self.at("alice"), PASSWORD, mark)
        self.check("a new account reads it over IMAP", got is not None)
        print(f"   {self.name}: made, sent and read in "
              f"{time.monotonic() - began:.2f} s")
        self.expected.pop()
        self.send("an extension", self.at("bob+folder"), "bob")

    def aliases_and_groups(self):
        self.admin.add_alias(self.at("info"), self.at("alice"))
        self.admin.add_group(self.at("all"), [self.at("alice"), self.at("bob")])
        self.admin.add_group(self.at("press"),
                             [self.at("alice"), self.at("bob")],
                             self.at("carol"))
        self.send("an alias", self.at("info"), "alice")
        self.send("a group, its members", self.at("all"), "alice", "bob")
        self.send("a group with a maildrop, that alone", self.at("press"),
                  "carol")
        self.arrived()

    def closed_and_disabled(self):
        for name in ("dave", "erin"):
            self.admin.add_account(self.at(name), PASSWORD)
        self.replies("open", self.at("dave"), "250 2.1.5")
        self.admin.close_account(self.at("dave"))
        self.replies("closed", self.at("dave"), "550 5.1.1")
        self.sends("closed: no login", "dave", self.at("dave"), "535 5.7.8")
        self.admin.open_account(self.at("dave"))
        self.send("opened again", self.at("dave"), "dave")
        self.admin.disable(self.at("erin"))
        self.send("disabled: its mail", self.at("erin"), "erin")
        self.sends("disabled: no login", "erin", self.at("erin"), "535 5.7.8")
        done = self.test_login("erin", PASSWORD)
        self.check("disabled: Dovecot says so", done.status == 77 and
                   "user_disabled" in done.out + done.err, show(done))
        self.arrived()

    def test_login(self, login, password):
        return self.place.doveadm("auth", "test", self.at(login), password)

    def one_time(self):
        self.admin.add_account(self.at("otto"), PASSWORD)
        once = self.admin.reset(self.at("otto"))
        done = self.test_login("otto", PASSWORD)
        self.check("one-time: not by the old one", done.status == 77 and
                   "temp_fail" not in done.out, show(done))
        with self.admin.only_read():
            done = self.test_login("otto", once)
            self.check("one-time: where it cannot be used up: later",
                       "code=temp_fail" in done.out, show(done))
        self.sends("one-time: logs in", "otto", self.at("otto"), "250 2.0.0",
                   once)
        done = self.test_login("otto", once)
        self.check("one-time: once", done.status == 77 and
                   "pass_expired" in done.out + done.err, show(done))
        self.sends("one-time: nor by the old one", "otto", self.at("otto"),
                   "535 5.7.8")
        self.admin.set_password(self.at("otto"), "for good")
        for _ in range(2):
            self.sends("one-time: for good", "otto", self.at("otto"),
                       "250 2.0.0", "for good")

    def senders(self):
        self.admin.add_account(self.at("rita"), PASSWORD)
        self.sends("as itself", "alice", self.at("alice"), "250 2.0.0")
        self.sends("as its alias", "alice", self.at("info"), "250 2.0.0")
        self.sends("as its group", "bob", self.at("all"), "250 2.0.0")
        self.sends("as another", "bob", self.at("alice"), "553 5.7.1")
        self.sends("as nobody", "bob", self.at("nobody"), "553 5.7.1")
        self.sends("as anybody, no relay account", "rita", self.at("alice"),
                   "553 5.7.1")
        self.admin.let_relay(self.at("rita"))
        self.sends("a relay account, as another", "rita", self.at("alice"),
                   "250 2.0.0")
        self.sends("a relay account, as nobody", "rita", self.at("nobody"),
                   "250 2.0.0")
        self.sends("a relay account, in a domain elsewhere", "rita",
                   f"x@{FRIEND}", "553 5.7.1")
        self.sends("a wrong password", "alice", self.at("alice"), "535 5.7.8",
                   "wrong")

    def imap(self, login):
        """What is said to a login over IMAP."""
        imap = imaplib.IMAP4("127.0.0.1", self.place.port["imap"])
        try:
            imap.starttls(ssl._create_unverified_context())
            imap.login(self.at(login), PASSWORD)
        except imaplib.IMAP4.error as error:
            return str(error)
        finally:
            imap.logout()
        return "OK"

    def lmtp(self, recipient):
        with smtplib.LMTP(self.place.lmtp) as smtp:
            smtp.ehlo("tester.example")  # LHLO
            smtp.mail(f"x@{FRIEND}")
            code, text = smtp.rcpt(recipient)
            return f"{code} {text.decode()}"

    def away(self):
        """The backend is down: all of these are to come back."""
        for name, local in (("account", "alice"), ("alias", "info"),
                            ("group", "all"), ("unknown address", "nobody"),
                            ("closed account", "dave")):
            self.replies(f"down: {name}", self.at(local), "451 4.3.0")
        said = self.imap("alice")
        self.check("down: IMAP", "[UNAVAILABLE]" in said, said)
        # Postfix says 535 for whatever Dovecot's reason is.
        self.sends("down: submission", "alice", self.at("alice"), "535 5.7.8")
        for local in ("alice", "nobody"):
            done = self.test_login(local, PASSWORD)
            self.check(f"down: Dovecot's temporary failure for {local}",
                       "code=temp_fail" in done.out, show(done))
        said = self.lmtp(self.at("alice"))
        self.check("down: Dovecot's LMTP", said.startswith("451 4.3.0"), said)
        before = len(self.place.log())
        must("postsuper", "-c", self.place.postfix_conf, "-H", "ALL")
        must("postqueue", "-c", self.place.postfix_conf, "-f")
        log = wait_for(lambda: "status=deferred" in
                       self.place.log()[before:], 20)
        self.check("down: mail that was taken before is deferred", log,
                   self.place.log()[before:])

    def faults(self):
        self.send("taken before the backend was down", self.at("held"), "held")
        self.admin.close_account(self.at("dave"))
        self.check("and held", "held@" in self.place.queue(),
                   self.place.queue())
        self.admin.down()
        try:
            self.away()
        finally:
            self.admin.up()
        self.replies("back: an account", self.at("alice"), "250 2.1.5")
        self.replies("back: an unknown address", self.at("nobody"),
                     "550 5.1.1")
        self.replies("back: a closed account", self.at("dave"), "550 5.1.1")
        self.sends("back: a login", "alice", self.at("alice"), "250 2.0.0")
        must("postqueue", "-c", self.place.postfix_conf, "-f")
        self.arrived()
        self.check("back: nothing is left in the queue", wait_for(
            lambda: "is empty" in self.place.queue(), 20), self.place.queue())
        bounced = [line for line in self.place.log().splitlines()
                   if "status=bounced" in line]
        self.check("nothing was bounced", not bounced, bounced)

    def all(self):
        for part in (self.accounts, self.aliases_and_groups,
                     self.closed_and_disabled, self.senders, self.one_time,
                     self.faults):
            try:
                part()
            except (Fault, OSError, smtplib.SMTPException) as fault:
                self.check(part.__name__, False, repr(fault))


def try_backend(admin, ways):
    place = House(admin)
    atexit.register(place.stop)
    atexit.register(admin.stop)
    place.start()
    for way in ways:
        began = time.monotonic()
        if way == "unix":
            place.start_postseald()
        check(f"{admin.name}: Postfix asks over {way}", place.use(way))
        Trial(place, way).all()
        print(f"   {admin.name}, {way}: {time.monotonic() - began:.1f} s")
    for name in ("dovecot", "mail"):
        bad = [line for line in place.log(name).splitlines()
               if "anic" in line or "killed by signal" in line]
        check(f"{admin.name}: no process of {name} died", not bad, bad)
    place.stop()
    admin.stop()


for backend, ways in ((Sqlite(), WAYS), (Ldap(), WAYS),
                      (LdapByCommand(), ("plugin",))):
    try_backend(backend, ways)
finish()
