#!/usr/bin/python3
"""hosted_rules.py - the rule files of tests/rules through postfwd 1.35 and
through ours: the same answers in strict mode, but for what
doc/postfwd-differences.md lists; in safe mode, what is written down there."""

import glob
import json
import os
import re
import shutil

from hosted import TOP, Place, check, finish, run, show, write

RULES = os.path.join(TOP, "tests/rules")
POSTFWD = "/usr/sbin/postfwd1"
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


def postfwd(rules, requests):
    done = run(POSTFWD, "--nodns", "--cache", "0", "--norulelog", "--file",
               rules, text=requests, timeout=60)
    return re.findall(r"^action=(.*)$", done.out, re.M), done


def ours(rules, requests, compat, *more):
    done = run(postseal, "-c", place.config, "--json", "rules", "test",
               "--compat", compat, *more, rules, text=requests)
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


def main():
    folder = copy_rules()
    files = sorted(glob.glob(os.path.join(folder, "*.cf")))
    check("there are rule files", len(files) >= 40, len(files))
    check("postfwd is there", shutil.which(POSTFWD) is not None, POSTFWD)
    for rules in files:
        compare(rules)
    check_command(folder)
    test_command()
    finish()


main()
