"""directory_logins.py - logins a second, beside Dovecot's own drivers; for
Dovecot 2.3, whose settings stand here."""

import base64
import os
import random
import socket
import threading
import time

from directory_place import (CLIENTS, PASSWORD, SSHA, Place, below, cpu_of,
                             median, user)
from instance import write
from ldap_server import BASE
from processes import Fault, wait_for

STOCK = """\
passdb {{
  driver = {driver}
  args = {args}
}}
userdb {{
  driver = {driver}
  args = {args}
}}
"""


def stock_settings(place, driver):
    path = place.path(f"dovecot.{driver}")
    if driver == "sql":
        return write(path, f"""\
driver = sqlite
connect = {place.path("directory/directory.db")}
password_query = SELECT '%u' AS user, '{SSHA}' AS password \
FROM accounts WHERE address = '%u'
user_query = SELECT '/var/vmail/%d/%n' AS home, 8 AS uid, 8 AS gid \
FROM accounts WHERE address = '%u'
""")
    return write(path, f"""\
uris = {place.slapd.ldapi}
base = {BASE}
auth_bind = yes
pass_attrs = mailacceptinggeneralid=user
pass_filter = (&(objectClass=postfixUser)(maildrop=%u))
user_filter = (&(objectClass=postfixUser)(maildrop=%u))
""")


class Auth:
    """Dovecot's authentication protocol, as a client."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rwb")
        self.lines.write(b"VERSION\t1\t1\nCPID\t%d\n" %
                         random.randrange(1, 10 ** 6))
        self.lines.flush()
        for line in self.lines:
            if line == b"DONE\n":
                break
        self.number = 0

    def login(self, name):
        self.number += 1
        plain = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
        self.lines.write(f"AUTH\t{self.number}\tPLAIN\tservice=imap\tsecured"
                         f"\tresp={plain}\n".encode())
        self.lines.flush()
        return self.lines.readline().startswith(b"OK\t")


def log_in(place, count):
    """Logins a second by several clients, CPU ms of Dovecot for each."""
    path = place.path("dovecot/run/auth-postfix")
    with open(place.path("dovecot/run/master.pid")) as file:
        master = int(file.read())
    good = []

    def one(seed):
        number = random.Random(seed)
        client = Auth(path)
        good.append(sum(client.login(user(number.randrange(
            place.options.accounts))) for _ in range(count)))

    def all_at_once(first):
        good.clear()
        threads = [threading.Thread(target=one, args=(first + i,))
                   for i in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    # Once before it counts: as many auth workers are started as it takes.
    all_at_once(1)
    before, began = cpu_of(below(master)), time.monotonic()
    all_at_once(CLIENTS + 1)
    wall, cpu = time.monotonic() - began, cpu_of(below(master)) - before
    if good != [count] * CLIENTS:
        raise Fault(f"logins: {good} of {count} each: " +
                    place.log("dovecot")[-1500:])
    return CLIENTS * count / wall, cpu / CLIENTS / count * 1000


class Logins(Place):
    """A Dovecot with one of the drivers, on what another place has."""

    def __init__(self, options, passdb):
        super().__init__(options)
        self.passdb = passdb

    def dovecot_settings(self):
        text = super().dovecot_settings().replace(
            "auth_verbose = yes\n", "")
        own = text[:text.index("passdb ")] + self.passdb
        return own + """\
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""


def logins(place):
    count = max(place.options.lookups // 100, 20)
    print(f"\n## logins a second, {CLIENTS} clients, CPU ms of Dovecot each")
    for name, driver, args in (
            ("postseal on SQLite", "postseal", place.config),
            ("Dovecot's sql on SQLite", "sql", None),
            ("postseal on LDAP", "postseal", place.ldap_config),
            ("Dovecot's ldap", "ldap", None)):
        args = args or stock_settings(place, driver)
        house = Logins(place.options, STOCK.format(driver=driver, args=args))
        try:
            house.prepare()
            house.certificate()
            house.start_dovecot()
            if not wait_for(lambda: all(
                    os.path.exists(house.path("dovecot/run/" + file))
                    for file in ("auth-postfix", "master.pid"))):
                raise Fault("dovecot does not start: " + house.log("dovecot"))
            figures = [log_in(house, count)
                       for _ in range(place.options.reps)]
            rate, cpu = (median(v) for v in zip(*figures))
            print(f"{name}: {rate:.0f}/s, {cpu:.2f} ms", flush=True)
        finally:
            house.stop()
