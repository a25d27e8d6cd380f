#!/usr/bin/python3
"""hosted_policy.py - the policy service of postseald under a real Postfix:
attributes, rate limits of host accounts and users, a crash in the middle,
reloads, hostile clients."""

import atexit
import json
import os
import re
import signal
import smtplib
import socket
import ssl
import stat
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

import country_file
import sasl_server
from hosted import BUILD, check, finish
from instance import HOME, USER, Instance, free_ports, write
from milter_daemon import DEFECT
from policy_client import Closed, Policy, ask, journal_counts, request
from processes import Fault, must, run, wait_for

AWAY = "away.example"
HOST, ALICE, EXEMPT = "relay-host", f"alice@{HOME}", "newsletter"
# SMTPD_POLICY_README, as Postfix 3.7 sends them; the last two since 3.8.
ATTRIBUTES = """request protocol_state protocol_name client_address client_name
client_port reverse_client_name server_address server_port helo_name sender
recipient recipient_count queue_id instance size etrn_domain stress sasl_method
sasl_username sasl_sender ccert_subject ccert_issuer ccert_fingerprint
ccert_pubkey_fingerprint encryption_protocol encryption_cipher
encryption_keysize policy_context compatibility_level mail_version""".split()
RULES = f"""\
&&END {{ protocol_state==END-OF-MESSAGE; }};
id=SHOW; sender==show@{AWAY}; protocol_state==RCPT;
    action=450 4.7.1 {"".join(f"|$${n}" for n in ATTRIBUTES)}|
id=EXEMPT; &&END; sasl_username=={EXEMPT}; action=DUNNO
id=HOST; &&END; sasl_username=={HOST};
    action=rcpt(sasl_username/360/3600/554 5.7.1 Hourly limit of $$sasl_username)
id=HOSTS; &&END; sasl_username=={HOST}; action=DUNNO
id=USER; &&END; sasl_username=~.;
    action=rcpt(sasl_username/100/21600/REJECT Too many recipients: $$ratecount)
"""


class Limited(Instance):
    """A Postfix that asks the daemon, from within its jail."""

    def __init__(self):
        super().__init__(BUILD, settings="# none")
        self.folder = self.path("postfix/queue/postseal")
        self.socket = os.path.join(self.folder, "policy.sock")
        self.inet = ("127.0.0.1", free_ports()["dns"])
        self.rules = self.path("rules.cf")
        self.journal = self.path("counts/counters")
        self.countries = self.path("countries.mmdb")
        self.logins = sasl_server.Server()

    def configure(self, settings=None):
        super().configure(settings)
        with open(self.config) as file:
            text = file.read()
        with open(self.config, "w") as file:
            file.write(text.replace(
                f"unix:{self.dir}/milter/", f"unix:{self.folder}/") + f"""
limits {{
  rules = "{self.rules}"
  sockets = {{"unix:{self.socket}", "inet:{self.inet[1]}@{self.inet[0]}"}}
  journal = "{self.journal}"
  country_file = "{self.countries}"
}}
""")

    def main_cf(self, meta, queue):
        own = f"""\
smtpd_recipient_restrictions =
  check_policy_service {{ unix:postseal/policy.sock, policy_context=rcpt }}
smtpd_end_of_data_restrictions = check_policy_service unix:postseal/policy.sock
smtpd_relay_restrictions = permit_sasl_authenticated, permit_mynetworks, reject
virtual_mailbox_domains =
virtual_mailbox_maps =
virtual_alias_maps =
smtpd_sender_login_maps =
smtpd_milters =
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = inet:127.0.0.1:{self.logins.port}
smtpd_tls_ask_ccert = yes
smtpd_tls_fingerprint_digest = sha256
smtpd_peername_lookup = no
mynetworks = 127.0.0.0/8
"""
        names = "|".join(re.findall(r"(?m)^(\w+) =", own))
        return re.sub(rf"(?m)^({names}) =.*\n", "",
                      super().main_cf(meta, queue)) + own

    def master_cf(self):
        return super().master_cf().replace("inet n - n - - smtpd",
                                           "inet n - y - - smtpd")

    def reload(self, rules=None):
        """What the log says of it."""
        if rules is not None:
            write(self.rules, rules)
        before = len(self.log("postseald"))
        os.kill(self.pid("postseald"), signal.SIGUSR1)
        wait_for(lambda: "reload: " in self.log("postseald")[before:])
        return self.log("postseald")[before:]


place = Limited()
atexit.register(place.stop)


def say(name, said, want):
    check(name, said == want, f"{said!r} instead of {want!r}"[:600])


def same(name, said, *wanted):
    missing = [want for want in wanted if want not in said]
    check(name, not missing, f"without {missing}: {said[-700:]}")


def send(login, recipients, messages=1):
    """What Postfix says at the end of the last of these messages."""
    said = ""
    with smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=60) as smtp:
        smtp.ehlo("tester.example")
        smtp.login(login, "any")
        for _ in range(messages):
            smtp.mail(f"someone@{AWAY}")
            for number in range(recipients):
                code, text = smtp.rcpt(f"r{number}@{AWAY}")
                if code != 250:
                    return f"RCPT: {code} {text.decode()}"
            code, text = smtp.data("Subject: x\r\n\r\nhello\r\n")
            said = f"{code} {text.decode()}"
    return said


def at_end(login, recipients, **more):
    """The same, asked without Postfix."""
    return ask(place.socket, protocol_state="END-OF-MESSAGE",
               sasl_username=login, recipient_count=recipients, **more)


# ---- what Postfix sends

def check_attributes():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(place.path("run/cert.pem"),
                            place.path("run/key.pem"))
    with smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=60) as smtp:
        smtp.ehlo("tester.example")
        smtp.starttls(context=context)
        smtp.ehlo("tester.example")
        smtp.login(ALICE, "any")
        smtp.mail(f"show@{AWAY}", ["SIZE=4321"])
        text = smtp.rcpt(f"r@{AWAY}")[1].decode()
    got = dict(zip(ATTRIBUTES, text.split("|")[1:-1]))
    want = {
        "request": "smtpd_access_policy", "protocol_state": "RCPT",
        "protocol_name": "ESMTP", "client_address": "127.0.0.1",
        "server_address": "127.0.0.1", "server_port": str(place.port["smtp"]),
        "helo_name": "tester.example", "sender": f"show@{AWAY}",
        "recipient": f"r@{AWAY}", "recipient_count": "0", "size": "4321",
        "sasl_method": "PLAIN", "sasl_username": ALICE,
        "policy_context": "rcpt", "etrn_domain": "", "stress": "",
    }
    version = must("postconf", "-dh", "mail_version").out.strip()
    if tuple(map(int, version.split(".")[:2])) >= (3, 8):
        want["mail_version"] = version
    wrong = {name: (got.get(name), value) for name, value in want.items()
             if got.get(name) != value}
    check("attributes as Postfix has them", not wrong, (wrong, text))
    empty = [name for name in ("client_port", "instance",
                               "encryption_protocol", "encryption_cipher",
                               "encryption_keysize", "ccert_fingerprint",
                               "ccert_pubkey_fingerprint")
             if not got.get(name)]
    check("and those that only it knows", not empty, (empty, text))
    check("each of the protocol's attributes", len(got) == len(ATTRIBUTES),
          text)


def check_files():
    def of(path):
        status = os.stat(path)
        done = run("stat", "-c", "%U:%G", path)
        return f"{done.out.strip()} {stat.S_IMODE(status.st_mode):o}"
    say("the socket", of(place.socket), f"{USER}:postfix 660")
    say("its folder", of(place.folder), f"{USER}:postfix 2750")
    say("the folder of the journal", of(os.path.dirname(place.journal)),
        f"{USER}:{USER} 700")
    say("the journal", of(place.journal), f"{USER}:{USER} 600")


# ---- limits

def check_host():
    same("host account: 350 recipients in 7 messages", send(HOST, 50, 7),
         "250 2.0.0")
    same("host account: 10 more", send(HOST, 1, 10), "250 2.0.0")
    say("host account: recipient 361", send(HOST, 1),
        "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: Hourly limit of "
        f"{HOST}")
    same("and the log says why", place.log("postseald"),
         f'policy: rule=HOST limit="sasl_username={HOST}" sum=361 max=360 '
         "seconds=3600 state=END-OF-MESSAGE ip=127.0.0.1 login="
         f"{HOST} from=someone@{AWAY}", 'recipients=1 answer="554 5.7.1 Hourly')


def check_user():
    same("user: a message to 50", send(ALICE, 50), "250 2.0.0")
    same("is counted as 50: one to 51 is too much", send(ALICE, 51),
         "554 5.7.1", "Too many recipients: 101")
    same("and one to 50 is not", send(ALICE, 50), "250 2.0.0")
    same("user: recipient 101", send(ALICE, 1), "554 5.7.1",
         "Too many recipients: 101")
    same("a login with another's name in it has its own count",
         send(f"{HOST}2", 1), "250 2.0.0")


def check_exempt():
    same("exempt: 150 recipients", send(EXEMPT, 50, 3), "250 2.0.0")
    wait_for(lambda: journal_counts(place.journal).get(
        f"sasl_username={HOST}2") == 1)
    counts = journal_counts(place.journal)
    check("exempt: not counted", f"sasl_username={EXEMPT}" not in counts,
          counts)


# ---- what was logged, by other rules

def check_replay():
    rules = write(place.path("replay.cf"), f"""\
&&END {{ protocol_state==END-OF-MESSAGE; }};
id=ALL; &&END; sasl_username!~^$;
    action=rcpt(sasl_username/100/3600/REJECT over 100)
""")
    done = place.postseal("--json", "rules", "replay", rules,
                          place.path("log/mail"))
    said = json.loads(done.out or "{}")
    rows = {row["key"]: (row["requests"], row["sum"])
            for row in said.get("limited", [])}
    # 7 messages to 50, then 10 to one; the others have at most 100 taken.
    say("replay of Postfix's log: who would have been limited", rows,
        {f"sasl_username={HOST}": (15, 150),
         f"sasl_username={EXEMPT}": (1, 150)})
    say("replay: messages, those refused at their end, refused recipients",
        [said.get(name) for name in ("requests", "dropped", "refused",
                                     "unreadable", "open")],
        [17 + 2 + 1 + 3, 3, 1, 0, 0])
    done = place.postseal("--json", "rules", "replay", "--stage", "RCPT", write(
        place.path("replay.cf"), "id=SHOW; protocol_state==RCPT; "
        f"recipient==r@{AWAY}; helo_name==tester.example; "
        f"sender==show@{AWAY}; action=REJECT\n"), place.path("log/mail"))
    said = json.loads(done.out or "{}")
    say("replay: a refused recipient has all that the log says",
        said.get("rules"), [{"line": 1, "id": "SHOW", "decided": 1}])


# ---- what is remembered of logins, and groups

def send_from(address, login, sender=f"someone@{AWAY}"):
    with smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=60,
                      source_address=(address, 0)) as smtp:
        smtp.ehlo("tester.example")
        smtp.login(login, "any")
        smtp.mail(sender)
        return smtp.rcpt(f"r@{AWAY}")[1].decode()


def check_logins():
    login = f"stolen@{HOME}"
    rules = """\
id=BAD; client_address=%%BAD; action=REJECT bad client
id=TRAP; sender==trap@away.example; action=groupadd(%%BAD/client_address)
id=FAR; login_countries=2/3600; action=REJECT $$login_countries countries
id=MANY; login_addresses=3/3600; action=REJECT $$login_addresses addresses
"""
    # A second's watch, which would be over now and then on a busy machine.
    new = "id=NEW; login_new_recipients=50/1/2; action=REJECT strangers\n"
    place.reload(rules + RULES)
    same("a login from one address", send_from("127.0.0.2", login), "2.1.5 Ok")
    same("two addresses", send_from("127.0.0.3", login), "2.1.5 Ok")
    same("three are too many", send_from("127.0.0.4", login), "3 addresses")
    same("another login is not meant", send_from("127.0.0.4", ALICE), "Ok")
    same("two countries are too many", send_from("127.0.0.5", login),
         "2 countries")
    say("a client is put into a group", send_from(
        "127.0.0.6", ALICE, f"trap@{AWAY}"), "2.1.5 Ok")
    same("and refused from then on", send_from("127.0.0.6", HOST),
         "bad client")
    place.reload(rules + new + RULES)
    place.stop_postseald()
    place.start_postseald()
    same("after a restart, too", send_from("127.0.0.6", HOST), "bad client")
    same("and a login is known", send_from("127.0.0.2", login), "2 countries")
    watched = f"watched@{HOME}"
    same("one that is not", send_from("127.0.0.2", watched), "Ok")
    time.sleep(1.1)
    for number in range(2):
        ask(place.socket, protocol_state="RCPT", sasl_username=watched,
            recipient=f"new{number}@{AWAY}", instance=f"i{number}")
    same("new recipients, once the login has been watched", ask(
        place.socket, protocol_state="RCPT", sasl_username=watched,
        recipient=f"new2@{AWAY}", instance="i2"), "strangers")
    place.reload(RULES)


def check_crash():
    login = f"crash@{HOME}"
    same("60 recipients", send(login, 30, 2), "250 2.0.0")
    check("are in the journal soon", wait_for(lambda: journal_counts(
        place.journal).get(f"sasl_username={login}") == 60))
    place.stop_postseald(signal.SIGKILL)
    same("killed: Postfix defers by itself", send(login, 1), "451 4.3.5")
    place.start_postseald()
    same("started again: 40 more", send(login, 40), "250 2.0.0")
    same("and the count has gone on", send(login, 1),
         "Too many recipients: 101")
    place.stop_postseald()
    place.start_postseald()
    same("stopped and started: it has the last second as well",
         send(login, 1), "Too many recipients: 101")
    with open(place.journal, "ab") as file:
        file.write(b"torn")
    place.stop_postseald(signal.SIGKILL)
    place.start_postseald()
    same("a torn tail is cut off, with a line", place.log("postseald"),
         "the last 4 octets are torn, and cut off")
    same("and the count goes on", at_end(login, 1),
         "Too many recipients: 101")


def check_full_disk():
    """The folder of the journal becomes a disk of 32 KB."""
    folder = os.path.dirname(place.journal)
    place.stop_postseald()
    must("mount", "-t", "tmpfs", "-o", "size=32k,mode=0700", "tmpfs", folder)
    atexit.register(run, "umount", "-l", folder)
    must("chown", f"{USER}:", folder)
    place.start_postseald()
    failed = "limits.journal: "
    before = place.log("postseald").count(failed)
    login = f"full@{HOME}"
    with Policy(place.socket) as client:
        # All at once would end with both sides waiting to be read.
        said = {client.ask(protocol_state="END-OF-MESSAGE",
                           sasl_username=f"user{number}@{HOME}",
                           recipient_count=1) for number in range(1000)}
        check("disk full: said in the log", wait_for(
            lambda: place.log("postseald").count(failed) > before),
            place.log("postseald")[-500:])
        same("disk full: by its reason", place.log("postseald"),
             f"{failed}{place.journal}: No space left on device; counts are "
             "kept in memory only")
        for _ in range(2):
            said.add(client.ask(protocol_state="END-OF-MESSAGE",
                                sasl_username=login, recipient_count=50))
        say("disk full: requests are answered", said, {"DUNNO"})
        same("disk full: and counted", client.ask(
            protocol_state="END-OF-MESSAGE", sasl_username=login,
            recipient_count=1), "Too many recipients: 101")
    must("mount", "-o", "remount,size=1m", folder)
    check("room again: written by itself", wait_for(
        lambda: "limits.journal: written again" in place.log("postseald"), 30))
    check("said once", place.log("postseald").count(failed) == before + 2,
          place.log("postseald")[-700:])
    place.stop_postseald(signal.SIGKILL)
    place.start_postseald()
    same("and nothing is lost", at_end(login, 1), "Too many recipients: 101")


# ---- reloads

def check_reload():
    login = f"reload@{HOME}"
    at_end(login, 100)
    more = "id=FIRST; sender==nobody; action=REJECT\n" + RULES
    same("new rules are in force", place.reload(more), "is in force")
    same("and the counts are kept", at_end(login, 1), "Too many")
    said = place.reload(more + "id=LAST; action=rate(sender/many)\n")
    same("a broken rule file: by file, line and reason", said,
         f"{place.rules}:{len(more.splitlines()) + 1}: ",
         "the configuration before stays in force")
    same("nothing has changed", at_end(login, 1), "Too many")
    place.configure("colour = red")
    place.reload(RULES.replace("/100/", "/1000/"))
    same("with a broken configuration good rules are not taken either",
         at_end(login, 1), "Too many")
    place.configure("# none")
    place.reload()
    say("and with a good one they are", at_end(login, 1), "DUNNO")
    place.reload(RULES)
    done = run(place.path("prefix/sbin/postseald"), "--check", "-c",
               place.config)
    check("--check: good", done.status == 0, done.err)
    write(place.rules, RULES + "id=LAST; action=rate(sender/many)\n")
    done = run(place.path("prefix/sbin/postseald"), "--check", "-c",
               place.config)
    check("--check: a broken rule file", done.status == 1 and
          f"{place.rules}:{len(RULES.splitlines()) + 1}: " in done.err,
          done.err)
    write(place.rules, RULES)


def check_live():
    values = write(place.path("bad.txt"), "")
    same("live values: none", place.reload(
        f"id=LIVE; sender==lfile:{values}; action=REJECT listed\n" + RULES),
        "is in force")
    say("live values: not listed", ask(place.socket, sender="x@bad.example"),
        "DUNNO")
    write(values, "x@bad.example\n")
    check("live values: listed, without a reload", wait_for(
        lambda: ask(place.socket, sender="x@bad.example") ==
        "REJECT listed"))
    place.reload(RULES)


# ---- what others are asked

class Other:
    """A policy server that keeps what it is asked, and says one thing."""

    def __init__(self, said):
        self.said, self.asked = said, []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client = self.listening.accept()[0]
            except OSError:
                return
            with client:
                text = b""
                while not text.endswith(b"\n\n"):
                    text += client.recv(65536)
                self.asked.append(text)
                if self.said is None:
                    client.recv(1)  # until it gives up
                else:
                    client.sendall(self.said)


def check_dns():
    place.publish("2.2.0.192.bl.example. A 127.0.0.2",
                  '2.2.0.192.bl.example. TXT "listed for a test"',
                  f"bad.{AWAY}.rhs.example. A 127.0.0.9",
                  f"mxed.example. MX 10 mx.{AWAY}.",
                  f"mx.{AWAY}. A 198.51.100.7")
    place.reload("""\
id=TEXT; rbl=bl.example; action=REJECT listed: $$dnsbltext
id=RHS; rhsbl_sender=rhs.example/^127\\.0\\.0\\.9$; action=REJECT name
id=MX; sender_mx_addrs=198.51.100.0/24; action=REJECT mail exchanger
""" + RULES)
    for name, request_, want in (
            ("rbl", {"client_address": "192.0.2.2"},
             "REJECT listed: rbl:bl.example:<listed for a test>"),
            ("rbl, not listed", {"client_address": "192.0.2.3"}, "DUNNO"),
            ("rhsbl_sender", {"sender": f"x@bad.{AWAY}"}, "REJECT name"),
            ("sender_mx_addrs", {"sender": "x@mxed.example"},
             "REJECT mail exchanger")):
        say(f"DNS: {name}", ask(place.socket, **request_), want)
    before = place.port["dns"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        place.port["dns"] = silent.getsockname()[1]
        place.configure()
        place.reload()
        with Policy(place.socket) as slow:
            slow.send(request(client_address="192.0.2.2", size=1))
            lives("DNS that does not answer: one waits")
            say("and is not rejected", slow.reply(), "DUNNO")
        place.port["dns"] = before
        place.configure()
        place.reload(RULES)


def check_other():
    other = Other(b"action=450 4.7.1 said the other\n\n")
    place.reload(f"id=ASK; sender==ask@{AWAY}; "
                 f"action=ask(127.0.0.1:{other.port}:^dunno)\n"
                 f"id=NEXT; sender==ask@{AWAY}; action=450 the next rule\n" +
                 RULES)
    question = {"sender": f"ask@{AWAY}", "helo_name": "", "size": "5"}
    say("ask(): its answer", ask(place.socket, **question),
        "450 4.7.1 said the other")
    say("it has the request as it came", other.asked, [request(**question)])
    for name, said in (("one to be ignored", b"action=dunno\n\n"),
                       ("no action", b"what?\n\n"), ("nothing", b"")):
        other.said = said
        say(f"ask(): {name}: the rules go on", ask(place.socket, **question),
            "450 the next rule")
    other.listening.close()
    say("ask(): nobody there", ask(place.socket, **question),
        "450 the next rule")
    same("ask(): and the log says so", place.log("postseald"),
         f"policy: ask(127.0.0.1:{other.port}): ")
    place.reload(RULES)


# ---- clients that do not behave

def lives(name):
    say(f"{name}: others are answered", ask(place.inet, sender="x"), "DUNNO")


def check_hostile():
    one = request(sender=f"show@{AWAY}", protocol_state="RCPT", size=7)
    with Policy(place.socket) as client:
        want = client.ask(sender=f"show@{AWAY}", protocol_state="RCPT", size=7)
        check("a request", want.startswith("450 4.7.1 "), want)
        for octet in one:
            client.send(bytes([octet]))
        say("octet by octet", client.reply(), want)
        for at in range(1, len(one)):
            client.send(one[:at])
            client.send(one[at:])
        said = {client.reply() for _ in range(1, len(one))}
        say("in two pieces, cut at each octet", said, {want})
        client.send(one * 500)
        said = {client.reply() for _ in range(500)}
        say("500 at once", said, {want})
    unread = "451 4.3.0 The policy request cannot be read"
    for name, octets in (("NUL", b"sender=a\0b\n\n"),
                         ("no name", b"=x\n\n"), ("no =", b"GET / HTTP\n"),
                         ("an empty line", b"\n"),
                         ("too many attributes", b"a=b\n" * 101),
                         ("a line without end", b"a=" + b"x" * 40000),
                         ("lines without end", b"a=bcd\n" * 8000)):
        with Policy(place.socket) as client:
            client.send(octets)
            try:
                said = client.reply()
            except Closed:
                said = "closed"
            check(f"{name}: refused, and the end", said == unread and
                  client.ended(), said)
    lives("after all that")
    with Policy(place.socket) as client:
        client.send(b"sender=")
        lives("one that stops in the middle")


PARTS = (check_attributes, check_files, check_host, check_user, check_exempt,
         check_replay, check_logins, check_crash, check_reload, check_live,
         check_dns, check_other, check_hostile, check_full_disk)


def main():
    place.prepare()
    write(place.rules, RULES)
    country_file.write(place.countries, {"127.0.0.2/32": "DE",
                                         "127.0.0.5/32": "FR"})
    for arguments in (("adddom", HOME), ("adduser", "--no-password", ALICE)):
        done = place.postseal(*arguments)
        if done.status != 0:
            raise Fault(f"{arguments}: {done.err}")
    place.certificate()
    place.start_nsd()
    place.start_sink()
    place.start_postfix()
    place.start_postseald()
    for part in PARTS:
        try:
            part()
        except (Fault, OSError, Closed, smtplib.SMTPException) as fault:
            check(part.__name__, False, repr(fault))
    place.stop_postseald()
    check("stopped: no socket is left", not os.path.exists(place.socket))
    defects = [line for line in place.log("postseald").splitlines()
               if DEFECT.match(line)]
    check("no report of a sanitizer", not defects, "; ".join(defects[:5]))
    finish()


main()
