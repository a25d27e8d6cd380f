#!/usr/bin/python3
"""hosted_rules.py - the rule files of tests/rules through postfwd 1.35 and
through ours: the same answers in strict mode, but for what
doc/postfwd-differences.md lists; in safe mode, what is written down there.
And the commands that check, try and replay."""

import glob
import json
import os
import re
import shutil

import country_file
from hosted import TOP, Place, check, finish, run, show, write

RULES = os.path.join(TOP, "tests/rules")
POSTFWD = "/usr/sbin/postfwd1"
FAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"
NOON = "2026-11-25 12:00:00"  # of a Wednesday
NIGHT = "2026-11-28 23:00:00"  # of a Saturday
place = Place()
postseal = place.path("prefix/bin/postseal")


def copy_rules():
    """With @DIR@ as the folder that they lie in."""
    folder = place.path("rules")
    os.mkdir(folder)
    for name in os.listdir(RULES):
        with open(os.path.join(RULES, name)) as file:
            write(os.path.join(folder, name),
                  file.read().replace("@DIR@", folder))
    return folder


def clock(at):
    """An environment in which it is that time."""
    return os.environ | {"LD_PRELOAD": glob.glob(FAKETIME)[0],
                         "FAKETIME": at, "TZ": "UTC"}


def postfwd(rules, requests, at=NOON):
    done = run(POSTFWD, "--nodns", "--cache", "0", "--norulelog", "--file",
               rules, text=requests, timeout=60, env=clock(at))
    return re.findall(r"^action=(.*)$", done.out, re.M), done


def ours(rules, requests, compat, *more, at=NOON):
    done = run(postseal, "-c", place.config, "--json", "rules", "test",
               "--compat", compat, *more, rules, text=requests, env=clock(at))
    return [row["action"] for row in json.loads(done.out or "[]")], done


def expected(path):
    """request number: answer, of a file with lines "N: ANSWER"."""
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return {int(number): answer for number, answer in
                re.findall(r"^(\d+): (.*)$", file.read(), re.M)}


def compare(rules):
    """Each difference stands in NAME.strict (the original's answer is another
    one) or NAME.safe (another answer than in strict mode)."""
    name = os.path.basename(rules)[:-3]
    with open(rules[:-3] + ".requests") as file:
        requests = file.read()
    count = len([one for one in requests.split("\n\n") if one.strip()])
    theirs, done = postfwd(rules, requests)
    check(f"{name}: postfwd answers {count} requests", len(theirs) == count,
          show(done))
    strict, done = ours(rules, requests, "strict")
    wanted = dict(enumerate(theirs, 1)) | expected(rules[:-3] + ".strict")
    wrong = [(number, wanted.get(number), answer) for number, answer
             in enumerate(strict, 1) if wanted.get(number) != answer]
    check(f"{name}: strict", done.status == 0 and len(strict) == count and
          not wrong, f"{wrong} {show(done)}"[:2000])
    path = rules[:-3] + ".safe"
    safe, done = ours(rules, requests, "safe")
    if os.path.exists(path) and "refused" in open(path).read():
        check(f"{name}: safe refuses it", done.status == 2, show(done))
        return
    wanted = dict(enumerate(strict, 1)) | expected(path)
    wrong = [(number, wanted.get(number), answer) for number, answer
             in enumerate(safe, 1) if wanted.get(number) != answer]
    check(f"{name}: safe", done.status == 0 and len(safe) == count and
          not wrong, f"{wrong} {show(done)}"[:2000])


def check_night(folder):
    """Ranges that go past the end of a day or a year: in safe mode alone."""
    rules = os.path.join(folder, "39-time-always.cf")
    with open(rules[:-3] + ".requests") as file:
        requests = file.read()
    theirs, done = postfwd(rules, requests, NIGHT)
    strict, more = ours(rules, requests, "strict", at=NIGHT)
    check("a Saturday night in November: strict", strict == theirs and
          strict[6:8] == ["DUNNO"] * 2, f"{theirs} {show(done)} {show(more)}")
    safe, done = ours(rules, requests, "safe", at=NIGHT)
    check("a Saturday night in November: safe",
          safe[6:8] == ["REJECT seldom"] * 2, show(done))


def check_command(folder):
    """rules check: text, JSON, exit statuses."""
    def rules_check(text, *more):
        path = write(place.path("check.cf"), text)
        return run(postseal, "-c", place.config, *more, "rules", "check", path)
    done = rules_check("id=A; sasl_username=web; action=OK\n")
    check("check names file, line and remedy", done.status == 0 and
          "check.cf:1: warning: " in done.out and
          "sasl_username==web" in done.out and
          "1 rules, 1 warnings" in done.out, show(done))
    done = rules_check("\nsender=(; action=OK\n", "--json")
    rows = json.loads(done.out or "[]")
    check("check refuses, and says so in JSON", done.status == 2 and
          [(row["line"], row["level"], row["code"]) for row in rows] ==
          [(2, "error", "bad-pattern")], show(done))
    done = rules_check("action=OK\n")
    check("check of a good file", done.status == 0 and
          done.out == "1 rules, 0 warnings\n", show(done))
    done = run(postseal, "-c", place.config, "rules", "check",
               place.path("nosuch.cf"))
    check("check of no file", done.status == 1 and "nosuch.cf" in done.err,
          show(done))
    done = run(postseal, "-c", place.config, "rules", "check", folder)
    check("check of a folder", done.status == 2, show(done))
    done = run(postseal, "-c", place.config, "rules", "check", "--compat",
               "loose", place.path("check.cf"))
    check("check with another --compat", done.status == 2 and
          "safe or strict" in done.err, show(done))


def test_command():
    """rules test: what it explains, and a zone in the place of the DNS."""
    path = write(place.path("test.cf"),
                 "id=A; sender=a; action=OK\n"
                 "id=B; rbl=l.test; action=REJECT $$dnsbltext\n")
    zone = write(place.path("zone.json"), json.dumps([
        {"name": "1.2.0.192.l.test", "type": "A", "data": "127.0.0.2"},
        {"name": "1.2.0.192.l.test", "type": "TXT", "data": ["spam"]}]))
    request = "client_address=192.0.2.1\nsender=b\n"
    done = run(postseal, "-c", place.config, "rules", "test", "--zone", zone,
               path, text=request)
    check("test explains", done.status == 0 and done.out.splitlines() == [
        "request 1: REJECT rbl:l.test:<spam>",
        '  line 1, A: sender does not hold: "b"',
        "  line 2, B: matches",
        "  line 2, B: decided: REJECT rbl:l.test:<spam>"], show(done))
    done = run(postseal, "-c", place.config, "--json", "rules", "test",
               "--zone", zone, path, text=request)
    row = json.loads(done.out)[0]
    check("test in JSON", row["id"] == "B" and row["line"] == 2 and
          row["outcome"] == "decided" and row["steps"][0]["item"] == "sender",
          show(done))
    done = run(postseal, "-c", place.config, "rules", "test", path, text="")
    check("test without a request", done.status == 1, show(done))


def logins(folder):
    """Items of logins, with a file of countries, and without."""
    rules = write(place.path("logins.cf"),
                  "id=FAR; login_countries=2/3600; action=REJECT far\n"
                  "id=MANY; login_addresses=3; action=REJECT "
                  "$$login_addresses addresses\n"
                  "id=IN; client_address=%%BAD; action=REJECT bad\n"
                  "id=PUT; sender==trap@x.test; "
                  "action=groupadd(%%BAD/client_address)\n")
    file = country_file.write(os.path.join(folder, "c.mmdb"), {
        "192.0.2.0/24": "DE", "198.51.100.0/24": "FR"})
    with open(place.config) as settings:
        text = settings.read()

    def answers(countries, *addresses):
        path = write(place.path("logins.conf"), text + (
            f'limits {{ country_file = "{countries}" }}\n'
            if countries else ""))
        done = run(postseal, "-c", path, "--json", "rules", "test", rules,
                   text="\n".join(
                       f"sasl_username=a\nclient_address={one}\n"
                       f"sender={'trap' if one == '10.0.0.9' else 'a'}@x.test\n"
                       for one in addresses))
        return [row["action"] for row in json.loads(done.out or "[]")], done
    said, done = answers(file, "192.0.2.1", "192.0.2.2", "10.0.0.1",
                         "198.51.100.1")
    check("countries from a file", said == [
        "DUNNO", "DUNNO", "REJECT 3 addresses", "REJECT far"], show(done))
    said, done = answers(None, "192.0.2.1", "198.51.100.1", "10.0.0.1")
    check("addresses without a file", said == [
        "DUNNO", "DUNNO", "REJECT 3 addresses"], show(done))
    said, done = answers(rules, "192.0.2.1", "198.51.100.1")
    check("a file of countries that is none is said, and no more",
          said == ["DUNNO", "DUNNO"] and "limits.country_file" in done.err,
          show(done))
    said, done = answers(None, "10.0.0.9", "10.0.0.9")
    check("a group is filled and asked", said == ["DUNNO", "REJECT bad"],
          show(done))


REPLAYED = """
&&EOM { protocol_state==END-OF-MESSAGE; sasl_username!~^$ };
id=HOSTS; &&EOM; client_address=192.0.2.0/24; action=DUNNO
id=USERS; &&EOM; action=rcpt(sasl_username/100/21600/REJECT over)
id=FOREIGN; protocol_state==RCPT; recipient_domain==e.test; action=REJECT no
"""


def log_lines(minute, number, address, count, login="alice"):
    """A message, as several programs of Postfix log it."""
    at = f"Nov 25 {10 + minute // 60}:{minute % 60:02d}:00 mx postfix"
    return (f"{at}/smtpd[1]: connect from c.test[{address}]\n"
            f"{at}/submission/smtpd[1]: {number}: client=c.test[{address}], "
            f"sasl_method=PLAIN, sasl_username={login}\n"
            f"{at}/cleanup[2]: {number}: message-id=<a@b.test>\n"
            f"{at}/qmgr[3]: {number}: from=<a@b.test>, size=999, "
            f"nrcpt={count} (queue active)\n"
            f"{at}/qmgr[3]: {number}: removed\n")


def replay(rules, log, *more, text=None, json_too=True):
    if json_too:
        more = ("--json",) + more
    done = run(postseal, "-c", place.config, *more, "rules", "replay", rules,
               log, text=text, env=dict(os.environ, TZ="UTC"))
    return (json.loads(done.out) if json_too and done.out else {}), done


def replay_command():
    """rules replay: a day's log, recorded requests, what cannot be known."""
    rules = write(place.path("replay.cf"), REPLAYED)
    log = "".join(log_lines(10 * i, f"A{i:04X}", "198.51.100.1", 10)
                  for i in range(12))
    log += log_lines(0, "B1", "192.0.2.1", 500, "host")
    log += ("Nov 25 13:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from "
            "x.test[192.0.2.7]: 554 5.7.1 <c@e.test>: no; from=<a@x.test> "
            "to=<c@e.test> proto=ESMTP helo=<x>\n"
            "Nov 25 13:00:01 mx postfix/qmgr[3]: C1: from=<>, size=1, "
            "nrcpt=1 (queue active)\nnot of a log\n")
    path = write(place.path("mail.log"), log)
    stamp = 1795600800  # 25 November 2026, 10:00 UTC
    os.utime(path, (stamp + 40000, stamp + 40000))
    said, done = replay(rules, path)
    limited = said.get("limited", [{}])
    check("replay says who was limited when", done.status == 0 and
          limited == [{
              "first": "2026-11-25T11:40:00Z", "last": "2026-11-25T11:50:00Z",
              "line": 4, "id": "USERS", "key": "sasl_username=alice",
              "requests": 2, "sum": 110, "max": 100, "seconds": 21600,
              "action": "REJECT over"}], show(done))
    check("replay says what else there was", (
        said.get("requests"), said.get("refused"), said.get("without_client"),
        said.get("unreadable"), said.get("no_rule")) == (13, 1, 1, 1, 10) and
        said.get("rules") == [
            {"line": 3, "id": "HOSTS", "decided": 1},
            {"line": 4, "id": "USERS", "decided": 2}], show(done))
    check("replay says what a log does not", any(
        "helo_name" in one for one in said.get("not_in_log", [])), show(done))
    said, done = replay(rules, path, json_too=False)
    check("replay in words", done.out.splitlines()[:2] == [
        "2026-11-25 11:40:00 to 2026-11-25 11:50:00: line 4, USERS: "
        "sasl_username=alice: 2 requests over 100 in 21600 s, up to 110: "
        "REJECT over", "13 requests, 2026-11-25 10:00:00 to "
        "2026-11-25 13:00:01"], show(done))
    done = run(postseal, "-c", place.config, "--json", "rules", "replay",
               "--stage", "RCPT", rules, path)
    said = json.loads(done.out)
    check("replay of recipients", said["requests"] == 12 * 10 + 500 + 1 and
          said["rules"] == [{"line": 5, "id": "FOREIGN", "decided": 1}],
          show(done))
    block = ("request_time={}\nprotocol_state=END-OF-MESSAGE\n"
             "sasl_username=bob\nrecipient_count=60\n\n")
    said, done = replay(rules, "-", text="".join(
        block.format(stamp + at) for at in (0, 1, 30000, 30001)))
    check("replay of recorded requests", done.status == 0 and
          [(one["first"], one["requests"]) for one in said["limited"]] ==
          [("2026-11-25T10:00:01Z", 1), ("2026-11-25T18:20:01Z", 1)],
          show(done))
    done = run(postseal, "-c", place.config, "rules", "replay", rules,
               place.path("nosuch.log"))
    check("replay of no file", done.status == 1 and "nosuch" in done.err,
          show(done))
    done = run(postseal, "-c", place.config, "rules", "replay", rules, "-",
               text="x\n")
    check("replay of no log", done.status == 1, show(done))
    done = run(postseal, "-c", place.config, "rules", "replay", "--stage",
               "MAIL", rules, path)
    check("replay of no stage", done.status == 2 and "MAIL" in done.err,
          show(done))


def main():
    folder = copy_rules()
    files = sorted(glob.glob(os.path.join(folder, "*.cf")))
    check("there are rule files", len(files) >= 40, len(files))
    check("postfwd is there", shutil.which(POSTFWD) is not None, POSTFWD)
    for rules in files:
        compare(rules)
    check_night(folder)
    check_command(folder)
    test_command()
    replay_command()
    logins(folder)
    finish()


main()
