"""jailed.py - a private Postfix whose daemons are in a jail, as Debian has
them, and a postseald whose sockets they reach there."""

import os
import re
import time

from hosted import BUILD
from instance import Instance, free_ports
from processes import alive, must, wait_for

JAILED = ("inet n - n - - smtpd", "cleanup unix n - n", "rewrite unix - - n",
          "lmtp unix - - n")


def set_lines(text, lines):
    """main.cf with these lines in the place of what it says of the same."""
    names = "|".join(re.findall(r"(?m)^(\w+) =", lines))
    return re.sub(rf"(?m)^({names}) =.*\n", "", text) + lines


def children(place, *names):
    """Processes of Postfix's master by the name of their program."""
    with open(place.path("postfix/queue/pid/master.pid")) as file:
        master = file.read().strip()
    with open(f"/proc/{master}/task/{master}/children") as file:
        pids = [int(pid) for pid in file.read().split()]
    found = []
    for pid in pids:
        try:
            with open(f"/proc/{pid}/comm") as file:
                if file.read().strip() in names:
                    found.append(pid)
        except OSError:
            pass  # it has ended
    return found


def reconfigure(place, *settings):
    """From now on Postfix has these lines of main.cf, and no process of it
    others.  An smtpd that has read them, and asks a proxymap that has not, for
    a table that is new, would die, and there would be none for a minute."""
    old = children(place, "smtpd", "cleanup", "trivial-rewrite", "qmgr",
                   "proxymap")
    must("postconf", "-c", place.postfix_conf, "-e", *settings)
    # Postfix waits while its file is fresh.
    os.utime(f"{place.postfix_conf}/main.cf", (time.time() - 60,) * 2)
    must("postfix", "-c", place.postfix_conf, "reload")
    return wait_for(lambda: not any(alive(pid) for pid in old), 20)


class Jailed(Instance):
    """As Instance; what Postfix asks goes over tables(way)."""

    connections = 1000
    delimiter = "+"

    def __init__(self, settings="# none"):
        super().__init__(BUILD, settings=settings)
        self.folder = self.path("postfix/queue/postseal")
        self.socket = os.path.join(self.folder, "map.sock")
        self.inet = ("127.0.0.1", free_ports()["dns"])

    def configure(self, settings=None):
        super().configure(settings)
        with open(self.config) as file:
            text = file.read()
        with open(self.config, "w") as file:
            file.write(text.replace(
                f"unix:{self.dir}/milter/", f"unix:{self.folder}/") + f"""
map {{
  sockets = {{"unix:{self.socket}", "inet:{self.inet[1]}@{self.inet[0]}"}}
  connections = {self.connections}
  recipient_delimiter = {{"{self.delimiter}"}}
}}
""")

    def tables(self, way):
        """Lines of main.cf.  way: plugin, unix or inet."""
        prefix = {"plugin": f"proxy:postseal:{self.config}:",
                  "unix": "socketmap:unix:postseal/map.sock:",
                  "inet": "socketmap:inet:%s:%d:" % self.inet}[way]
        return f"""\
virtual_mailbox_domains = {prefix}domains
virtual_mailbox_maps = {prefix}mailboxes
virtual_alias_maps = {prefix}aliases
smtpd_sender_login_maps = {prefix}senders
relay_domains = {prefix}relay_domains
transport_maps = {prefix}transport
"""

    def use(self, way):
        return reconfigure(self, *self.tables(way).splitlines())

    def main_cf(self, meta, queue):
        return set_lines(super().main_cf(meta, queue), self.tables("unix") +
                         "recipient_delimiter = +\nsmtpd_milters =\n")

    def master_cf(self):
        text = super().master_cf()
        for name in JAILED:
            text = text.replace(name, name.replace("- n", "- y", 1))
        return text
