"""both_backends.py - the same changes made to either backend: by the command in
SQLite, and in LDAP as an administrator makes them, with ldapmodify(1)."""

import os

from instance import free_ports
from ldap_server import BASE, PEOPLE, LdapServer, group, person
from processes import Fault


class Sqlite:
    """By the command."""

    name = "SQLite"

    def prepare(self, place):
        self.place = place
        self.run("adddom", "other.example")

    def run(self, *arguments, text=None):
        done = self.place.postseal(*arguments, text=text)
        if done.status != 0:
            raise Fault(f"postseal {' '.join(arguments)}: {done.err}")

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

    def down(self):
        """As when the file system with it is away."""
        os.rename(self.place.path("directory"), self.place.path("away"))

    def up(self):
        os.rename(self.place.path("away"), self.place.path("directory"))

    def stop(self):
        pass


class Ldap:
    """A slapd of its own; a login is its address with a dot for the @."""

    name = "LDAP"

    def __init__(self):
        self.server = None

    def prepare(self, place):
        ports = free_ports()
        self.server = LdapServer(place.path("slapd"), ports["dns"],
                                 ports["smtp"])
        self.server.start()
        place.configure(f"""\
ldap {{
  uris = {{"{self.server.ldapi}"}}
  base = "{BASE}"
  domains_from_addresses = "yes"
  relay_filter = "(employeeType=relay)"
}}
""")

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

    def down(self):
        self.server.stop()

    def up(self):
        self.server.start()

    def stop(self):
        if self.server is not None:
            self.server.stop()
