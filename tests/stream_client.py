"""stream_client.py - one connection to a service of the daemon, for tests."""

import socket


class Closed(Exception):
    """The other side has ended the connection."""


class Stream:
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

    def ended(self):
        """Has the other side ended it, with nothing more to say?"""
        try:
            while True:
                self.more()
        except Closed:
            return self.left == b""
        except socket.timeout:
            return False
