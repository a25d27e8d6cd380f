"""smtp_clients.py - many SMTP clients at a time that do what a mail server does:
what is deferred they offer again until it is taken.  They are slow on purpose,
so that whatever happens finds some of them at each point of a session."""

import random
import socket
import threading
import time

PAUSE = 0.25  # seconds at most, at each point
TRIES = 200  # of one message, before the test gives up


class Said(Exception):
    """A reply that ends the attempt; code 0: the connection was closed."""

    def __init__(self, code, where):
        super().__init__(f"{code} at {where}")
        self.code, self.where = code, where


class Letter:
    """octets have their mark in an X-Mark field.  address: None, or what
    XCLIENT says of the client."""

    def __init__(self, mark, sender, recipient, octets, address=None):
        self.mark, self.sender, self.recipient = mark, sender, recipient
        self.octets, self.address = octets, address


class Session:
    """One connection, with the clumsiness of pauses."""

    def __init__(self, port, address):
        self.stream = socket.create_connection(("127.0.0.1", port), 120)
        self.file = self.stream.makefile("rb")
        self.address = address
        try:
            self.want("2", "greeting")
            self.command("EHLO client.example")
            if address is not None:
                self.command(f"XCLIENT ADDR={address} NAME=mail.good.example")
                self.command("EHLO mail.good.example")
        except BaseException:
            self.close()
            raise

    def close(self):
        self.file.close()
        self.stream.close()

    def want(self, first, where):
        """A reply whose code begins with first."""
        line = b"   -"
        while line[3:4] == b"-":
            line = self.file.readline()
        if not line.startswith(first.encode()):
            raise Said(int(line[:3] or 0), where)

    def command(self, text, first="2"):
        time.sleep(random.uniform(0, PAUSE))
        self.stream.sendall(text.encode() + b"\r\n")
        self.want(first, text.split(":")[0])

    def send(self, letter):
        self.command(f"MAIL FROM:<{letter.sender}>")
        self.command(f"RCPT TO:<{letter.recipient}>")
        self.command("DATA", "3")
        half = len(letter.octets) // 2
        self.stream.sendall(letter.octets[:half])
        time.sleep(random.uniform(0, PAUSE))
        self.stream.sendall(letter.octets[half:] + b"\r\n.\r\n")
        self.want("2", "end")


class Clients:
    """count connections that send what make() gives, until finish()."""

    def __init__(self, port, make, count=64):
        self.port, self.make = port, make
        self.lock = threading.Lock()
        self.offered, self.accepted = [], set()
        self.deferred = {}  # replies by "CODE at WHERE"
        self.faults = []  # what no reply of a fault of ours may be
        self.ending = False
        self.threads = [threading.Thread(target=self.client, daemon=True)
                        for _ in range(count)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def finish(self, seconds=120):
        """No new messages; those that are begun go on until they are taken.
        False: it takes too long."""
        self.ending = True
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)

    def note(self, said, letter):
        """May it be offered again?"""
        with self.lock:
            if 400 <= said.code < 500 or (
                    said.code == 0 and said.where != "end"):
                text = str(said)
                self.deferred[text] = self.deferred.get(text, 0) + 1
                return True
            self.faults.append(f"{letter.mark}: {said}")
            return False

    def deliver(self, session, letter):
        """The session, to go on with; None: it is over."""
        for _ in range(TRIES):
            try:
                if session is not None and session.address != letter.address:
                    session.close()
                    session = None
                session = session or Session(self.port, letter.address)
                session.send(letter)
                with self.lock:
                    self.accepted.add(letter.mark)
                return session
            except Said as said:
                again = self.note(said, letter)
            except OSError as error:
                again = self.note(Said(0, type(error).__name__), letter)
            if session is not None:
                session.close()
                session = None
            if not again:
                return None
            time.sleep(random.uniform(0, 2 * PAUSE))
        with self.lock:
            self.faults.append(f"{letter.mark}: deferred {TRIES} times")
        return None

    def client(self):
        session = None
        while not self.ending:
            with self.lock:
                letter = self.make()
                self.offered.append(letter)
            session = self.deliver(session, letter)
            if session is not None and random.random() < 0.5:
                session.close()
                session = None
        if session is not None:
            session.close()
