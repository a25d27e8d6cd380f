#!/usr/bin/python3
"""hosted_redis.py - counts shared by several processes through a real Redis:
they hold a limit together, as one would alone; without Redis each of them holds
it, at once and at no cost, and they come together again by themselves."""

import os
import subprocess

from hosted import BUILD, Place, check, finish, run, wait_for, write
from redis_server import Redis, free_port

NOW = 1700000000
SLOW = "timeout=5000"  # this machine may be busy
place = Place()
running = []


def server(name, *settings, **more):
    running.append(Redis(place.path(name), *settings, **more))
    return running[-1]


class Host:
    """One process that counts."""

    def __init__(self, *settings, mode="fixed"):
        self.log = place.path(f"host{len(running)}.log")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [os.path.join(BUILD, "tests/count_ask"), mode, *settings],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True)
        running.append(self)

    def send(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()

    def read(self):
        return self.process.stdout.readline().strip()

    def ask(self, *words):
        self.send(*words)
        return self.read()

    def count(self, key, rule=b"R1+5_60", amount=1, most=5, seconds=60,
              now=NOW):
        return self.ask("count", rule.hex(), key.hex(), amount, most, seconds,
                        now)

    def up(self):
        return self.ask("up") == "up"

    def hammer(self, key, most=500, milliseconds=1000, threads=8, together=0):
        self.send("hammer", threads, milliseconds, key, most, together)

    def hammered(self):
        """allowed, asked, longest in microseconds"""
        return tuple(int(word) for word in self.read().split())

    def said(self):
        with open(self.log) as log:
            return log.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


def same(name, got, wanted):
    check(name, got == wanted, f"got {got!r}, wanted {wanted!r}")


# ---- what is counted

def check_together(redis):
    one, two = Host(f"servers={redis.name}", SLOW), \
        Host(f"servers={redis.name}", SLOW)
    same("both are up", (one.up(), two.up()), (True, True))
    same("two hosts count one window",
         [host.count(b"alice") for host in (one, two, one, two, one)],
         ["1", "2", "3", "4", "5"])
    same("the sixth is over, at both", (two.count(b"alice"),
                                        one.count(b"alice")), ("6", "6"))
    same("another key is another count", two.count(b"bob"), "1")
    same("when it is over, it begins anew",
         (one.count(b"alice", now=NOW + 61), two.count(b"alice", now=NOW + 61)),
         ("1", "2"))
    same("a clock that is behind brings nothing back",
         (two.count(b"alice", now=NOW + 59), one.count(b"alice", now=NOW + 62)),
         ("3", "4"))
    same("reset, for both", (one.ask("reset", b"R1+5_60".hex(), b"alice".hex(),
                                     60, NOW + 62),
                             two.count(b"alice", now=NOW + 63),
                             one.count(b"alice", now=NOW + 63)),
         ("reset", "1", "2"))
    for host in (one, two):
        host.hammer("k")
    done = [host.hammered() for host in (one, two)]
    same("16 threads of two hosts: exactly the limit",
         sum(allowed for allowed, _, _ in done), 500)
    check("and each asked more often", all(asked > 500 for _, asked, _ in done),
          done)
    one.hammer("l", together=16)
    two.hammer("l", together=3)
    done = [host.hammered() for host in (one, two)]
    same("the same, where each thread asks for several at once",
         sum(allowed for allowed, _, _ in done), 500)
    check("and each asked more often, too",
          all(asked > 500 for _, asked, _ in done), done)
    same("of an answer that nobody takes, the count is there",
         (one.ask("forget", "m"), two.ask("forget", "n")), ("12", "12"))
    ttl = int(redis.cli("ttl", "postseal:f:hammer:k").out)
    check("keys expire by themselves", 3500 < ttl <= 3660, ttl)
    same("all of them", [key for key in redis.cli("keys", "*").out.split()
                         if int(redis.cli("ttl", key).out) < 1], [])
    return one, two


def check_as_memory(redis):
    for mode in ("fixed", "sliding"):
        host = Host(f"servers={redis.name}", SLOW, mode=mode)
        same(f"{mode}: 3,000 counts as in memory",
             [host.ask("differ", seed, 1000, 60 + seed) for seed in range(3)],
             ["0", "0", "0"])
        check(f"{mode}: and Redis counted them", host.up() and redis.cli(
            "keys", f"postseal:{mode[0]}:differ:*").out.count("differ") == 9)
        same(f"{mode}: ends well", host.stop(), 0)


HOSTILE = {
    "NUL": b"a\0b", "a newline": b"a\r\nb\nc", "all octets": bytes(range(256)),
    "what looks like a command": b"$3\r\nDEL\r\n", "a format": b"%s%n%99d",
    "a colon": b"a:b", "empty": b"", "1,024 octets": b"k" * 1024,
}


def check_hostile(redis, one, two):
    for name, key in HOSTILE.items():
        same(f"a key with {name}",
             (one.count(key), two.count(key), one.count(key)), ("1", "2", "3"))
    same("10 KB: not counted, as in memory", one.count(b"k" * 10240), "full")
    same("a rule with everything",
         (one.count(b"k", rule=bytes(range(1, 256))),
          two.count(b"k", rule=bytes(range(1, 256)))), ("1", "2"))
    same("rule and key do not run into each other",
         (one.count(b"b:c", rule=b"a"), one.count(b"c", rule=b"a:b")),
         ("1", "1"))
    names = redis.cli("keys", "*").out.split("\n")
    check("their names in Redis are plain", all(
        len(name) < 420 and name.isascii() and name.isprintable()
        for name in names), names)
    same("numbers beyond all", (
        one.count(b"big", amount=2**63 - 1, most=2**63 - 1),
        two.count(b"big", amount=1, most=10)),
        (str(2**53), str(2**53)))


def check_foreign(redis, one, two):
    """A key of ours that is none: each host counts alone, and says so."""
    redis.cli("lpush", "postseal:f:R1%2B5_60:list", "x")
    redis.cli("lpush", "postseal:f:R1+5_60:list", "x")
    redis.cli("set", "postseal:f:R1+5_60:text", "1 2 3 x")
    for key in (b"list", b"text"):
        same(f"a {key.decode()} in the place of a count",
             [host.count(key) for host in (one, one, two, two)],
             ["1", "2", "1", "2"])
    same("it is left alone", (
        redis.cli("type", "postseal:f:R1+5_60:list").out.strip(),
        redis.cli("get", "postseal:f:R1+5_60:text").out.strip()),
        ("list", "1 2 3 x"))
    check("others go on together", one.up() and two.up() and
          (one.count(b"more"), two.count(b"more")) == ("1", "2"))
    same("the log names it, once",
         one.said().count("is not a count of ours"), 1)


def connections(redis):
    """The hosts', by their ids."""
    return {line.split()[0] for line in redis.cli(
        "client", "list").out.splitlines() if "cmd=client" not in line}


def check_flushed(redis, one, two):
    one.count(b"flush")
    redis.cli("script", "flush")
    same("scripts flushed: goes on",
         (two.count(b"flush"), one.count(b"flush"), one.up(), two.up()),
         ("2", "3", True, True))
    redis.cli("flushall")
    same("all flushed: what each host holds counts",
         (two.count(b"flush"), one.count(b"flush")), ("3", "4"))
    before = connections(redis)
    redis.cli("client", "kill", "type", "normal")
    check("connections killed: back at once", wait_for(
        lambda: len(connections(redis) - before) == 2 and one.up() and
        two.up()), (before, connections(redis)))
    same("and nothing lost", (two.count(b"flush"), one.count(b"flush")),
         ("5", "6"))


# ---- without it

def settle(*hosts):
    check("all are up again", wait_for(lambda: all(h.up() for h in hosts)))


def check_stopped(redis):
    """SIGSTOP, kill and a restart without its data, under load."""
    hosts = [Host(f"servers={redis.name}", "timeout=100") for _ in range(2)]
    settle(*hosts)
    for together, host in enumerate(hosts):
        host.hammer("stop", most=10**9, milliseconds=2500,
                    together=5 * together)
    run("sleep", "0.5")
    redis.pause()
    run("sleep", "1")
    redis.go_on()
    done = [host.hammered() for host in hosts]
    check("SIGSTOP: every count is answered, none waits for long", all(
        asked == allowed and longest < 1500000
        for allowed, asked, longest in done), done)
    settle(*hosts)
    redis.pause()
    hosts[0].count(b"first")
    for host in hosts:
        host.hammer("alone", most=300, milliseconds=600)
    same("stopped: each host holds the limit",
         [host.hammered()[0] for host in hosts], [300, 300])
    redis.stop()
    for together, host in enumerate(hosts):
        host.hammer("killed", most=300, milliseconds=600,
                    together=5 * together)
    done = [host.hammered() for host in hosts]
    same("killed: each host holds the limit", [one[0] for one in done],
         [300, 300])
    for host in hosts:
        check("killed: the log says it once", wait_for(
            lambda: "does not count" in host.said()) and
            host.said().count("does not count") <= 2, host.said())
    before = hosts[0].count(b"carol", most=9)
    redis.start()
    settle(*hosts)
    same("back: what was counted alone counts",
         (before, hosts[0].count(b"carol", most=9),
          hosts[1].count(b"carol", most=9)), ("1", "2", "3"))
    for host in hosts:
        host.hammer("killed", most=300, milliseconds=300)
    same("back and empty: the limit holds still",
         [host.hammered()[0] for host in hosts], [0, 0])
    check("back: the log says it", all(
        host.said().count("counted together") >= 2 for host in hosts),
        hosts[0].said())
    check("it says what is wrong", redis.socket in hosts[0].said(),
          hosts[0].said())
    same("ends well", [host.stop() for host in hosts], [0, 0])


def check_gone_from_start(redis):
    redis.stop()
    host = Host(f"servers={redis.name}")
    same("none there: starts, and counts",
         (host.up(), host.count(b"k"), host.count(b"k")), (False, "1", "2"))
    redis.start()
    check("it comes: goes on together", wait_for(host.up))
    same("with what it held", host.count(b"k"), "3")
    same("ends well, too", host.stop(), 0)


# ---- how it is reached

def check_passwords():
    secret = write(place.path("secret"), "right one\n", 0o600)
    wrong = write(place.path("wrong"), "wrong one\n", 0o600)
    open_file = write(place.path("open"), "right one\n", 0o644)
    redis = server("auth", "requirepass \"right one\"",
                   "user counter on >right\\ one ~postseal:* -@all +evalsha "
                   "+eval +get +set")
    redis.config = write(redis.config, open(redis.config).read().replace(
        "user counter on >right\\ one", "user counter on \">right one\""))
    redis.stop()
    redis.start()
    for name, settings, up, text in (
            ("the password", [f"password_file={secret}"], True, "together"),
            ("a wrong password", [f"password_file={wrong}"], False,
             "WRONGPASS"),
            ("no password", [], False, "NOAUTH"),
            ("no such file", ["password_file=/nowhere"], False, "/nowhere"),
            ("a file open to all", [f"password_file={open_file}"], False,
             "chmod 0640"),
            ("a user", ["user=counter", f"password_file={secret}"], True,
             "together"),
            ("an unknown user", ["user=x", f"password_file={secret}"], False,
             "WRONGPASS")):
        host = Host(f"servers={redis.name}", SLOW, *settings)
        check(f"{name}: up is {up}", host.up() == up and text in host.said(),
              host.said())
        same(f"{name}: counts", (host.count(name.encode()),
                                 host.count(name.encode())), ("1", "2"))
        check(f"{name}: no secret in the log", "right one" not in host.said()
              and "wrong one" not in host.said())
        same(f"{name}: ends well", host.stop(), 0)
    host = Host(f"servers={redis.name}", SLOW, f"password_file={wrong}")
    write(wrong, "right one\n", 0o600)
    check("a password that is set right is read", wait_for(host.up))
    host.stop()


def certificate(name, *extensions):
    """A certificate that signs itself, for name."""
    key, cert = place.path(f"{name}.key"), place.path(f"{name}.pem")
    done = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
               "-subj", f"/CN={name}", "-keyout", key, "-out", cert,
               *extensions)
    check(f"a certificate for {name}", done.status == 0, done.err)
    return key, cert


def check_tls():
    key, cert = certificate("redis.example", "-addext",
                            "subjectAltName=DNS:redis.example,IP:127.0.0.1")
    _, other = certificate("other.example")
    port = free_port()
    redis = server("tls", f"tls-port {port}", f"tls-cert-file {cert}",
                   f"tls-key-file {key}", f"tls-ca-cert-file {cert}",
                   "tls-auth-clients no")
    at = f"servers=inet:{port}@127.0.0.1"
    for name, settings, up, text in (
            ("its address", ["tls=yes", f"ca_file={cert}"], True, "together"),
            ("its name", ["tls=yes", f"ca_file={cert}",
                          "tls_name=redis.example"], True, "together"),
            ("another name", ["tls=yes", f"ca_file={cert}",
                              "tls_name=mx.example"], False, "mismatch"),
            ("an unknown issuer", ["tls=yes", f"ca_file={other}"], False,
             "certificate"),
            ("no such file", ["tls=yes", "ca_file=/nowhere"], False,
             "/nowhere"),
            ("without TLS", [], False, "")):
        host = Host(at, SLOW, *settings)
        check(f"TLS, {name}: up is {up}", host.up() == up and
              text in host.said(), host.said())
        same(f"TLS, {name}: counts", host.count(name.encode()), "1")
        if up:
            host.hammer(name.replace(" ", "-"), milliseconds=300, most=10**9)
            done = host.hammered()
            check(f"TLS, {name}: many at once", done[0] == done[1] and
                  host.up(), done)
        same(f"TLS, {name}: ends well", host.stop(), 0)
    same("and it was Redis that counted", redis.cli(
        "get", "postseal:f:R1+5_60:its%20address").out.strip(),
        f"{NOW} 1 0 0")


def check_several():
    """Addresses in turn; a replica is none; Sentinel knows."""
    ports = [free_port() for _ in range(2)]
    master = server("master", port=ports[0])
    replica = server("replica", f"replicaof 127.0.0.1 {ports[0]}",
                     "repl-diskless-sync-delay 0", port=ports[1])
    nobody = f"inet:{free_port()}@127.0.0.1"
    host = Host(f"servers={nobody},{replica.inet},{master.inet}", SLOW)
    check("nobody, a replica, a master: the master", host.up() and
          f"in Redis at {master.inet}" in host.said(), host.said())
    host.stop()
    host = Host(f"servers={replica.inet}", SLOW)
    check("a replica alone: says so", not host.up() and
          "is not a master" in host.said(), host.said())
    host.stop()
    sentinel = server("sentinel", port=free_port(), sentinel=ports[0])
    host = Host(f"sentinels={nobody},{sentinel.inet}", SLOW)
    check("Sentinel names the master", host.up() and
          f"in Redis at {master.inet}" in host.said(), host.said())
    same("counted there", (host.count(b"moved"), master.cli(
        "get", "postseal:f:R1+5_60:moved").out.strip()),
        ("1", f"{NOW} 1 0 0"))
    check("the sentinel sees the replica", wait_for(
        lambda: "num-slaves\n1" in sentinel.cli(
            "sentinel", "master", "mymaster").out))
    master.stop()
    check("the master dies: Sentinel makes another one", wait_for(
        lambda: replica.cli("role").out.startswith("master"), 30))
    check("and it is found", wait_for(host.up) and
          f"in Redis at {replica.inet}" in host.said(), host.said())
    same("the count goes on there", host.count(b"moved"), "2")
    same("ends well after all", host.stop(), 0)


def main():
    redis = server("first")
    one, two = check_together(redis)
    check_as_memory(redis)
    check_hostile(redis, one, two)
    check_foreign(redis, one, two)
    check_flushed(redis, one, two)
    same("both end well", [one.stop(), two.stop()], [0, 0])
    check_stopped(redis)
    check_gone_from_start(redis)
    check_passwords()
    check_tls()
    check_several()


try:
    main()
finally:
    for one in reversed(running):
        one.stop()
finish()
