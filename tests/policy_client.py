"""policy_client.py - a client of the policy protocol (SMTPD_POLICY_README),
polite or not, and a reader of the journal of counts."""

import socket
import struct

MAGIC = b"postseal counts1"


def request(**attributes):
    lines = [f"{name}={value}" for name, value in
             {"request": "smtpd_access_policy", **attributes}.items()]
    return ("\n".join(lines) + "\n\n").encode()


class Closed(Exception):
    """The other side has ended the connection."""


class Policy:
    """One connection; address: a path, or (host, port)."""

    def __init__(self, address, timeout=30):
        family = socket.AF_UNIX if isinstance(address, str) else \
            socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def more(self):
        try:
            octets = self.socket.recv(65536)
        except ConnectionError:
            octets = b""
        if not octets:
            raise Closed()
        self.left += octets

    def reply(self):
        """What stands behind action=."""
        while b"\n\n" not in self.left:
            self.more()
        text, self.left = self.left.split(b"\n\n", 1)
        assert text.startswith(b"action="), text
        return text[len(b"action="):].decode(errors="replace")

    def ask(self, **attributes):
        self.send(request(**attributes))
        return self.reply()

    def ended(self):
        """Has the other side ended it, with nothing more to say?"""
        try:
            while True:
                self.more()
        except Closed:
            return self.left == b""
        except socket.timeout:
            return False


def ask(address, **attributes):
    """On a connection of its own; "" where it is refused or ended."""
    try:
        with Policy(address) as client:
            return client.ask(**attributes)
    except (OSError, Closed):
        return ""


def journal_counts(path):
    """What was counted, by key, as the journal has it: the last of each."""
    with open(path, "rb") as file:
        text = file.read()
    assert text.startswith(MAGIC), text[:20]
    counts, at = {}, len(MAGIC)
    while at + 12 <= len(text):
        size = struct.unpack_from("<I", text, at)[0]
        body = text[at + 12:at + 12 + size]
        if len(body) < size:
            break
        count, rule, key = struct.unpack_from("<13xQ8xHH", body)
        counts[body[33 + rule:33 + rule + key].decode()] = count
        at += 12 + size
    return counts
