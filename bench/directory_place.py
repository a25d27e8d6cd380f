"""directory_place.py - what the parts of directory.py share: the same accounts
in SQLite and LDAP, and figures."""

import base64
import hashlib
import os
import resource
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "examples"), os.path.join(TOP, "tests")]

from instance import Instance, free_ports, write
from ldap_server import BASE, GROUPS, PEOPLE, LdapServer
from processes import must

BUILD = os.environ["POSTSEAL_BUILD"]
DOMAIN = "bench.example"
PASSWORD = "secret"
SSHA = "{SSHA}" + base64.b64encode(hashlib.sha1(
    PASSWORD.encode() + b"salt").digest() + b"salt").decode()
CLIENTS = 8


def user(number):
    return f"user{number:06d}@{DOMAIN}"


def alias(number):
    return f"alias{number:06d}@{DOMAIN}"


class Figures:
    """Seconds and processor seconds of commands that have ended."""

    def __enter__(self):
        self.wall = time.monotonic()
        self.before = resource.getrusage(resource.RUSAGE_CHILDREN)
        return self

    def __exit__(self, *_):
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall = time.monotonic() - self.wall
        self.cpu = now.ru_utime + now.ru_stime - \
            self.before.ru_utime - self.before.ru_stime


def cpu_of(pids):
    """Processor seconds of these processes so far."""
    ticks = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")


def below(pid):
    """A process and those it has started."""
    pids = [pid]
    for one in pids:
        try:
            with open(f"/proc/{one}/task/{one}/children") as file:
                pids += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return pids


def median(values):
    return sorted(values)[len(values) // 2]


class Place(Instance):
    """As Instance, with the stock tables beside ours, and socket maps."""

    def __init__(self, options):
        super().__init__(BUILD, settings="# none")
        self.options = options
        self.map = self.path("map.sock")
        self.slapd = None
        self.ldap_config = self.path("ldap.conf")

    def configure(self, settings=None):
        super().configure(settings)
        with open(self.config, "a") as file:
            file.write(f'map {{\n  sockets = {{"unix:{self.map}"}}\n}}\n')

    def import_file(self, kind):
        """What postseal import takes, written at first use."""
        path = self.path(f"{kind}.txt")
        if os.path.exists(path):
            return path
        count = self.options.accounts
        with open(path, "w") as file:
            if kind == "passwd":
                file.writelines(f"{user(i)}:{SSHA}\n" for i in range(count))
            else:
                file.writelines(f"{alias(i)} {user(i % count)}\n"
                                for i in range(2 * count))
        return path

    def fill(self):
        for kind in ("passwd", "virtual"):
            must(self.command, "-c", self.config, "import", kind,
                 self.import_file(kind), timeout=600)

    # ---- the same in LDAP

    def start_slapd(self):
        ports = free_ports()
        self.slapd = LdapServer(self.path("slapd"), ports["dns"],
                                ports["smtp"])
        count = self.options.accounts
        members = self.options.members
        print(f"loading {count} entries into slapd", flush=True)
        with open(self.path("entries.ldif"), "w") as file:
            for i in range(count):
                file.write(
                    f"dn: uid=user{i:06d},{PEOPLE}\n"
                    "objectClass: inetOrgPerson\nobjectClass: postfixUser\n"
                    f"uid: user{i:06d}\ncn: {i}\nsn: {i}\n"
                    f"mailacceptinggeneralid: {user(i)}\n"
                    f"mailacceptinggeneralid: {alias(i)}\n"
                    f"mailacceptinggeneralid: {alias(i + count)}\n"
                    f"maildrop: {user(i)}\nuserPassword: {SSHA}\n\n")
            file.write(f"dn: cn=all,{GROUPS}\nobjectClass: groupOfNames\n"
                       "objectClass: postfixGroup\ncn: all\n"
                       f"mailacceptinggeneralid: all@{DOMAIN}\n")
            file.writelines(f"member: uid=user{i:06d},{PEOPLE}\n"
                            for i in range(members))
        must("slapadd", "-q", "-F", f"{self.slapd.dir}/config", "-b", BASE,
             "-l", self.path("entries.ldif"), timeout=600)
        self.slapd.start()
        with open(self.config) as file:
            text = file.read().replace(
                "directory {", 'directory {\n  backend = "ldap"')
        write(self.ldap_config, text + f"""\
ldap {{
  uris = {{"{self.slapd.ldapi}"}}
  base = "{BASE}"
  domains = {{"{DOMAIN}"}}
  timeout = 10
}}
""")

    def stop(self):
        if self.slapd is not None:
            self.slapd.stop()
        super().stop()
