#!/usr/bin/python3
"""rules.py COUNT - a rule file of so many rules, for bench/policy.sh.

The last two are the limits: of a login, and of a client without one.  Of those
before, half are unanchored literals over client_name and sender, a quarter
networks, a quarter true regexes, mixed; none matches what policyload sends, so
that all of them have to be ruled out."""

import sys

REGEXES = (
    r"client_name=~(\-.+){{4}}\.dyn{n}\.",
    r"helo_name=~^(host|mail|smtp)[0-9]+-{n}\.(dsl|cable)\.",
    r"sender=~^[a-z]+[._][0-9]{{4,}}@promo{n}\.(biz|info|top)$",
    r"reverse_client_name=~[0-9]{{1,3}}([.-][0-9]{{1,3}}){{3}}.*isp{n}",
)


def rule(number):
    kind = number % 4
    if kind == 0:
        item = rf"client_name=~pool{number:03}\.carrier"
    elif kind == 1:
        item = rf"sender=~bulk{number:03}@offers"
    elif kind == 2:
        item = f"client_address=203.0.{number % 256}.{number // 256 * 16}/28"
    else:
        item = REGEXES[number // 4 % len(REGEXES)].format(n=f"{number:03}")
    return f"id=N{number:03} ; {item} ; action=REJECT rule {number}"


def main():
    for number in range(int(sys.argv[1]) - 2):
        print(rule(number))
    print("id=L01 ; sasl_username=~. ; action=rate(sasl_username/1000000/3600/"
          "450 4.7.1 too many requests of this login)")
    print("id=L02 ; sasl_username=~^$ ; action=rate(client_address/1000000/3600/"
          "450 4.7.1 too many requests of this client)")


main()
