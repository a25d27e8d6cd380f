"""moody_dns.py - a name server between postseald and the real one: it passes
on what it gets, but for names below
    servfail.example   answered SERVFAIL
    silent.example     not answered
"""

import socket
import struct
import threading

SERVFAIL = 2  # RFC 1035 4.1.1
HEADER = 12


def question_of(query):
    """The name asked for, in lower case, and where the question ends."""
    labels, at = [], HEADER
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].lower().decode("latin-1"))
        at += 1 + query[at]
    return ".".join(labels), at + 5


def failure(query, end):
    """The same question, with no answer but SERVFAIL; no EDNS."""
    number, flags = struct.unpack("!HH", query[:4])
    flags = 0x8080 | (flags & 0x0100) | SERVFAIL
    return struct.pack("!HHHHHH", number, flags, 1, 0, 0, 0) + query[HEADER:end]


class MoodyDns:
    """port: on 127.0.0.1, UDP and TCP.  behind: the real one's."""

    def __init__(self, behind):
        self.behind = ("127.0.0.1", behind)
        self.asked = []  # names
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.tcp = socket.socket()
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            try:
                self.tcp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.close()
        self.tcp.listen(64)
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def close(self):
        self.udp.close()
        self.tcp.close()

    def _serve_udp(self):
        while True:
            query, client = self.udp.recvfrom(65535)
            threading.Thread(target=self._answer, daemon=True,
                             args=(query, client)).start()

    def _answer(self, query, client):
        name, end = question_of(query)
        self.asked.append(name)
        if name.endswith("silent.example"):
            return
        if name.endswith("servfail.example"):
            self.udp.sendto(failure(query, end), client)
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind:
            behind.settimeout(5)
            behind.sendto(query, self.behind)
            self.udp.sendto(behind.recv(65535), client)

    def _serve_tcp(self):
        while True:
            client, _ = self.tcp.accept()
            server = socket.create_connection(self.behind)
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self._copy, daemon=True,
                                 args=ends).start()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65535):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
