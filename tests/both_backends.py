"""both_backends.py - the same changes made to either backend: by the command, or
in LDAP as an administrator makes them, with ldapmodify(1)."""

import os

from instance import free_ports, write
from ldap_server import (ADMIN, ALIASES, BASE, DOMAINS, PASSWORD, PEOPLE,
                         LdapServer, group, person)
from processes import Fault


class Command:
    """Changes by the command, whatever keeps them."""

    def prepare(self, place):
        self.place = place

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

    def stop(self):
        pass


class Slapd:
    """Where either keeps accounts in LDAP."""

    def __init__(self):
        self.server = None

    def serve(self, place, more=""):
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
{more}}}
""")

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
        Command.prepare(self, place)
        secret = write(place.path("secret"), PASSWORD + "\n", 0o600)
        self.serve(place, f"""\
  write_bind = "simple"
  write_bind_dn = "{ADMIN}"
  write_password_file = "{secret}"
  new_base = "{PEOPLE}"
  alias_base = "{ALIASES}"
  domain_base = "{DOMAINS}"
""")


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
