"""exposition.py - a strict reader of Prometheus's text format, version 0.0.4.

    samples = read(text)       # raises BadText
    samples["name", (("label", "value"), ...)]
"""

import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
VALUE = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?|[+-]Inf|NaN")
SUFFIXES = {"counter": ("",), "gauge": ("",),
            "histogram": ("_bucket", "_sum", "_count")}


class BadText(Exception):
    pass


def need(good, why):
    if not good:
        raise BadText(why)


def labels_of(text, line):
    """The labels, and what stands behind them."""
    if not text.startswith("{"):
        return (), text
    found, at = [], 1
    while text[at:at + 1] != "}":
        match = LABEL.match(text, at)
        need(match, f"no label at {text[at:]!r} in {line!r}")
        name, value = match.groups()
        need(name not in dict(found), f"{name} twice in {line!r}")
        found.append((name, re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(
            m[1], m[1]), value)))
        at = match.end()
        if text[at:at + 1] == ",":
            at += 1
            need(text[at:at + 1] != "}", f"a comma too many in {line!r}")
        else:
            need(text[at:at + 1] == "}", f"no end of labels in {line!r}")
    need(found, f"no label in braces in {line!r}")
    return tuple(found), text[at + 1:]


def sample_of(line, family, kind):
    match = NAME.match(line)
    need(match, f"no name: {line!r}")
    name = match.group()
    need(name.removeprefix(family) in SUFFIXES[kind],
         f"{line!r} does not belong to {family}")
    labels, rest = labels_of(line[match.end():], line)
    need(rest.startswith(" ") and VALUE.fullmatch(rest[1:]),
         f"no value: {line!r}")
    return (name, labels), float(rest[1:])


def check_family(name, kind, samples):
    need(samples or name.startswith("postseal_rule_"), f"{name} has no sample")
    need((kind == "counter") == name.endswith("_total"),
         f"{name} is a {kind}")
    if kind == "counter":
        need(all(value >= 0 for value in samples.values()), f"{name} below 0")
    if kind == "histogram":
        check_histogram(name, samples)


def check_histogram(name, samples):
    series = {}
    for (sample, labels), value in samples.items():
        rest = tuple(pair for pair in labels if pair[0] != "le")
        series.setdefault(rest, {"_bucket": []})
        suffix = sample.removeprefix(name)
        if suffix == "_bucket":
            series[rest][suffix].append((float(dict(labels)["le"]), value))
        else:
            need(labels == rest, f"le in {sample}")
            series[rest][suffix] = value
    for rest, parts in series.items():
        buckets = parts["_bucket"]
        need(buckets == sorted(buckets) and buckets[-1][0] == float("inf") and
             len(dict(buckets)) == len(buckets),
             f"{name}{rest}: buckets {buckets}")
        need([n for _, n in buckets] == sorted(n for _, n in buckets),
             f"{name}{rest}: buckets are not cumulative: {buckets}")
        need(buckets[-1][1] == parts["_count"] and parts["_sum"] >= 0,
             f"{name}{rest}: count, sum: {parts}")


def read(octets):
    """{(name, labels): value}; octets as they came."""
    text = octets.decode("utf-8")
    need(text.endswith("\n") and "\r" not in text, "no line end at the end")
    samples, families = {}, {}
    family = kind = helped = None
    for line in text[:-1].split("\n"):
        words = line.split(" ", 3)
        if line.startswith("# HELP "):
            need(len(words) == 4 and words[3] and NAME.fullmatch(words[2]) and
                 words[2] not in families, f"bad or second: {line!r}")
            helped = words[2]
        elif line.startswith("# TYPE "):
            need(len(words) == 4 and words[2] == helped and
                 words[3] in SUFFIXES, f"bad, or without help: {line!r}")
            family, kind = words[2:]
            families[family] = kind, {}
        else:
            need(family is not None and not line.startswith("#") and
                 helped == family, f"out of place: {line!r}")
            key, value = sample_of(line, family, kind)
            need(key not in samples, f"twice: {line!r}")
            samples[key] = families[family][1][key] = value
    for name, (kind, own) in families.items():
        need(name.startswith("postseal_"), name)
        check_family(name, kind, own)
    return samples
