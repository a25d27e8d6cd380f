"""milter_client.py - the MTA's side of the milter protocol, for tests.

    with Milter("/run/x.sock") as milter:
        result = milter.deliver(message, sender="a@example.org",
                                recipients=["b@example.net"],
                                client="192.0.2.1", login=None)
    result.disposition   "accept", "hold", "reject", "defer", "discard"
    result.reply         "550 5.7.1 text", or why it is held; else ""
    result.message       octets as the MTA would go on with them (CRLF)

Version 6 as Postfix speaks it: steps that were negotiated away are not sent, no
reply is waited for where none was promised, header values keep their leading
space, macros are those the filter listed (else all that are given).
"""

import dataclasses
import socket
import struct

ACTIONS = 0x1FF
STEPS = 0x1FFFFF
LEADING_SPACE = 0x100000
SKIP = 0x400

# command: (bit "not sent", bit "no reply", stage of its macros)
COMMANDS = {
    "C": (0x01, 0x1000, 0),
    "H": (0x02, 0x2000, 1),
    "M": (0x04, 0x4000, 2),
    "R": (0x08, 0x8000, 3),
    "T": (0x200, 0x10000, 4),
    "L": (0x20, 0x80, None),
    "N": (0x40, 0x40000, 6),
    "B": (0x10, 0x80000, None),
    "E": (0, 0, 5),
}
VERDICTS = {
    "a": "accept",
    "c": "accept",
    "r": "reject",
    "t": "defer",
    "d": "discard",
}
BODY_CHUNK = 65535


class ProtocolError(Exception):
    pass


@dataclasses.dataclass
class Result:
    disposition: str
    reply: str = ""
    message: bytes = b""
    changes: list = dataclasses.field(default_factory=list)

    def fields(self, name):
        """The values of that name, unfolded, from the top."""
        head = self.message.split(b"\r\n\r\n", 1)[0].decode("latin-1")
        lines = head.replace("\r\n\t", " ").replace("\r\n ", " ").split("\r\n")
        found = [line.partition(":") for line in lines]
        return [
            value.strip()
            for key, _, value in found
            if key.strip().lower() == name.lower()
        ]


def split_message(message):
    """[[name, value], ...] with values octet for octet (folds as LF), body.

    With CRLF behind its first line a message is taken as it is; else its LF
    are line ends.
    """
    if not message.partition(b"\n")[0].endswith(b"\r"):
        message = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    head, _, body = (b"\r\n" + message).partition(b"\r\n\r\n")
    fields = []
    for line in head.replace(b"\r\n", b"\n").split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1] += b"\n" + line
        elif line:
            name, _, value = line.partition(b":")
            fields.append([name, value])
    return fields, body


class Milter:
    def __init__(self, address, timeout=30, actions=ACTIONS, steps=STEPS,
                 version=6):
        if isinstance(address, tuple):
            self.socket = socket.create_connection(address, timeout)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(address)
        self.stream = self.socket.makefile("rb")
        self.pending = b""
        self.macros = {}
        self.lists = {}
        self._negotiate(version, actions, steps)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """As QUIT, if it is still possible."""
        try:
            self._send("Q")
            self.flush()
        except OSError:
            pass
        self.stream.close()
        self.socket.close()

    # The protocol, step by step.

    def connect(self, host, ip=None, port=4711, **macros):
        if ip is None:
            address = b"U"
        else:
            family = b"6" if ":" in ip else b"4"
            address = family + struct.pack("!H", port) + ip.encode() + b"\0"
        self._step("C", host.encode() + b"\0" + address, macros)

    def helo(self, name, **macros):
        self._step("H", name.encode() + b"\0", macros)

    def mail(self, sender, **macros):
        self._step("M", b"<" + sender.encode() + b">\0", macros)

    def recipient(self, address, **macros):
        self._step("R", b"<" + address.encode() + b">\0", macros)

    def header(self, name, value):
        if not self.steps & LEADING_SPACE and value.startswith(b" "):
            value = value[1:]
        self._step("L", name + b"\0" + value + b"\0", {})

    def end_of_header(self, **macros):
        self._step("N", b"", macros)

    def body(self, data):
        """False: the filter wants no more of it."""
        return self._step("B", data, {}) != "s"

    def end(self, **macros):
        """[(command, payload), ...] up to and with the verdict."""
        self._send_macros("E", macros)
        self._send("E")
        self.flush()
        replies = []
        while not replies or replies[-1][0] in "hmi+-2eqbp":
            replies.append(self._receive())
        return replies

    def abort(self):
        self._send("A")

    def flush(self):
        """What no reply is waited for goes out with what follows, or now."""
        data, self.pending = self.pending, b""
        self.socket.sendall(data)

    def quit_but_keep(self):
        """QUIT_NC: the socket serves another SMTP connection."""
        self._send("K")
        self.macros = {}

    # A whole message.

    def deliver(self, message, sender="", recipients=("nobody@example.net",),
                client="192.0.2.1", port=4711, host=None, helo="client.example",
                login=None, daemon="smtpd", queue_id="4Test", chunk=BODY_CHUNK,
                session=True):
        """session: with connect and helo, as for a new SMTP session."""
        common = {"v": "test", "j": "mx.example.net"}
        if session:
            self.connect(host or "unknown", client, port,
                         **{"daemon_name": daemon}, **common)
            self.helo(helo)
        self.mail(sender, auth_authen=login, **common)
        for recipient in recipients:
            self.recipient(recipient, i=queue_id, **common)
        self._step("T", b"", {"i": queue_id})
        fields, body = split_message(message)
        for name, value in fields:
            self.header(name, value)
        self.end_of_header(i=queue_id)
        for start in range(0, len(body), chunk):
            if not self.body(body[start:start + chunk]):
                break
        replies = self.end(i=queue_id)
        return self._result(fields, body, replies)

    def _result(self, fields, body, replies):
        fields = [list(field) for field in fields]
        result = Result("accept", changes=replies[:-1])
        held = None
        for command, payload in replies[:-1]:
            if command == "i":
                at, = struct.unpack("!I", payload[:4])
                name, value = payload[4:].rstrip(b"\0").split(b"\0", 1)
                fields.insert(at, [name, self._spaced(value)])
            elif command == "h":
                name, value = payload.rstrip(b"\0").split(b"\0", 1)
                fields.append([name, self._spaced(value)])
            elif command == "m":
                self._change(fields, payload)
            elif command == "q":
                held = payload.rstrip(b"\0").decode()
            elif command != "p":
                raise ProtocolError("unexpected reply " + command)
        command, payload = replies[-1]
        if command == "y":
            result.reply = payload.rstrip(b"\0").decode().replace("%%", "%")
            result.disposition = "defer" if payload[:1] == b"4" else "reject"
        elif command in VERDICTS:
            result.disposition = VERDICTS[command]
        else:
            raise ProtocolError("unexpected verdict " + command)
        if held is not None and result.disposition == "accept":
            result.disposition, result.reply = "hold", held
        head = b"".join(name + b":" + value.replace(b"\n", b"\r\n") + b"\r\n"
                        for name, value in fields)
        result.message = head + b"\r\n" + body
        return result

    def _spaced(self, value):
        return value if self.steps & LEADING_SPACE else b" " + value

    @staticmethod
    def _change(fields, payload):
        nth, = struct.unpack("!I", payload[:4])
        name, _, value = payload[4:].partition(b"\0")
        value = value.rstrip(b"\0")
        for i, field in enumerate(fields):
            if field[0].strip().lower() == name.lower():
                nth -= 1
                if nth == 0:
                    if value:
                        field[1] = value
                    else:
                        del fields[i]
                    return

    # Packets.

    def _negotiate(self, version, actions, steps):
        self._send("O", struct.pack("!III", version, actions, steps))
        self.flush()
        command, payload = self._receive()
        if command != "O":
            raise ProtocolError("negotiation was answered with " + command)
        self.version, self.actions, self.steps = struct.unpack(
            "!III", payload[:12])
        if self.steps & ~steps:
            raise ProtocolError("asked for steps that were not offered")
        lists = payload[12:]
        while lists:
            stage, = struct.unpack("!I", lists[:4])
            names, _, lists = lists[4:].partition(b"\0")
            self.lists[stage] = names.decode().replace("{", "").replace(
                "}", "").replace(",", " ").split()

    def _send_macros(self, command, macros):
        stage = COMMANDS[command][2]
        self.macros.update(macros)
        wanted = self.lists.get(stage, list(macros))
        payload = b""
        for name in wanted:
            value = self.macros.get(name)
            if value:
                key = name if len(name) == 1 else "{" + name + "}"
                payload += key.encode() + b"\0" + value.encode() + b"\0"
        if payload:
            self._send("D", command.encode() + payload)

    def _step(self, command, payload, macros):
        not_sent, no_reply, stage = COMMANDS[command]
        if self.steps & not_sent:
            return None
        if stage is not None:
            self._send_macros(command, macros)
        self._send(command, payload)
        if self.steps & no_reply:
            return None
        self.flush()
        reply, text = self._receive()
        if reply not in "cs":
            raise ProtocolError("%s was answered with %s %r" %
                                (command, reply, text))
        return reply

    def _send(self, command, payload=b""):
        data = command.encode() + payload
        self.pending += struct.pack("!I", len(data)) + data
        if len(self.pending) > 100000:
            self.flush()

    def _receive(self):
        size = self.stream.read(4)
        if len(size) != 4:
            raise ProtocolError("the filter closed the connection")
        data = self.stream.read(struct.unpack("!I", size)[0])
        return data[:1].decode(), data[1:]
