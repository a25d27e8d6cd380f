#!/usr/bin/python3
"""hosted_map.py - the socket maps of postseald: postmap(1), a Postfix whose
daemons are in a jail, hostile clients, faults, reloads and restarts."""

import atexit
import os
import re
import secrets
import signal
import smtplib
import socket
import sqlite3
import stat
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

import sasl_server
from hosted import check, finish
from instance import HOME, USER
from jailed import Jailed, set_lines
from map_client import Closed, Map, ask, ask_until, netstring, request
from milter_daemon import DEFECT
from processes import Fault, run, wait_for

ALICE = f"alice@{HOME}"
REST = "rest.example"  # what is unknown here goes to Alice
BOB = f"bob@{REST}"
CONNECTIONS = 100
WAITING = 4  # more than are at work at a time, fewer than threads
LARGE = 3400  # aliases of one address


class Mapped(Jailed):
    """A Postfix that asks the daemon, from within its jail."""

    connections = CONNECTIONS

    def __init__(self):
        super().__init__()
        self.logins = sasl_server.Server()

    def main_cf(self, meta, queue):
        return set_lines(super().main_cf(meta, queue), f"""\
# What is delivered goes to the listener that keeps it.
virtual_transport = smtp:[127.0.0.1]:{self.port['sink']}
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = inet:127.0.0.1:{self.logins.port}
smtpd_sender_restrictions = reject_sender_login_mismatch
""")

    def reload(self):
        before = self.log("postseald").count(" is in force")
        os.kill(self.pid("postseald"), signal.SIGUSR1)
        return wait_for(lambda: self.log("postseald").count(
            " is in force") > before)


place = Mapped()
atexit.register(place.stop)
DATABASE = place.path("directory/directory.db")


def postmap(table, key):
    return run("postmap", "-c", place.postfix_conf, "-q", key, table)


def rcpt(recipient, sender=None, login=None):
    """What smtpd says of it: code and text.  It keeps what it could not learn
    of an address for that sender, for all of its life: a new one each time."""
    sender = sender or f"{secrets.token_hex(4)}@elsewhere.example"
    with smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=60) as smtp:
        smtp.ehlo("tester.example")
        if login:
            smtp.login(login, "any")
        code, text = smtp.mail(sender)
        if code == 250:
            code, text = smtp.rcpt(recipient)
        return f"{code} {text.decode()}"


def deliver(recipient):
    """The recipients that arrived, once it did."""
    mark = secrets.token_hex(8)
    with smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=60) as smtp:
        smtp.sendmail("x@elsewhere.example", [recipient],
                      f"Subject: {mark}\r\n\r\nhello\r\n")

    def arrived():
        found = [text for text in place.left() if mark.encode() in text]
        return [re.search("<(.*?)>", line)[1] for text in found
                for line in text.decode().splitlines()
                if line.startswith("X-Rcpt-Args")]
    return sorted(wait_for(arrived, 20) or ["it did not arrive"])


def say(name, said, want):
    check(name, said == want, f"{said[:200]!r} instead of {want[:200]!r}")


def same(name, said, *wanted):
    missing = [want for want in wanted if want not in said]
    check(name, not missing, f"without {missing}: {said[-500:]}")


# ---- lookups

ROWS = [
    ("domains", HOME, HOME), ("domains", "other.example", None),
    ("mailboxes", ALICE, ALICE), ("mailboxes", f"ALICE@{HOME.upper()}", ALICE),
    ("mailboxes", f"nobody@{HOME}", None),
    ("aliases", f"info@{HOME}", ALICE), ("aliases", ALICE, None),
    ("aliases", f"@{REST}", ALICE), ("aliases", BOB, BOB),
    ("senders", f"info@{HOME}", ALICE), ("senders", ALICE, ALICE),
    ("relay_domains", "relayed.example", "relayed.example"),
    ("transport", "relayed.example", "relay:[192.0.2.25]"),
]


def check_lookups():
    ways = {"unix": f"socketmap:unix:{place.socket}:",
            "inet": "socketmap:inet:%s:%d:" % place.inet}
    for name, key, want in ROWS:
        said = {way: postmap(table + name, key)
                for way, table in ways.items()}
        wrong = {way: (done.out, done.err) for way, done in said.items()
                 if done.out.strip() != (want or "") or
                 done.status != (0 if want else 1) or done.err}
        check(f"{name} {key}: by {', '.join(ways)}", not wrong, wrong)
    done = postmap(f"{ways['unix']}colours", ALICE)
    check("no such map", done.status == 1 and "no such map" in done.err,
          done.err)
    same("and the log says so", place.log("postseald"),
         "map: a client asks for a map that there is not")


def check_files():
    def of(path):
        status = os.stat(path)
        done = run("stat", "-c", "%U:%G", path)
        return f"{done.out.strip()} {stat.S_IMODE(status.st_mode):o}"
    say("the socket", of(place.socket), f"{USER}:postfix 660")
    say("its folder", of(place.folder), f"{USER}:postfix 2750")


# ---- Postfix

def check_postfix():
    same("an account", rcpt(ALICE), "250 2.1.5")
    same("an unknown address", rcpt(f"nobody@{HOME}"), "550 5.1.1")
    same("a domain of others", rcpt("x@other.example"), "554 5.7.1")
    same("a sender that is somebody's",
         rcpt(BOB, sender=f"info@{HOME}"), "553 5.7.1")
    same("a sender with an extension", rcpt(BOB, sender=f"alice+x@{HOME}"),
         "553 5.7.1")
    same("another's sender", rcpt(BOB, f"bob@{REST}", ALICE), "553 5.7.1")
    for sender in (ALICE, f"info@{HOME}", f"alice+x@{HOME}",
                   f"rest@{REST}"):
        same(f"a login's own sender {sender}", rcpt(BOB, sender, ALICE),
             "250 2.1.5")
    same("a relayed domain", rcpt("x@relayed.example"), "250 2.1.5")
    same("an unknown extension", rcpt(f"nobody+x@{HOME}"), "550 5.1.1")
    for name, recipient, arrives in (
            ("an account", ALICE, ALICE),
            ("an alias", f"info@{HOME}", ALICE),
            ("an extension", f"alice+x@{HOME}", f"alice+x@{HOME}"),
            ("an alias with an extension", f"info+x@{HOME}",
             f"alice+x@{HOME}"),
            ("the rest of a domain", f"whoever@{REST}", ALICE),
            ("an account beside it", BOB, BOB),
            ("with an extension", f"bob+x@{REST}", f"bob+x@{REST}")):
        check(f"delivered: {name}", deliver(recipient) == [arrives],
              deliver(recipient))


# ---- faults of the database

def check_gone():
    os.rename(DATABASE, DATABASE + ".away")
    try:
        said = ask(place.socket, "aliases", ALICE)
        reply = rcpt(ALICE)
    finally:
        os.rename(DATABASE + ".away", DATABASE)
    check("database gone: TEMP with its name",
          said.startswith("TEMP ") and DATABASE in said, said)
    same("database gone: Postfix defers", reply, "451 4.3.0")
    check("database gone: said once in the log", place.log(
        "postseald").count(f"map: aliases: {said[5:]}") == 1,
        place.log("postseald")[-500:])
    same("database back: answered by itself", rcpt(ALICE), "250 2.1.5")


def check_locked():
    writer = sqlite3.connect(DATABASE, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    said = ask(place.socket, "aliases", ALICE)
    waiting = [Map(place.socket) for _ in range(WAITING)]
    for slow in waiting:
        slow.send(request("aliases", ALICE))
    time.sleep(0.2)  # they are at it
    with Map(place.socket) as quick:
        started = time.monotonic()
        quick.ask("colours", "x")
        took = time.monotonic() - started
    writer.execute("ROLLBACK")
    writer.close()
    check("database locked: TIMEOUT", said.startswith("TIMEOUT "), said)
    check(f"{WAITING} that wait hold up no other", took < 1.5, took)
    for slow in waiting:
        say("and are answered when the lock is gone", slow.reply(),
            "NOTFOUND ")
        slow.close()


# ---- clients that do not behave

def lives(name):
    say(f"{name}: others are answered",
        ask(place.socket, "mailboxes", ALICE), f"OK {ALICE}")


def check_hostile():
    with Map(place.socket) as client:
        for name, key in (("NUL", ALICE.encode() + b"\0x"),
                          ("a 10 KB local part", b"x" * 10000 + b"@a.b"),
                          ("an LDAP filter", b"*)(uid=*"),
                          ("SQL", b"' OR 1=1 --"),
                          ("octets", bytes(range(256)))):
            say(f"{name}: not found", client.ask("mailboxes", key),
                "NOTFOUND ")
        say("the same connection goes on", client.ask("mailboxes", ALICE),
            f"OK {ALICE}")
    for name, octets, want in (
            ("a key over 10 KB", request("mailboxes", "x" * 10241),
             "PERM the request is too long"),
            ("a length of gigabytes", b"9999999999999:",
             "PERM the request is too long"),
            ("HTTP", b"GET / HTTP/1.1\r\n\r\n",
             "PERM the request is no netstring"),
            ("a length that lies", b"5:domains a.b,",
             "PERM the request is no netstring")):
        with Map(place.socket) as client:
            client.send(octets)
            say(f"{name}: PERM", client.reply(), want)
            check(f"{name}: then the end", client.ended())
    lives("garbage")
    halves = [Map(place.socket) for _ in range(20)]
    for client in halves:
        client.send(request("mailboxes", ALICE)[:-5])
    lives("half requests")
    for client in halves:
        client.send(request("mailboxes", ALICE)[-5:])
    check("half requests: completed", all(
        client.reply() == f"OK {ALICE}" for client in halves))
    for client in halves:
        client.close()


def check_pipelined():
    keys = [ALICE, f"nobody@{HOME}", f"ALICE@{HOME}"] * 2000
    with Map(place.socket) as client:
        sender = threading.Thread(target=client.send, args=(
            b"".join(request("mailboxes", key) for key in keys),))
        sender.start()
        good = all(client.reply() == (
            "NOTFOUND " if key.startswith("nobody") else f"OK {ALICE}")
            for key in keys)
        sender.join()
    check("6,000 requests at once: answered in order", good)


def add_group(name, members):
    writer = sqlite3.connect(DATABASE)
    domain = writer.execute("SELECT id FROM domains WHERE name = ?",
                            (HOME,)).fetchone()[0]
    writer.executemany(
        "INSERT INTO aliases (domain_id, source, destination) "
        "VALUES (?, ?, ?)",
        ((domain, f"{name}@{HOME}", f"member{i:06d}@members.example")
         for i in range(members)))
    writer.commit()
    writer.close()


def check_large():
    add_group("large", LARGE)  # 28 octets and a comma each
    add_group("larger", LARGE + 100)
    with Map(place.socket) as client:
        said = client.ask("aliases", f"large@{HOME}")
        check("an answer of 98 KB", said.startswith("OK ") and
              said.count(",") == LARGE - 1, said[:100])
        say("an answer of over 100,000 octets: PERM",
            client.ask("aliases", f"larger@{HOME}"),
            "PERM the answer is too long")
    same("and the log names it", place.log("postseald"),
         f"map: aliases: the answer for larger@{HOME} is longer than the "
         "100000 octets that Postfix takes")
    done = postmap(f"socketmap:unix:{place.socket}:aliases", f"large@{HOME}")
    check("postmap takes the large one", done.out.count(",") == LARGE - 1,
          done.err)


def resident_kb():
    with open(f"/proc/{place.pid('postseald')}/status") as file:
        return next(int(line.split()[1]) for line in file
                    if line.startswith("VmRSS"))


def check_slow_reader():
    before = resident_kb()
    asks = request("aliases", f"large@{HOME}") * 200  # 20 MB of answers
    clients = [Map(place.socket) for _ in range(20)]
    for client in clients:
        client.send(asks)
    lives("20 clients that do not read")
    with Map(place.socket) as other:
        for _ in range(100):
            other.ask("mailboxes", ALICE)
    grown = resident_kb() - before
    check("400 MB of answers wait nowhere", grown < 100000, f"{grown} KB")
    good = all(clients[0].reply().startswith("OK ") for _ in range(200))
    check("who reads at last gets it all", good)
    for client in clients:
        client.close()


def check_many():
    """More than are allowed: the latest comers are served."""
    clients = []
    refused = 0
    for _ in range(1000):
        client = Map(place.socket)
        client.send(request("mailboxes", ALICE))
        refused += client.reply() != f"OK {ALICE}"
        clients.append(client)
    check("1,000 connections: each is answered", refused == 0, refused)
    threads = os.listdir(f"/proc/{place.pid('postseald')}/fd")
    check(f"and no more than {CONNECTIONS} stay open",
          len(threads) < CONNECTIONS + 60, len(threads))
    same("the log says so", place.log("postseald"),
         "map: as many connections as may be")
    lives("1,000 connections")
    for client in clients:
        client.close()


# ---- while it is in use

class Load:
    """Clients that go on asking, until told to stop; what went wrong."""

    def __init__(self, count=4):
        self.end = False
        self.wrong = []
        self.asked = [0] * count
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        client = Map(place.socket)
        while not self.end:
            try:
                said = client.ask("mailboxes", ALICE)
            except (OSError, Closed, AssertionError) as error:
                said = repr(error)
            if said != f"OK {ALICE}":
                self.wrong.append(said)
                return
            self.asked[number] += 1
        client.close()

    def stop(self):
        self.end = True
        for thread in self.threads:
            thread.join()


def check_reload():
    load = Load()
    done = sum(place.reload() for _ in range(20))
    place.delimiter = "-"
    place.configure()
    place.reload()
    load.stop()
    check("20 reloads under load: no error", done == 20 and not load.wrong and
          all(load.asked), (done, load.wrong, load.asked))
    with Map(place.socket) as client:
        say("a new delimiter is in force",
            client.ask("mailboxes", f"alice-x@{HOME}"), f"OK {ALICE}")
        say("and the former is not",
            client.ask("mailboxes", f"alice+x@{HOME}"), "NOTFOUND ")
        place.delimiter = "+"
        place.configure("colour = red")
        os.kill(place.pid("postseald"), signal.SIGUSR1)
        wait_for(lambda: "colour" in place.log("postseald"))
        say("a bad configuration changes nothing",
            client.ask("mailboxes", f"alice-x@{HOME}"), f"OK {ALICE}")
        place.configure("# none")
        place.reload()
        say("the same connection, after all that",
            client.ask("mailboxes", f"alice+x@{HOME}"), f"OK {ALICE}")
    former = place.socket
    place.socket += "2"
    place.configure()
    place.reload()
    same("another socket counts from the next start", place.log("postseald"),
         "take effect at the next start")
    place.socket = former
    place.configure()
    place.reload()


def check_restart():
    same("before", rcpt(ALICE), "250 2.1.5")
    place.stop_postseald(signal.SIGKILL)
    check("killed: its socket is left", os.path.exists(place.socket))
    same("killed: Postfix defers", rcpt(ALICE), "451 4.3.0")
    place.start_postseald()
    say("started again: answered", ask_until(
        place.socket, "mailboxes", ALICE, f"OK {ALICE}"), f"OK {ALICE}")
    same("started again: Postfix goes on", rcpt(ALICE), "250 2.1.5")
    other = run(place.path("prefix/sbin/postseald"), "-f", "-c", place.config)
    check("a second daemon finds the first", other.status == 1 and
          "another process listens" in other.err, other.err)
    lives("a second daemon")
    load = Load()
    with Map(place.socket) as client:
        client.ask("mailboxes", ALICE)
        wait_for(lambda: all(load.asked))
        status = place.stop_postseald()
        check("stopped under load: status 0", status == 0,
              place.log("postseald")[-500:])
        check("stopped: connections end", client.ended())
    load.stop()
    check("stopped: what was asked was answered, or the connection ended",
          all("Closed" in wrong or "Broken pipe" in wrong or
              "Connection" in wrong for wrong in load.wrong), load.wrong)
    check("stopped: no socket is left", not os.path.exists(place.socket))


def check_taken():
    """A socket that cannot be had is named, and what was bound is not left."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(place.inet)
        other.listen()
        done = run(place.path("prefix/sbin/postseald"), "-f", "-c",
                   place.config)
    check("a port in use: says which, and does not start",
          done.status == 1 and "map.sockets: cannot listen at inet:" in
          done.err, done.err)
    check("and nothing is left", not os.path.exists(place.socket) and
          not os.path.exists(os.path.join(place.folder, "milter.sock")))


PARTS = (check_lookups, check_files, check_postfix, check_gone, check_locked,
         check_hostile, check_pipelined, check_large, check_slow_reader,
         check_many, check_reload, check_restart, check_taken)


def main():
    place.prepare()
    for arguments in (("adddom", HOME), ("adddom", REST),
                      ("adddom", "--relay-to", "[192.0.2.25]",
                       "relayed.example"),
                      ("adduser", "--no-password", ALICE),
                      ("adduser", "--no-password", BOB),
                      ("addalias", f"info@{HOME}", ALICE),
                      ("addalias", f"@{REST}", ALICE)):
        done = place.postseal(*arguments)
        if done.status != 0:
            raise Fault(f"{arguments}: {done.err}")
    place.certificate()
    place.start_sink()
    place.start_postfix()
    place.start_postseald()
    for part in PARTS:
        try:
            part()
        except (Fault, OSError, Closed, smtplib.SMTPException) as fault:
            check(part.__name__, False, repr(fault))
    defects = [line for line in place.log("postseald").splitlines()
               if DEFECT.match(line)]
    check("no report of a sanitizer", not defects, "; ".join(defects[:5]))
    finish()


main()
