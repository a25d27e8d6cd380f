"""directory.py - the directory with many accounts: lookups, logins, imports;
directory.sh installs and builds, and calls this."""

import argparse
import atexit
import os
import pty
import random
import select
import signal
import smtplib
import subprocess
import sys
import threading
import time

from directory_place import (CLIENTS, DOMAIN, Figures, Place, alias, median,
                             user)
from directory_logins import logins
from instance import write
from ldap_server import BASE
from map_client import Closed, Map
from processes import Fault, must, run, wait_for

PARTS = ("import", "lookups", "group", "logins")


# ---- imports, and lookups meanwhile

class Asking(threading.Thread):
    """Asks the daemon a hundred times a second until told to stop."""

    def __init__(self, place, key):
        super().__init__(daemon=True)
        self.place, self.key = place, key
        self.end = False
        self.answered = self.deferred = self.lost = 0
        self.longest = 0
        self.start()

    def run(self):
        with Map(self.place.map) as client:
            while not self.end:
                began = time.monotonic()
                try:
                    said = client.ask("mailboxes", self.key)
                except (OSError, Closed):
                    said = ""
                self.longest = max(self.longest, time.monotonic() - began)
                self.answered += said.startswith("OK ")
                self.deferred += said.startswith("T")
                self.lost += not said.startswith(("OK ", "T"))
                time.sleep(0.01)

    def stop(self):
        self.end = True
        self.join()
        return (f"lookups meanwhile: {self.answered} answered, "
                f"{self.deferred} deferred, {self.lost} lost, longest "
                f"{self.longest:.2f} s")


def on_terminal(*command):
    """How often a command that writes to a terminal shows how far it is."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    shown = b""
    while select.select([terminal], [], [], 600)[0]:
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    if os.waitpid(pid, 0)[1] != 0:
        raise Fault(f"{command}: {shown[-300:]}")
    return shown.count(b" of ")


def imports(place):
    print("\n## import, list, remove")
    must(place.command, "-c", place.config, "adduser", "--no-password",
         "here@other.example")
    place.start_postseald()
    asking = Asking(place, "here@other.example")

    def step(name, *command, terminal=False):
        with Figures() as figures:
            full = (place.command, "-c", place.config, *command)
            if terminal:
                shown = on_terminal(*full)
            else:
                done = run(*full, timeout=600)
                if done.status > 1:  # 1: there is nothing new
                    raise Fault(f"{command}: {done.err}")
        print(f"{name}: {figures.wall:.1f} s, CPU {figures.cpu:.1f} s" + (
            f", progress shown {shown} times" if terminal else ""), flush=True)

    count = place.options.accounts
    step(f"import of {count} accounts", "import", "passwd",
         place.import_file("passwd"), terminal=True)
    step(f"import of {2 * count} aliases", "import", "virtual",
         place.import_file("virtual"), terminal=True)
    step("lsuser", "lsuser")
    step("lsalias", "lsalias")
    step("the same import again", "import", "passwd",
         place.import_file("passwd"))
    step("rmdom --cascade", "rmdom", "--cascade", DOMAIN)
    print(asking.stop())
    place.stop_postseald()
    if asking.lost:
        raise Fault("lookups were lost during an import")


# ---- lookups by postmap(1)

def tables(place):
    """(backend, what is asked, its keys, our table, Postfix's own)."""
    number = random.Random(1)
    count, lookups = place.options.accounts, place.options.lookups
    keys = {
        "mailboxes": [user(number.randrange(count)) for _ in range(lookups)],
        "aliases": [alias(number.randrange(2 * count))
                    for _ in range(lookups)],
        "unknown": [f"no{number.randrange(count)}@{DOMAIN}"
                    for _ in range(lookups)],
    }
    for name, lines in keys.items():
        write(place.path(f"keys.{name}"), "".join(f"{k}\n" for k in lines))
    database = place.path("directory/directory.db")
    for name, query in (
            ("mailboxes", "SELECT address FROM accounts WHERE address = '%s' "
             "AND NOT closed"),
            ("aliases", "SELECT destination FROM aliases WHERE source = '%s' "
             "ORDER BY id")):
        write(place.path(f"sqlite.{name}"),
              f"dbpath = {database}\nquery = {query}\n")
    for name, attribute in (("mailboxes", "maildrop"),
                            ("aliases", "mailacceptinggeneralid")):
        write(place.path(f"ldap.{name}"),
              f"server_host = {place.slapd.ldapi}\nversion = 3\nbind = no\n"
              f"search_base = {BASE}\nresult_attribute = maildrop\n"
              f"query_filter = ({attribute}=%s)\n")
    for backend, config in (("sqlite", place.config),
                            ("ldap", place.ldap_config)):
        for asked, view in (("mailboxes", "mailboxes"),
                            ("aliases", "aliases"), ("unknown", "aliases")):
            yield (backend, asked, place.path(f"keys.{asked}"),
                   f"postseal:{config}:{view}",
                   f"{backend}:{place.path(f'{backend}.{view}')}")


def postmap(place, table, keys, clients):
    """Lookups a second and processor microseconds of the client for each."""
    found = []

    def one():
        with open(keys) as file:
            done = subprocess.run(
                ["postmap", "-c", place.postfix_conf, "-q", "-", table],
                stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        found.append(done.stdout.count(b"\n"))
        if done.stderr:
            raise Fault(done.stderr.decode())

    with Figures() as figures:
        threads = [threading.Thread(target=one) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lookups = clients * place.options.lookups
    want = 0 if keys.endswith("unknown") else place.options.lookups
    if found != [want] * clients:
        raise Fault(f"{table}: found {found}, not {want} each")
    return lookups / figures.wall, figures.cpu / lookups * 1e6


def lookups(place):
    print("\n## postmap -q -: lookups a second, CPU us of the client for one")
    print("backend clients asked | postseal | Postfix's own | ratio of "
          "lookups/s, of CPU")
    for backend, asked, keys, ours, theirs in tables(place):
        for clients in (1, CLIENTS):
            mine, other = [], []
            for _ in range(place.options.reps):
                mine.append(postmap(place, ours, keys, clients))
                other.append(postmap(place, theirs, keys, clients))
            rate, cpu = (median(v) for v in zip(*mine))
            rate2, cpu2 = (median(v) for v in zip(*other))
            print(f"{backend} {clients} {asked} | {rate:.0f}/s {cpu:.1f} | "
                  f"{rate2:.0f}/s {cpu2:.1f} | {rate / rate2:.2f} "
                  f"{cpu2 / cpu:.2f}", flush=True)


# ---- a large group, to the mailboxes

def group(place):
    members = place.options.members
    print(f"\n## a group of {members}, from RCPT to the last mailbox")
    write(place.path("group.txt"), "".join(
        f"all@{DOMAIN} {user(i)}\n" for i in range(members)))
    must(place.command, "-c", place.config, "import", "virtual",
         place.path("group.txt"))
    for name, config in (("SQLite", place.config), ("LDAP", place.ldap_config)):
        must("postconf", "-c", place.postfix_conf, "-e",
             f"postseal_config_file = {config}", "smtpd_milters =",
             f"virtual_alias_expansion_limit = {members + 1}")
        os.utime(f"{place.postfix_conf}/main.cf", (time.time() - 60,) * 2)
        must("postfix", "-c", place.postfix_conf, "reload")
        time.sleep(1)
        before = place.log().count("status=sent")
        began = time.monotonic()
        with smtplib.SMTP("127.0.0.1", place.port["smtp"], timeout=120) as smtp:
            smtp.sendmail("x@friend.example", [f"all@{DOMAIN}"],
                          "Subject: to all\r\n\r\nhello\r\n")
        taken = time.monotonic() - began
        wait_for(lambda: place.log().count("status=sent") - before >= members,
                 300)
        seconds = time.monotonic() - began
        sent = place.log().count("status=sent") - before
        print(f"{name}: taken after {taken:.2f} s, {sent} of {members} "
              f"delivered after {seconds:.1f} s", flush=True)
        if sent != members:
            raise Fault("not all were delivered: " + place.log()[-1000:])


def main():
    parser = argparse.ArgumentParser(prog="directory.sh")
    parser.add_argument("--accounts", type=int, default=100000)
    parser.add_argument("--lookups", type=int, default=20000)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--members", type=int, default=1500)
    parser.add_argument("part", nargs="*", metavar="PART",
                        help=" ".join(PARTS))
    options = parser.parse_args()
    parts = options.part or PARTS
    if set(parts) - set(PARTS) or options.members > options.accounts:
        parser.error("PART is one of " + " ".join(PARTS) +
                     "; there are fewer members than accounts")
    place = Place(options)
    atexit.register(place.stop)
    # So that nothing is left running by whoever stops it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    place.prepare()
    if "import" in parts:
        imports(place)
    if set(parts) - {"import"}:
        place.fill()
        place.start_slapd()
        place.certificate()
        place.start_postfix()
    if "lookups" in parts:
        lookups(place)
    if "group" in parts:
        place.start_dovecot()
        group(place)
    if "logins" in parts:
        logins(place)


main()
