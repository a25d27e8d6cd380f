"""map_client.py - a client of socket maps, polite or not (socketmap_table(5)).
"""

import socket
import time


def netstring(octets):
    return b"%d:%b," % (len(octets), octets)


def request(name, key):
    if isinstance(key, str):
        key = key.encode()
    return netstring(name.encode() + b" " + key)


class Closed(Exception):
    """The other side has ended the connection."""


class Map:
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
        self.close()

    def close(self):
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
        """Its content, once a whole one is there."""
        while b":" not in self.left:
            self.more()
        digits, self.left = self.left.split(b":", 1)
        size = int(digits)
        while len(self.left) <= size:
            self.more()
        content, comma = self.left[:size], self.left[size:size + 1]
        self.left = self.left[size + 1:]
        assert comma == b",", comma
        return content.decode(errors="replace")

    def ask(self, name, key):
        self.send(request(name, key))
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


def ask(address, name, key):
    """On a connection of its own; "" where it is refused or ended."""
    try:
        with Map(address) as client:
            return client.ask(name, key)
    except (OSError, Closed):
        return ""


def ask_until(address, name, key, want, seconds=10):
    """The last answer: want, unless it does not come in that time."""
    end = time.monotonic() + seconds
    while True:
        said = ask(address, name, key)
        if said == want or time.monotonic() > end:
            return said
        time.sleep(0.05)
