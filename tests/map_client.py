"""map_client.py - a client of socket maps, polite or not (socketmap_table(5)).
"""

import time

from stream_client import Closed, Stream


def netstring(octets):
    return b"%d:%b," % (len(octets), octets)


def request(name, key):
    if isinstance(key, str):
        key = key.encode()
    return netstring(name.encode() + b" " + key)


class Map(Stream):
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
