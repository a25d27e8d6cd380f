#!/usr/bin/python3
"""hosted_metrics.py - /metrics and /healthz of postseald over real HTTP, and
what "postseal status" says: numbers go up by exactly what was done; clients
that do not behave hold up neither others nor mail."""

import atexit
import http.client
import json
import socket
import time

import exposition
from hosted import check, finish
from map_client import Map
from milter_daemon import (GOOD, HOME, LIAR_IP, VICTIM, Daemon, DkimpyKeys,
                           finish_daemon)
from instance import free_ports
from policy_client import Policy
from processes import run, wait_for
from redis_server import Redis

PORT = free_ports()["smtp"]
ODD = "odd.example"  # its key is listed as active, and is not there
RULES = """id=NO 1\\; sender==no@x.example; action=REJECT no
id=LATER; sender==later@x.example; action=450 4.7.1 later
id=LIMIT; sender==limited@x.example
    action=rate(sender/2/3600/554 too many)
"""
daemon = Daemon()
redis = Redis(daemon.place.path("redis"), "unixsocketperm 777")
atexit.register(redis.stop)
keys = DkimpyKeys(daemon.place)
daemon.place.publish(*keys.records())


def settings(*more):
    return f"""
metrics {{
  sockets = {{"inet:{PORT}@127.0.0.1", "unix:{daemon.place.dir}/milter/http"}}
}}
map {{
  sockets = {{"unix:{daemon.place.dir}/milter/map"}}
}}
limits {{
  rules = "{daemon.place.path('rules.cf')}"
  sockets = {{"unix:{daemon.place.dir}/milter/policy"}}
  journal = "{daemon.place.dir}/state/counters"
}}
redis {{
  servers = "{redis.name}"
  timeout = 5000
}}
dmarc {{
  on_reject = "reject"
}}
""" + "\n".join(more)


def ask(method, path, body=None, port=PORT, **headers):
    """Status, fields, body; of a connection of its own."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        client.request(method, path, body=body, headers=headers)
        response = client.getresponse()
        return response.status, response.headers, response.read()
    finally:
        client.close()


def numbers():
    status, headers, body = ask("GET", "/metrics")
    if status != 200 or headers["Content-Type"] != (
            "text/plain; version=0.0.4; charset=utf-8"):
        raise exposition.BadText(f"{status} {headers}")
    return exposition.read(body)


def raised(before, after):
    """{"name{a=b}": by how much}, of counters, buckets apart."""
    found = {}
    for (name, labels), value in after.items():
        by = value - before.get((name, labels), 0)
        if by and name.endswith(("_total", "_count")):
            text = ",".join(f"{a}={b}" for a, b in labels)
            found[name.removeprefix("postseal_") + (
                f"{{{text}}}" if text else "")] = by
    return found


def mail(*fields, author=f"x@{GOOD}"):
    head = [f"From: {author}".encode(), *(f.encode() for f in fields)]
    return b"\r\n".join(head) + b"\r\n\r\nhello\r\n"


def check_settings():
    for socket_name, remote, good in (
            ("inet:9154@127.0.0.1", "no", True),
            ("inet:9154@::1", "no", True), ("inet:9154@[::1]", "no", True),
            ("unix:/a/b", "no", True), ("inet:9154@0.0.0.0", "no", False),
            ("inet:9154@::", "no", False), ("inet:9154@192.0.2.1", "no", False),
            ("inet:9154@::ffff:192.0.2.1", "no", False),
            ("inet:9154@192.0.2.1", "yes", True)):
        daemon.configure(settings=f'metrics {{\n  sockets = {{"{socket_name}"}}'
                         f'\n  remote = "{remote}"\n}}')
        done = run(daemon.place.path("prefix/sbin/postseald"), "--check", "-c",
                   daemon.place.config)
        check(f"{socket_name}, remote = {remote}: "
              f"{'good' if good else 'refused'}",
              (done.status == 0) == good and
              (good or "metrics.sockets" in done.err), done.err)


def check_first():
    """Before there is a directory."""
    samples = numbers()
    check("at first, nothing was done", not any(
        value for (name, labels), value in samples.items()
        if name.endswith("_total") and ("service", "metrics") not in labels),
        samples)
    status, _, body = ask("GET", "/healthz")
    check("/healthz: the daemon answers, the directory is missing",
          status == 200 and body.startswith(b"ok\n") and
          b"directory (sqlite): down: " in body and
          b"journal (file): up\n" in body, body)
    check("backend_up says so", samples["postseal_backend_up", (
        ("backend", "directory"), ("kind", "sqlite"))] == 0, samples)
    daemon.place.postseal("adddom", HOME)
    check("once it is there, it is up", wait_for(
        lambda: b"directory (sqlite): up\n" in ask("GET", "/healthz")[2], 20))


def check_counts():
    before = numbers()
    octets = keys.sign(mail("Subject: s"))
    for _ in range(3):
        daemon.receive(octets, recipients=[f"a@{HOME}", f"b@{HOME}"])
    for _ in range(2):
        daemon.receive(mail(author=f"x@{VICTIM}"), client=LIAR_IP,
                       sender=f"x@{VICTIM}")
    daemon.receive(mail(f"Authentication-Results: mx.{HOME}; spf=pass"))
    own = mail(author=f"a@{HOME}")
    for _ in range(4):
        daemon.submit(own)
    daemon.submit(mail(author=f"a@{ODD}"))
    after = numbers()
    found = raised(before, after)
    dns = {name: found.pop(name) for name in list(found)
           if name.startswith("dns_")}
    wanted = {
        "messages_total{direction=in,action=accept}": 4,
        "messages_total{direction=in,action=reject}": 2,
        "messages_total{direction=out,action=accept}": 4,
        "messages_total{direction=out,action=defer}": 1,
        "message_recipients_total{direction=in}": 9,
        "message_recipients_total{direction=out}": 5,
        "message_duration_seconds_count{direction=in}": 6,
        "message_duration_seconds_count{direction=out}": 5,
        "verdicts_total{method=spf,result=pass}": 4,
        "verdicts_total{method=spf,result=fail}": 2,
        "verdicts_total{method=dkim,result=pass}": 3,
        "verdicts_total{method=dkim,result=none}": 3,
        "verdicts_total{method=dmarc,result=pass}": 4,
        "verdicts_total{method=dmarc,result=fail}": 2,
        "verdicts_total{method=arc,result=none}": 6,
        "dkim_signatures_total{algorithm=rsa-sha256}": 4,
        "dkim_signatures_total{algorithm=ed25519-sha256}": 4,
        "forged_results_total": 1,
        "requests_total{service=milter}": 11,
        "requests_total{service=metrics}": 1,
        "temporary_failures_total{service=milter}": 1,
        "message_bytes_total{direction=in}": 3 * len(octets) + 2 * len(
            mail(author=f"x@{VICTIM}")) + len(
            mail(f"Authentication-Results: mx.{HOME}; spf=pass")),
        "message_bytes_total{direction=out}": 4 * len(own) + len(
            mail(author=f"a@{ODD}")),
    }
    for name in list(wanted):
        if name.startswith("verdicts_total{method=arc") and name not in found:
            del wanted[name]
    check("what was done to messages is counted, and no more",
          found == wanted, {name: (found.get(name), wanted.get(name))
                            for name in {*found, *wanted}
                            if found.get(name) != wanted.get(name)})
    check("so is what was asked of the DNS", dns["dns_questions_total"] >= 10
          and 0 < dns.get("dns_queries_total", 0) <= dns["dns_questions_total"]
          and dns.get("dns_cache_hits_total", 0) > 0, dns)
    before = after
    daemon.reload()
    after = numbers()
    check("a reload takes nothing away", all(
        after.get(key, 0) >= value for key, value in before.items()
        if key[0].endswith(("_total", "_count"))), raised(after, before))


def check_services():
    before = numbers()
    with Map(daemon.place.path("milter/map")) as client:
        for key in (HOME, HOME, "x.example", "y.example", "z.example"):
            client.ask("domains", key)
        client.ask("mailboxes", f"nobody@{HOME}")
        client.ask("nothing", "x")
    with Policy(daemon.place.path("milter/policy")) as client:
        for sender in ("a@x.example", "b@x.example", "no@x.example",
                       "later@x.example", *4 * ["limited@x.example"]):
            client.ask(protocol_state="RCPT", sender=sender)
        during = numbers()
    found = raised(before, numbers())
    check("what Redis has counted, too", found.pop("redis_counts_total", 0) >= 4,
          found)
    wanted = {
        "map_lookups_total{view=domains,result=found}": 2,
        "map_lookups_total{view=domains,result=notfound}": 3,
        "map_lookups_total{view=mailboxes,result=notfound}": 1,
        "requests_total{service=map}": 7,
        "policy_answers_total{action=dunno}": 4,
        "policy_answers_total{action=reject}": 3,
        "policy_answers_total{action=defer}": 1,
        "requests_total{service=policy}": 8,
        "requests_total{service=metrics}": 2,
        "rule_matches_total{rule=NO 1\\,line=1}": 1,
        "rule_decisions_total{rule=NO 1\\,line=1}": 1,
        "rule_matches_total{rule=LATER,line=2}": 1,
        "rule_decisions_total{rule=LATER,line=2}": 1,
        "rule_matches_total{rule=LIMIT,line=3}": 4,
        "rule_decisions_total{rule=LIMIT,line=3}": 2,
        "rule_limits_total{rule=LIMIT,line=3}": 2,
    }
    check("lookups, policy requests and rules are counted, and no more",
          found == wanted, {name: (found.get(name), wanted.get(name))
                            for name in {*found, *wanted}
                            if found.get(name) != wanted.get(name)})
    check("clients are those of now", during["postseal_connections", (
        ("service", "policy"),)] == 1 and numbers()["postseal_limit_counts",
                                                    ()] == 1, during)


def check_backends():
    check("Redis is up", wait_for(
        lambda: b"redis (redis): up\n" in ask("GET", "/healthz")[2], 20))
    redis.stop()
    check("it is gone: /healthz is 200 and says so", wait_for(
        lambda: b"redis (redis): down: " in ask("GET", "/healthz")[2], 20) and
        ask("GET", "/healthz")[0] == 200)
    samples = numbers()
    check("and so does /metrics", samples["postseal_backend_up", (
        ("backend", "redis"), ("kind", "redis"))] == 0, samples)


def talk(octets):
    """What comes back for these octets."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=20) as client:
        said = b""
        try:
            client.sendall(octets)
            while part := client.recv(65536):
                said += part
        except ConnectionError:
            pass
        return said


def check_protocol():
    status, headers, body = ask("HEAD", "/metrics")
    check("HEAD: a header alone", status == 200 and body == b"" and
          int(headers["Content-Length"]) > 1000, f"{status} {headers}")
    status, headers, body = ask("GET", "/metrics?x=y", Connection="keep-alive")
    check("what stands behind ? does not matter; one request a connection",
          status == 200 and headers["Connection"] == "close", headers)
    for path in ("/", "/metrics/", "/healthz/../metrics", "//metrics",
                 "/%00", "/" + 5000 * "a"):
        status, _, body = ask("GET", path)
        check(f"no such path: {path[:20]}", status == 404 and
              b"postseal_" not in body, f"{status} {body[:100]}")
    for method, body in (("POST", b"x=y"), ("PUT", 1000000 * b"x"),
                         ("DELETE", None), ("OPTIONS", None), ("FOO", None)):
        head = (f"{method} /metrics HTTP/1.1\r\nHost: x\r\n"
                f"Content-Length: {len(body or b'')}\r\n\r\n").encode()
        said = talk(head + (body or b"")[:100])
        check(f"{method}: not allowed", said.startswith(b"HTTP/1.1 405 ") and
              b"allow: get, head" in said.lower() and
              b"postseal_" not in said, said[:200])
    for name, octets in (
            ("no HTTP", b'{"command":"status"}\n\n\n\n'),
            ("a header of 100 KB", b"GET /metrics HTTP/1.1\r\n" +
             b"X: " + 100000 * b"a" + b"\r\n\r\n"),
            ("10,000 fields", b"GET /metrics HTTP/1.1\r\n" +
             10000 * b"X: a\r\n" + b"\r\n"),
            ("NUL", b"GET /\0metrics HTTP/1.1\r\n\r\n")):
        said = talk(octets)
        check(f"{name}: refused", b"postseal_" not in said, said[:100])
    check("and others are answered", ask("GET", "/healthz")[0] == 200)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(daemon.place.path("milter/http"))
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        said = client.recv(1000)
    check("over a unix socket", said.startswith(b"HTTP/1.") and
          b" 200 " in said, said)


def check_clients():
    """Clients that hold what they can get."""
    crowd = []
    for i in range(400):
        client = socket.create_connection(("127.0.0.1", PORT), timeout=20)
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
                       + (b"\r\n" if i % 2 else b""))
        crowd.append(client)
    asked = time.monotonic()
    status = ask("GET", "/healthz")[0]
    check("400 clients that wait or do not read: the next is answered at once",
          status == 200 and time.monotonic() - asked < 8,
          time.monotonic() - asked)
    result = daemon.receive(mail())
    check("and mail goes on", "direction=in action=accept" in result.line,
          result.line)
    check("connections are bounded", numbers()["postseal_connections", (
        ("service", "metrics"),)] <= 64, "")
    status = daemon.place.postseal("status")
    check("so does the control socket", status.status == 0, status.err)
    for client in crowd:
        client.close()
    slow = socket.create_connection(("127.0.0.1", PORT))
    slow.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
    since = time.monotonic()
    closed = False
    # It sends something whenever it would be thought idle.
    while time.monotonic() - since < 40 and not closed:
        try:
            slow.sendall(b"a")
            slow.settimeout(1)
            closed = slow.recv(100) == b""
        except socket.timeout:
            pass
        except OSError:
            closed = True
    check("a client's time ends, however busy", closed and
          time.monotonic() - since > 8, time.monotonic() - since)
    slow.close()


def check_status():
    done = daemon.place.postseal("--json", "status")
    said = json.loads(done.out)
    backends = {row["name"]: row for row in said["backends"]}
    check("status: backends", backends["directory"]["up"] and
          backends["directory"]["kind"] == "sqlite" and
          backends["journal"]["up"], said["backends"])
    check("status: built for", said["built_for"]["postfix"].startswith("3.")
          and said["built_for"]["dovecot"].startswith("2."), said["built_for"])
    domains = {row["domain"]: row for row in said["keys"]["list"]}
    check("status: keys, and what is wrong with them",
          said["keys"]["domains"] == 2 and domains[HOME]["fault"] is None and
          {(key["algorithm"], key["state"]) for key in domains[HOME]["keys"]}
          == {("rsa", "active"), ("ed25519", "active")} and
          domains[ODD]["fault"], said["keys"])
    samples = numbers()
    check("status: the same counts",
          said["counts"]["messages"]["in"]["reject"] == samples[
              "postseal_messages_total", (("direction", "in"),
                                          ("action", "reject"))] and
          said["counts"]["verdicts"]["dmarc"]["pass"] == samples[
              "postseal_verdicts_total", (("method", "dmarc"),
                                          ("result", "pass"))] and
          said["dns"]["questions"] > 0 and said["counts"]["answers"][
              "reject"] == 3, said["counts"])
    done = daemon.place.postseal("status")
    wanted = ("directory (sqlite): up", f"{HOME} ", "rsa) active",
              f"{ODD} cannot be signed for: ", "built for Postfix 3.",
              "dns: ", "in: ", "dmarc: ", "lookups: ", "policy answers: ")
    check("status, for people", all(want in done.out for want in wanted),
          done.out)


def main():
    daemon.lose_keys(ODD)
    check_settings()
    with open(daemon.place.path("rules.cf"), "w") as file:
        file.write(RULES)
    daemon.configure(settings=settings())
    daemon.start()
    try:
        check_first()
        check_counts()
        check_services()
        check_backends()
        check_protocol()
        check_clients()
        check_status()
    except (exposition.BadText, OSError, http.client.HTTPException) as bad:
        check("every answer can be read", False, repr(bad))
    held = socket.create_connection(("127.0.0.1", PORT))
    finish_daemon(daemon, check)
    held.close()
    redis.stop()
    finish()


main()
