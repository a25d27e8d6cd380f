"""country_file.py - a file of countries in MaxMind's form (version 2.0 of
"MaxMind DB File Format"), for tests: a few IPv4 networks."""

import ipaddress


def _text(value):
    return bytes([2 << 5 | len(value)]) + value.encode()


def _map(pairs):
    return bytes([7 << 5 | len(pairs)]) + b"".join(
        _text(name) + value for name, value in pairs.items())


def _number(value, octets, kind):
    """kind: 5 and 6 (16 and 32 bits), or 9 (64 bits, an extended one)."""
    head = [kind << 5 | octets] if kind < 8 else [octets, kind - 7]
    return bytes(head) + value.to_bytes(octets, "big")


def _insert(nodes, network, leaf):
    bits = f"{int(network.network_address):032b}"[:network.prefixlen]
    at = 0
    for bit in bits[:-1]:
        if not isinstance(nodes[at][int(bit)], int):
            nodes.append([None, None])
            nodes[at][int(bit)] = len(nodes) - 1
        at = nodes[at][int(bit)]
    nodes[at][int(bits[-1])] = leaf


def write(path, countries):
    """countries: {"192.0.2.0/24": "DE"}, none within another."""
    nodes, data, at = [[None, None]], b"", {}
    for network, code in countries.items():
        if code not in at:
            at[code] = len(data)
            data += _map({"country": _map({"iso_code": _text(code)})})
        _insert(nodes, ipaddress.ip_network(network), (code,))
    count, tree = len(nodes), b""
    for node in nodes:
        for record in node:
            if record is None:
                record = count
            elif isinstance(record, tuple):
                record = count + 16 + at[record[0]]
            tree += record.to_bytes(3, "big")
    about = _map({
        "node_count": _number(count, 4, 6),
        "record_size": _number(24, 2, 5),
        "ip_version": _number(4, 2, 5),
        "binary_format_major_version": _number(2, 2, 5),
        "binary_format_minor_version": _number(0, 2, 5),
        "build_epoch": _number(1, 4, 9),
        "database_type": _text("Test-Country"),
        "languages": bytes([0, 11 - 7]),
        "description": _map({}),
    })
    with open(path, "wb") as file:
        file.write(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" +
                   about)
    return path
