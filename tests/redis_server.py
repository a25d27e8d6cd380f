"""redis_server.py - private Redis servers and sentinels for tests, each in a
folder of its own; nothing is written to disk."""

import os
import signal
import socket
import subprocess

from hosted import run, wait_for, write

SERVER = "/usr/bin/redis-server"
CLI = "/usr/bin/redis-cli"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    """On a unix socket, and with port on 127.0.0.1 as well."""

    def __init__(self, folder, *settings, port=0, sentinel=None):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.port = folder, port
        self.socket = os.path.join(folder, "redis.sock")
        self.name = f"unix:{self.socket}"
        self.inet = f"inet:{port}@127.0.0.1"
        lines = [f"port {port}", "bind 127.0.0.1", f"dir {folder}",
                 f"unixsocket {self.socket}", "daemonize no",
                 f"logfile {folder}/log", *settings]
        self.mode = []
        if sentinel is None:
            lines += ['save ""', "appendonly no"]
        else:
            self.mode = ["--sentinel"]
            lines += [f"sentinel monitor mymaster 127.0.0.1 {sentinel} 1",
                      "sentinel down-after-milliseconds mymaster 500"]
        self.config = write(os.path.join(folder, "redis.conf"),
                            "\n".join(lines) + "\n")
        self.arguments = []  # of every cli()
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [SERVER, self.config, *self.mode], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return wait_for(lambda: os.path.exists(self.socket) and
                        self.cli("ping").status == 0)

    def cli(self, *words):
        return run(CLI, "-s", self.socket, *self.arguments, *words)

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None
        if os.path.exists(self.socket):
            os.unlink(self.socket)
