"""sasl_server.py - lets anybody in: Dovecot's authentication protocol, as far
as smtpd speaks it, for tests that need a login and no Dovecot."""

import base64
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def say(self, *fields):
        self.wfile.write("\t".join(fields).encode() + b"\n")

    def handle(self):
        self.say("VERSION", "1", "1")
        self.say("MECH", "PLAIN", "plaintext")
        self.say("SPID", "1")
        self.say("CUID", "1")
        self.say("COOKIE", "0" * 32)
        self.say("DONE")
        for line in self.rfile:
            fields = line.decode().rstrip("\n").split("\t")
            if fields[0] != "AUTH":
                continue
            given = dict(field.split("=", 1) for field in fields
                         if "=" in field)
            user = base64.b64decode(given["resp"]).split(b"\0")[1].decode()
            self.say("OK", fields[1], f"user={user}")


class Server(socketserver.ThreadingTCPServer):
    """On a port of 127.0.0.1 that the system chose: .port."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()
