"""reckoning.py - each message that clients have sent against what has arrived
(loaded.py, smtp_clients.py), in lines "ok" and "FAIL"."""

import re

from hosted import check
from loaded import results_of
from milter_daemon import BOTH


def send_off(place, clients):
    """All that is under way arrives."""
    check("every client gets its message through", clients.finish(),
          clients.deferred)
    check("the queue empties", place.drained(), place.log()[-1500:])
    offered = len(clients.offered)
    check("each is accepted in the end", len(clients.accepted) == offered,
          f"{len(clients.accepted)} of {offered}")
    check("no reply but 2xx and 4xx, and none is missing", not clients.faults,
          clients.faults[:5])


def reckon(place, clients, more_marks=()):
    """How many have arrived."""
    arrived = place.arrived()
    known = {letter.mark for letter in clients.offered} | set(more_marks)
    lost = sorted(known - set(arrived))
    twice = [mark for mark, all_of_it in arrived.items() if len(all_of_it) > 1]
    check("none is lost", not lost, lost[:10])
    check("none arrives twice", not twice, twice[:10])
    check("none arrives that was not sent", not set(arrived) - known,
          sorted(set(arrived) - known)[:10])
    wrong, outgoing, incoming = [], 0, 0
    judged_as = {}
    for mark, all_of_it in arrived.items():
        octets = all_of_it[0]
        results = results_of(octets)
        if b"\r\nSubject: incoming\r\n" in octets:
            incoming += 1
            verdict = " ".join(re.findall(r"\b(?:dkim|dmarc)=\w+",
                                          " ".join(results)))
            judged_as[verdict] = judged_as.get(verdict, 0) + 1
            if len(results) != 1 or "bank.example" in results[0]:
                wrong.append((mark, results))
        else:
            outgoing += 1
            said = place.witness(octets)
            if said != BOTH or results:
                wrong.append((mark, said, results))
    check(f"{outgoing} outgoing and {incoming} incoming: signed by both keys, "
          "or judged once, and no forged result is left",
          not wrong and outgoing > 0 and incoming > 0, wrong[:5])
    # A name server that is late on a busy machine is no fault here.
    check("no verdict but pass, or none for the time being", all(
        re.fullmatch("(dkim|dmarc)=(pass|temperror)", word)
        for verdict in judged_as for word in verdict.split()), judged_as)
    return sum(map(len, arrived.values()))


def tell(clients, what):
    """The counts, for whoever reads the log of a test."""
    print(f"{what}: {len(clients.offered)} messages offered, "
          f"{sum(clients.deferred.values())} times deferred "
          f"{dict(sorted(clients.deferred.items()))}, "
          f"{len(clients.accepted)} accepted")
