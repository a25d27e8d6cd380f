#!/usr/bin/python3
"""hosted_shared.py - two daemons and one real Redis under load: they hold a
limit together; Redis stopped and started again: every request is answered, each
host holds the limit, and they come together again."""

import os
import subprocess
import threading

from hosted import Place, check, finish, run, wait_for, write
from policy_client import Closed, Policy
from redis_server import Redis

RULES = """\
id=L1; sasl_username=~.;
    action=rate(sasl_username/300/3600/450 4.7.1 over the limit)
"""
DUNNO, OVER = "DUNNO", "450 4.7.1 over the limit"
CLIENTS = 4  # of each daemon
place = Place()
rules = write(place.path("rules.cf"), RULES)
running = []


class Daemon:
    def __init__(self, name, redis, timeout):
        self.name = name
        self.socket = place.path(name, "policy.sock")
        self.log_path = place.path(f"{name}.log")
        self.config = place.configure(f"{name}.conf", f"""\
user = "root"
pid_file = "{place.dir}/{name}/pid"
control_socket = "{place.dir}/{name}/control.sock"
state_database = "{place.dir}/{name}/state.db"
milter {{
  socket = "unix:{place.dir}/{name}/milter.sock"
  socket_group = "root"
}}
limits {{
  rules = "{rules}"
  sockets = "unix:{self.socket}"
  journal = "{place.dir}/{name}/counters"
}}
redis {{
  servers = "{redis.name}"
  timeout = {timeout}
}}
""")
        os.makedirs(place.path(name), exist_ok=True)
        os.makedirs(place.path("keys"), exist_ok=True)
        self.start()
        running.append(self)

    def start(self):
        with open(self.log_path, "a") as log:
            self.process = subprocess.Popen(
                [place.path("prefix/sbin/postseald"), "-f", "-c", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        check(f"{self.name} starts", wait_for(self.answers, 20), self.log())

    def answers(self):
        try:
            with Policy(self.socket) as client:
                return client.ask(sasl_username="") == DUNNO
        except (OSError, Closed):
            return False

    def log(self):
        """Without a line for each refusal."""
        with open(self.log_path) as log:
            return "".join(line for line in log
                           if not line.startswith("postseald: policy: rule="))

    def stop(self, kill=False):
        if self.process.poll() is None:
            if kill:
                self.process.kill()
            else:
                self.process.terminate()
            self.process.wait(timeout=30)
        return self.process.returncode


class Load:
    """Clients of several daemons that ask for one login, until told to stop;
    what each daemon has answered."""

    def __init__(self, login, *daemons):
        self.end, self.login = False, login
        self.said = {daemon.name: {} for daemon in daemons}
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(daemon,))
                        for daemon in daemons for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, daemon):
        said = {}
        try:
            with Policy(daemon.socket) as client:
                while not self.end:
                    answer = client.ask(sasl_username=self.login)
                    said[answer] = said.get(answer, 0) + 1
        except (OSError, Closed, AssertionError) as error:
            said[repr(error)] = 1
        with self.lock:
            sums = self.said[daemon.name]
            for answer, count in said.items():
                sums[answer] = sums.get(answer, 0) + count

    def stop(self):
        self.end = True
        for thread in self.threads:
            thread.join()
        return self.said


def allowed(said):
    return {name: sums.get(DUNNO, 0) for name, sums in said.items()}


def no_error(said):
    return all(set(sums) <= {DUNNO, OVER} for sums in said.values())


def for_a_while(login, *daemons, seconds="0.7"):
    load = Load(login, *daemons)
    run("sleep", seconds)
    return load.stop()


def is_together(daemon):
    """Counted in Redis at present?"""
    return daemon.log().rstrip().rsplit("limits: ", 1)[-1].startswith(
        "counted together")


def check_together(one, two):
    said = for_a_while("together", one, two)
    check("two daemons under load: no error", no_error(said), said)
    check("they allow together what one would",
          sum(allowed(said).values()) == 300, said)
    check("and both were asked more", all(OVER in sums for sums in
                                          said.values()), said)


def check_daemon_restart(redis, one, two):
    run("sleep", "1.5")  # the journal is written each second
    one.stop(kill=True)
    redis.cli("flushall")
    one.start()
    said = for_a_while("together", one, two, seconds="0.3")
    check("killed and started, Redis flushed: over it is", allowed(said) ==
          {"one": 0, "two": 0}, said)


def check_redis_restart(redis, one, two):
    """All of it while clients ask."""
    load = Load("moving", one, two)
    run("sleep", "0.3")
    redis.stop()
    run("sleep", "1")
    alone = for_a_while("alone", one, two)
    redis.start()
    wait_for(lambda: is_together(one) and is_together(two))
    after = for_a_while("after", one, two)
    said = load.stop()
    check("Redis stopped and started: no error", all(
        no_error(each) for each in (said, alone, after)), (said, alone, after))
    check("meanwhile: each host holds the limit",
          allowed(alone) == {"one": 300, "two": 300}, alone)
    check("the login that asked all the time: each host held it", all(
        count <= 300 for count in allowed(said).values()), said)
    check("and it was allowed what one host allows at least",
          sum(allowed(said).values()) >= 300, said)
    check("afterwards: together again", sum(allowed(after).values()) == 300,
          after)
    check("and what was counted alone counts", allowed(for_a_while(
        "alone", one, two, seconds="0.3")) == {"one": 0, "two": 0})
    for daemon in (one, two):
        check(f"{daemon.name}: the log says it once each",
              daemon.log().count("Redis does not count") == 1 and
              is_together(daemon), daemon.log())


def check_stopped(redis, one, two):
    """It hangs: nobody waits for more than the timeout, and only at first."""
    load = Load("hanging", one, two)
    run("sleep", "0.3")
    redis.pause()
    wait_for(lambda: not is_together(one) and not is_together(two), 20)
    alone = for_a_while("hung", one, two)
    redis.go_on()
    said = load.stop()
    check("Redis hangs: no error", no_error(said) and no_error(alone),
          (said, alone))
    check("and each host holds the limit", allowed(alone) == {
        "one": 300, "two": 300}, alone)
    wait_for(lambda: is_together(one) and is_together(two))


def check_reset(one, two):
    done = run(place.command, "-c", one.config, "limits", "reset", "together")
    check("a reset at one host", done.status == 0, done.out + done.err)
    said = for_a_while("together", one, two)
    check("counts for both: what one would allow is allowed again",
          sum(allowed(said).values()) == 300, said)


def check_reload(one):
    text = open(one.config).read()
    write(one.config, text.replace("timeout = 3", "timeout = 2"))
    run(place.command, "-c", one.config, "reload")
    check("a reload: the settings of redis at the next start", wait_for(
        lambda: "redis take effect at the next start" in one.log()), one.log())
    write(one.config, text)


def main():
    redis = Redis(place.path("redis"))
    running.append(redis)
    one, two = Daemon("one", redis, 3000), Daemon("two", redis, 3000)
    check("the log says where", all(f"in Redis at {redis.name}" in daemon.log()
                                    for daemon in (one, two)), one.log())
    check_together(one, two)
    check_daemon_restart(redis, one, two)
    check_redis_restart(redis, one, two)
    check_stopped(redis, one, two)
    check_reset(one, two)
    check_reload(one)
    check("both end well", [daemon.stop() for daemon in (one, two)] == [0, 0],
          one.log()[-500:])


try:
    main()
finally:
    for each in reversed(running):
        each.stop()
finish()
