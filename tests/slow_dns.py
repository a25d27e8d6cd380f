"""slow_dns.py - a name server between postseald and the real one that delays
each answer, and counts the rounds of questions: a question belongs to the round
behind that of the last answer that had left before it came.  Whatever is asked
side by side is one round; a question that needs an answer is one more.

Under load a round may look like two, never two like one.
"""

import socket
import struct
import threading
import time

from moody_dns import question_of

PATIENCE = 5


def read_exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise OSError("the other side has closed")
        data += more
    return data


def read_framed(stream):
    """A message over TCP (RFC 1035 4.2.2)."""
    size, = struct.unpack("!H", read_exactly(stream, 2))
    return read_exactly(stream, size)


def framed(message):
    return struct.pack("!H", len(message)) + message


class SlowDns:
    """port: on 127.0.0.1, UDP and TCP.  behind: the real one's."""

    def __init__(self, behind, delay):
        self.behind = ("127.0.0.1", behind)
        self.delay = delay
        self.lock = threading.Lock()
        self.forget()
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.tcp = socket.socket()
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            try:
                self.tcp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
        self.tcp.listen(64)
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def forget(self):
        """Begin to count anew; nothing is on its way."""
        with self.lock:
            self.asked = []  # (round, name, type)
            self.answered = 0  # the last round of which an answer left

    def rounds(self):
        return max((entry[0] for entry in self.asked), default=0)

    def twice(self):
        """What was asked more than once."""
        names = [entry[1:] for entry in self.asked]
        return sorted({name for name in names if names.count(name) > 1})

    def story(self):
        """What was asked, round by round."""
        return "; ".join(
            f"{number}: " + " ".join(
                f"{name}/{kind}" for round_, name, kind in self.asked
                if round_ == number)
            for number in range(1, self.rounds() + 1))

    def _note(self, query):
        name, end = question_of(query)
        kind, = struct.unpack("!H", query[end - 4:end - 2])
        with self.lock:
            number = self.answered + 1
            self.asked.append((number, name, kind))
        return number

    def _hold(self, number, until):
        time.sleep(max(0, until - time.monotonic()))
        with self.lock:
            self.answered = max(self.answered, number)

    def _serve_udp(self):
        while True:
            query, client = self.udp.recvfrom(65535)
            until = time.monotonic() + self.delay
            threading.Thread(target=self._answer_udp, daemon=True, args=(
                query, client, self._note(query), until)).start()

    def _answer_udp(self, query, client, number, until):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind:
            behind.settimeout(PATIENCE)
            behind.sendto(query, self.behind)
            answer = behind.recv(65535)
        self._hold(number, until)
        self.udp.sendto(answer, client)

    def _serve_tcp(self):
        while True:
            client, _ = self.tcp.accept()
            threading.Thread(target=self._answer_tcp, daemon=True,
                             args=(client,)).start()

    def _answer_tcp(self, client):
        with client, socket.create_connection(self.behind,
                                              PATIENCE) as behind:
            try:
                while True:
                    query = read_framed(client)
                    until = time.monotonic() + self.delay
                    number = self._note(query)
                    behind.sendall(framed(query))
                    answer = read_framed(behind)
                    self._hold(number, until)
                    client.sendall(framed(answer))
            except OSError:
                pass
