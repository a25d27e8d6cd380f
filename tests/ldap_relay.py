"""ldap_relay.py - stands between the command and slapd, and breaks what it is
told to break: the way of a change in its middle."""

import socket
import threading

MODIFY, ADD, DELETE, EXTENDED = 0x66, 0x68, 0x4a, 0x77  # RFC 4511 4.6 ...
CHANGES = (MODIFY, ADD, DELETE, EXTENDED)


def split(data):
    """The first message of LDAP in data (X.690 8.1), and the rest."""
    if len(data) < 2:
        return None, data
    length, start = data[1], 2
    if length & 0x80:
        start += length & 0x7f
        if len(data) < start:
            return None, data
        length = int.from_bytes(data[2:start], "big")
    if len(data) < start + length:
        return None, data
    return data[:start + length], data[start + length:]


def operation(message):
    """Its tag."""
    start = 2 + (message[1] & 0x7f if message[1] & 0x80 else 0)
    return message[start + 2 + message[start + 1]]


class Relay:
    """mode: "pass", "refuse" (the change does not arrive, the connection
    ends), "lose" (it arrives, and the connection ends before its answer),
    "hang" (it arrives, and nothing more is said).  spare: as many changes pass
    before."""

    def __init__(self, port, to):
        self.to, self.mode, self.spare = to, "pass", 0
        self.listener = socket.create_server(("127.0.0.1", port))
        self.uri = f"ldap://127.0.0.1:{port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def set(self, mode, spare=0):
        self.mode, self.spare = mode, spare

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.to))
            broken, answered = threading.Event(), threading.Event()
            for way in (self.forth, self.back):
                threading.Thread(target=way, daemon=True, args=(
                    client, server, broken, answered)).start()

    def breaks(self, message):
        if self.mode == "pass" or operation(message) not in CHANGES:
            return False
        self.spare -= 1
        return self.spare < 0

    def forth(self, client, server, broken, answered):
        data = b""
        while more := client.recv(65536):
            data += more
            message, data = split(data)
            while message:
                if self.breaks(message):
                    self.end(message, client, server, broken, answered)
                    return
                server.sendall(message)
                message, data = split(data)
        server.shutdown(socket.SHUT_RDWR)

    def end(self, message, client, server, broken, answered):
        broken.set()
        if self.mode != "refuse":
            server.sendall(message)
            answered.wait(10)
        if self.mode != "hang":
            client.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def back(client, server, broken, answered):
        while more := server.recv(65536):
            if broken.is_set():
                answered.set()
            else:
                client.sendall(more)
