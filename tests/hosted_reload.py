#!/usr/bin/python3
"""hosted_reload.py - reloads and restarts of postseald under 64 connections:
nothing is lost, no memory and no descriptors are left behind; what cannot be
read changes nothing; keys that are replaced while they sign."""

import atexit
import json
import os
import re
import signal
import time

from hosted import check, finish, write
from loaded import HOME, Loaded
from milter_client import Milter
from policy_client import journal_counts
from processes import must, wait_for
from reckoning import reckon, send_off, tell
from smtp_clients import Said, Session

RELOADS = 100
# Resident octets that a hundred reloads may add: allocators keep pieces.
GROWTH = 1 << 20

place = Loaded()
atexit.register(place.stop)


def resident():
    with open(f"/proc/{place.pid('postseald')}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) << 10


def descriptors():
    return len(os.listdir(f"/proc/{place.pid('postseald')}/fd"))


def threads():
    return len(os.listdir(f"/proc/{place.pid('postseald')}/task"))


def status():
    return json.loads(place.postseal("--json", "status").out)


def reload():
    return place.postseal("reload")


# ---- a hundred reloads

def one_session():
    """A message begun before, and ended after what is done in between."""
    letter = place.letter()
    session = Session(place.port["smtp"], letter.address)
    session.command(f"MAIL FROM:<{letter.sender}>")
    session.command(f"RCPT TO:<{letter.recipient}>")
    session.command("DATA", "3")
    session.stream.sendall(letter.octets[:1000])
    return session, letter


def finish_session(session, letter):
    try:
        session.stream.sendall(letter.octets[1000:] + b"\r\n.\r\n")
        session.want("2", "end")
        return "accepted"
    except Said as said:
        return str(said)
    finally:
        session.close()


def settled(look, seconds=20):
    """What look() says once it says the same for a second."""
    last, since = look(), time.monotonic()
    end = since + seconds
    while time.monotonic() < end and time.monotonic() - since < 1:
        time.sleep(0.1)
        now = look()
        if now != last:
            last, since = now, time.monotonic()
    return last


def by_signal(wanted):
    """Once more in the log?"""
    def count():
        return len(re.findall(wanted, place.log("postseald")))
    before = count()
    os.kill(place.pid("postseald"), signal.SIGUSR1)
    return bool(wait_for(lambda: count() > before))


def reload_hundred(clients):
    """Each with a configuration that differs; every fifth cannot be read."""
    told = good = logged = 0
    line = re.escape(place.config) + r":\d+: "
    for number in range(RELOADS):
        kept = f"reload: {line}.*; the configuration before stays in force"
        if number % 10 == 4:
            place.configure("colour = red")
            done = reload()
            told += done.status == 2 and re.search(line, done.err) is not None
        elif number % 10 == 9:
            place.configure("colour = red")
            logged += by_signal(kept)
        else:
            place.configure("# none" if number % 2 else
                            "map {\n  connections = 7\n}")
            good += by_signal("is in force") if number % 3 else (
                reload().status == 0)
    check(f"{RELOADS} reloads under load: {good} in force",
          good == RELOADS * 8 // 10, good)
    check("a bad one: file and line in the command's answer",
          told == RELOADS // 10, told)
    check("by a signal, in the log", logged == RELOADS // 10, logged)


def check_hundred():
    place.configure("# none")
    reload()
    clients = place.clients()
    clients.start()
    time.sleep(2)
    open_before = one_session()
    reload_hundred(clients)
    check("a message that was begun before goes on",
          finish_session(*open_before) == "accepted")
    place.configure("# none")
    check("the last one", reload().status == 0)
    send_off(place, clients)
    clients.offered.append(open_before[1])
    tell(clients, f"{RELOADS} reloads, 64 connections")
    check("none is deferred by a reload", not clients.deferred,
          clients.deferred)
    return clients


def reload_and_use(times):
    """With another cache of the DNS each time, so that nothing of a
    configuration goes on in the next; and a message by each."""
    for number in range(times):
        place.configure("# none")
        with open(place.config, "r+") as file:
            text = file.read().replace(
                "timeout = 3", f"timeout = 3\n  cache_records = {100 + number}")
            file.seek(0)
            file.write(text)
        by_signal("is in force")
        with Milter(place.path("milter/milter.sock")) as milter:
            milter.deliver(b"From: x@good.example\r\n\r\nhello\r\n",
                           sender="x@good.example", client="192.0.2.1")


def check_left_behind():
    """Without load, so that only reloads are measured."""
    reload_and_use(RELOADS)  # what is made once is made
    before = settled(descriptors), settled(threads), resident()
    reload_and_use(RELOADS)
    after = settled(descriptors), settled(threads), resident()
    print(f"descriptors {before[0]} -> {after[0]}, threads {before[1]} -> "
          f"{after[1]}, resident {before[2] >> 10} -> {after[2] >> 10} KB")
    check("no descriptor is left behind", after[0] <= before[0],
          os.popen(f"ls -l /proc/{place.pid('postseald')}/fd").read()[-3000:])
    check("nor a thread", after[1] <= before[1], (before, after))
    # A leak grows each time, what the C library keeps for itself does not.
    grown = [after[2] - before[2]]
    while grown[-1] >= GROWTH and len(grown) < 3:
        size = resident()
        reload_and_use(RELOADS)
        grown.append(resident() - size)
    check("nor memory", grown[-1] < GROWTH, (before, after, grown))


# ---- what is kept

def check_kept(clients):
    def counted():
        return journal_counts(place.path("state/counters")).get(
            f"sender=a@{HOME}")
    outgoing = sum(letter.sender.startswith("a@") for letter in clients.offered)
    # Written each second.
    check("counts went on through all reloads: each message is counted once",
          wait_for(lambda: counted() == outgoing), (counted(), outgoing))
    before = status()["services"]
    reload()
    after = status()["services"]
    check("the daemon's own counters are kept", all(
        now.get(what, 0) >= was.get(what, 0)
        for was, now in zip(before, after) for what in ("messages", "requests"))
        and before[0]["messages"] > 0, (before, after))


# ---- sessions

def judged_as(milter, **more):
    """The name that is in the field of results."""
    result = milter.deliver(b"From: x@good.example\r\n\r\nhello\r\n",
                            sender="x@good.example", client="192.0.2.1",
                            **more)
    return [field.partition(";")[0]
            for field in result.fields("Authentication-Results")]


def rename_host(before, after):
    with open(place.config) as file:
        text = file.read()
    write(place.config, text.replace(f'authserv_id = "{before}"',
                                     f'authserv_id = "{after}"', 1))
    return reload().status == 0


def check_sessions():
    """What is open goes on with the configuration it has, message by message."""
    old, new = f"mx.{HOME}", "renamed.example"
    address = place.path("milter/milter.sock")
    place.configure("# none")
    reload()
    with Milter(address) as silent, Milter(address) as busy:
        names = [judged_as(busy)]
        silent.connect("unknown", "192.0.2.1", daemon_name="smtpd", v="test")
        silent.helo("client.example")
        silent.flush()
        check("another authserv_id is in force", rename_host(old, new))
        names += [judged_as(busy, session=False) for _ in range(2)]
        names.append(judged_as(silent, session=False))
        check("a session that is open keeps the old one",
              names == [[old]] * 4, names)
        with Milter(address) as fresh:
            check("a new one has the new one", judged_as(fresh) == [new])
        busy.quit_but_keep()
        check("as has the next session on a connection that is kept",
              judged_as(busy) == [new])
    check("and back", rename_host(new, old))


# ---- restart

def check_restart():
    clients = place.clients()
    clients.start()
    time.sleep(1)
    for _ in range(3):
        place.stop_postseald()
        place.start_postseald()
        time.sleep(1)
    send_off(place, clients)
    tell(clients, "3 restarts, 64 connections")
    wrong = [text for text in clients.deferred if not text.startswith("451 ")]
    check("a restart costs open sessions a 451 and nothing else", not wrong,
          clients.deferred)
    return clients


# ---- keys

def check_rotation():
    """Pairs under new selectors, as the command makes them."""
    clients = place.clients()
    clients.start()
    for _ in range(3):
        place.publish(*place.new_keys(activate=False))
        place.activate()
        time.sleep(1)
    send_off(place, clients)
    mixed = [mark for mark, all_of_it in place.arrived().items()
             if b"Subject: outgoing" in all_of_it[0] and len({
                 re.sub(r"^\d+[re]", "", selector) for selector in re.findall(
                     r"\bs=([^;]+);", head(all_of_it[0]))}) > 1]
    check("no message is signed by keys of two pairs", not mixed, mixed[:5])
    return clients


def head(octets):
    return octets.split(b"\r\n\r\n")[0].decode(errors="replace")


def new_pem(path):
    """Another RSA key; its public half goes to what a witness knows."""
    must("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt",
         "rsa_keygen_bits:2048", "-out", path)
    public = must("openssl", "pkey", "-in", path, "-pubout").out
    with open(path) as file:
        return file.read(), "v=DKIM1; k=rsa; p=" + "".join(
            public.splitlines()[1:-1])


def check_replaced():
    """One key file, under the selector that signs, by rename and in place."""
    with open(place.path("keys", HOME, "domain.json")) as file:
        selector = next(key["selector"] for key in json.load(file)["keys"]
                        if key["state"] == "active" and
                        key["algorithm"] == "rsa")
    path = place.path("keys", HOME, f"{selector}.key")
    with open(path) as file:
        texts = [file.read()]
    text, record = new_pem(place.path("run/other.pem"))
    texts.append(text)
    place.signed_by[f"{selector}._domainkey.{HOME}"].append(record)
    group = os.stat(path).st_gid
    place.configure('sign {\n  check_published = "no"\n}')
    reload()
    clients = place.clients()
    clients.start()
    for turn in range(1, 9):
        if turn % 2:
            write(path + ".new", texts[turn // 2 % 2], 0o640)
            os.chown(path + ".new", 0, group)
            os.rename(path + ".new", path)
            reload()
        else:
            with open(path, "w") as file:
                reload()  # now it is empty: what is to be signed waits
                time.sleep(0.3)
                file.write(texts[turn // 2 % 2])
            reload()
        time.sleep(0.3)
    send_off(place, clients)
    by = {}
    for all_of_it in place.arrived().values():
        for number in place.signers(all_of_it[0], selector):
            by[number] = by.get(number, 0) + 1
    check("the old key has signed, and the new one", by.get(0, 0) > 0 and
          by.get(1, 0) > 0, by)
    tell(clients, f"8 changes of a key file, signed by each: {by}")
    return clients


def main():
    place.prepare()
    place.start()
    clients = check_hundred()
    check_kept(clients)
    check_left_behind()
    check_sessions()
    for part in (check_restart, check_rotation, check_replaced):
        clients.offered += part().offered
    reckon(place, clients)
    check("no report of a sanitizer", not place.defects(),
          "; ".join(place.defects()[:5]))
    finish()


main()
