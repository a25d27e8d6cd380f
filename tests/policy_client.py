"""policy_client.py - a client of the policy protocol (SMTPD_POLICY_README),
polite or not, and a reader of the journal of counts."""

import struct

from stream_client import Closed, Stream

MAGIC = b"postseal counts1"


def request(**attributes):
    lines = [f"{name}={value}" for name, value in
             {"request": "smtpd_access_policy", **attributes}.items()]
    return ("\n".join(lines) + "\n\n").encode()


class Policy(Stream):
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
