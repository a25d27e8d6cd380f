#!/bin/bash
# run.sh - Postfix, Dovecot and postseald without init, as the first process of
# a container or by hand.
#
# Runs until one of them ends or it is told to stop (TERM, INT); then the others
# are stopped, Postfix first, so that nothing is accepted that cannot be judged.
# Exit status 0 only when it was told to.
set -u
told=no
trap 'told=yes' TERM INT

postseald -f &
postseald=$!
# Postfix does not need to wait: without an answer it defers.
dovecot -F &
dovecot=$!
postfix start-fg &
postfix=$!

wait -n "$postseald" "$dovecot" "$postfix"
trap '' TERM INT
[ "$told" = yes ] || echo "run.sh: one of the three has ended" >&2
postfix stop >/dev/null 2>&1
wait "$postfix"
kill -TERM "$dovecot" "$postseald" 2>/dev/null
wait "$dovecot" "$postseald"
[ "$told" = yes ]
