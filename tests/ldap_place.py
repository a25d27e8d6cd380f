"""ldap_place.py - the command with accounts in LDAP: its settings, a slapd, and
what entries have.  No Postfix, no Dovecot."""

import atexit
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "examples"))

from hosted import BUILD, Place, check, run, show, write
from instance import free_ports
from ldap_server import (ADMIN, ALIASES, BASE, DOMAINS, PASSWORD, PEOPLE,
                         LdapServer)


class LdapPlace(Place):
    """A fresh folder with a slapd that is not started yet."""

    def __init__(self):
        super().__init__()
        self.ports = free_ports()
        self.server = LdapServer(self.path("slapd"), self.ports["dns"],
                                 self.ports["smtp"])
        atexit.register(self.server.stop)
        write(self.path("secret"), PASSWORD + "\n", 0o600)
        self.config = self.ldap("ldap.conf")

    def configure(self, name, more=""):
        return write(self.path(name), f"""\
directory {{
  backend = "ldap"
}}
mail {{
  home = "{self.dir}/mail/%d/%n"
}}
{more}""")

    def ldap(self, name, *more):
        """A file of settings; a line takes the place of one here, "none" takes
        it away."""
        lines = [f'uris = {{"{self.server.ldapi}"}}', f'base = "{BASE}"',
                 'domains = {"example.org"}', 'write_bind = "simple"',
                 f'write_bind_dn = "{ADMIN}"',
                 f'write_password_file = "{self.path("secret")}"',
                 f'new_base = "{PEOPLE}"', f'alias_base = "{ALIASES}"',
                 f'domain_base = "{DOMAINS}"']
        names = [line.split(" =")[0] for line in more]
        lines = [line for line in lines if line.split(" =")[0] not in names]
        lines += [line for line in more if not line.endswith("= none")]
        return self.configure(name, "ldap {\n  " + "\n  ".join(lines) +
                              "\n}\n")

    def at(self, config, *arguments, text=None):
        return run(self.command, "-c", config, *arguments, text=text)

    def entry(self, dn, server=None):
        """Its attributes, lower case, each a sorted list; {} without it."""
        done = run("ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H",
                   (server or self.server).ldapi, "-D", ADMIN, "-w", PASSWORD,
                   "-b", dn, "-s", "base", "*", "+")
        found = {}
        for line in done.out.split("\n"):
            if ": " in line and not line.startswith(("dn", "#")):
                name, value = line.split(": ", 1)
                found.setdefault(name.rstrip(":").lower(), []).append(value)
        return {name: sorted(values) for name, values in found.items()}

    def ask(self, view, key):
        """What a lookup answers, its values in order."""
        done = run(os.path.join(BUILD, "tests/directory_ask"), self.config,
                   text=f"{view} {key}\n")
        return ",".join(sorted(done.out.strip().removeprefix("found ")
                               .split(",")))

    def logs_in(self, login, password):
        return self.ask("password", f"{login} {password}") == "found"


def says(name, done, status, *texts):
    check(name, done.status == status and
          all(text in done.out + done.err for text in texts), show(done))
    return done
