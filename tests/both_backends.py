"""both_backends.py - the same changes made to either backend: by the command, or
in LDAP as an administrator makes them, with ldapmodify(1)."""

import json
import os
import sqlite3
from contextlib import contextmanager

from instance import free_ports, write
from ldap_server import (ADMIN, ALIASES, BASE, DOMAINS, PASSWORD, PEOPLE,
                         SECRET, LdapServer, group, person)
from processes import Fault


class Changes:
    """What only the command does, whatever keeps it."""

    place = None

    def run(self, *arguments, text=None):
        done = self.place.postseal(*arguments, text=text)
        if done.status != 0:
            raise Fault(f"postseal {' '.join(arguments)}: {done.err}")
        return done.out

    def reset(self, address):
        return json.loads(self.run("--json", "reset", address))["password"]

    def set_password(self, address, password):
        self.run("passwd", address, text=f"{password}\n")


class Command(Changes):
    """Changes by the command, whatever keeps them."""

    def prepare(self, place):
        self.place = place

    def add_account(self, address, password):
        self.run("adduser", address, text=f"{password}\n")

    def add_alias(self, address, account):
        self.run("addalias", address, account)

    def add_group(self, address, members, maildrop=None):
        for to in [maildrop] if maildrop else members:
            self.run("addalias", address, to)

    def close_account(self, address):
        self.run("set", address, "maildrop", "none")

    def open_account(self, address):
        self.run("set", address, "maildrop", "self")

    def disable(self, address):
        self.run("disable", address)

    def let_relay(self, address):
        self.run("set", address, "relay", "yes")


class Sqlite(Command):
    name = "SQLite"

    def prepare(self, place):
        super().prepare(place)
        self.run("adddom", "other.example")

    def down(self):
        """As when the file system with it is away."""
        os.rename(self.place.path("directory"), self.place.path("away"))

    def up(self):
        os.rename(self.place.path("away"), self.place.path("directory"))

    @contextmanager
    def only_read(self):
        """Nothing of passwords can be written."""
        writer = sqlite3.connect(self.place.path("auth/credentials.db"),
                                 isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            writer.execute("ROLLBACK")
            writer.close()

    def stop(self):
        pass


class Slapd(Changes):
    """Where either keeps accounts in LDAP."""

    def __init__(self):
        self.server = None

    def serve(self, place):
        self.place = place
        secret = write(place.path("secret"), PASSWORD + "\n", 0o600)
        ports = free_ports()
        self.server = LdapServer(place.path("slapd"), ports["dns"],
                                 ports["smtp"])
        self.server.start()
        self.allow("write")
        place.configure(f"""\
ldap {{
  uris = {{"{self.server.ldapi}"}}
  base = "{BASE}"
  domains_from_addresses = "yes"
  relay_filter = "(employeeType=relay)"
  write_bind = "simple"
  write_bind_dn = "{ADMIN}"
  write_password_file = "{secret}"
  new_base = "{PEOPLE}"
  alias_base = "{ALIASES}"
  domain_base = "{DOMAINS}"
}}
""")

    def allow(self, what):
        """What Postfix, Dovecot and the daemon may do, who are anybody here."""
        self.server.set("olcAccess", SECRET,
                        f"to attrs=postsealOneTime by * {what}",
                        "to * by * read")

    @contextmanager
    def only_read(self):
        self.allow("read")
        try:
            yield
        finally:
            self.allow("write")

    def down(self):
        self.server.stop()

    def up(self):
        self.server.start()

    def stop(self):
        if self.server is not None:
            self.server.stop()


class LdapByCommand(Slapd, Command):
    name = "LDAP by the command"

    def prepare(self, place):
        self.serve(place)


class Ldap(Slapd):
    """By hand; a login is its address with a dot for the @."""

    name = "LDAP"

    def prepare(self, place):
        self.serve(place)

    @staticmethod
    def login(address):
        return address.replace("@", ".")

    def change(self, address, action, attribute, *values):
        self.server.change(self.login(address), action, attribute, *values)

    def add_account(self, address, password):
        self.server.add(person(self.login(address), [address], [address],
                               password))

    def add_alias(self, address, account):
        self.change(account, "add", "mailacceptinggeneralid", address)

    def add_group(self, address, members, maildrop=None):
        self.server.add(group(
            self.login(address), [address],
            [f"uid={self.login(member)},{PEOPLE}" for member in members],
            [maildrop] if maildrop else []))

    def close_account(self, address):
        self.change(address, "delete", "maildrop")

    def open_account(self, address):
        self.change(address, "add", "maildrop", address)

    def disable(self, address):
        self.change(address, "add", "pwdAccountLockedTime", "000001010000Z")

    def let_relay(self, address):
        self.change(address, "add", "employeeType", "relay")
