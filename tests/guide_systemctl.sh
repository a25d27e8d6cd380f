#!/bin/sh
# guide_systemctl.sh - systemctl(1) of the hosts that guides are followed on: no
# systemd runs there, so each service is started as its unit, or its package's
# own script, does it.
pid_of()
{
	case $1 in
	postseald) echo /run/postseal/postseald.pid ;;
	opendkim) echo /run/opendkim/opendkim.pid ;;
	opendmarc) echo /run/opendmarc/opendmarc.pid ;;
	postfwd) echo /run/postfwd.pid ;;
	slapd) echo /run/slapd/slapd.pid ;;
	esac
}

start()
{
	case $1 in
	postfix)
		configure=/usr/lib/postfix/configure-instance.sh
		[ ! -x "$configure" ] || "$configure" -
		postfix start ;;
	dovecot) dovecot ;;
	# In the background, as nobody waits for it here.
	postseald) postseald ;;
	opendkim)
		install -d -o opendkim -g opendkim /run/opendkim
		opendkim ;;
	opendmarc)
		install -d -o opendmarc -g opendmarc /run/opendmarc
		setpriv --reuid=opendmarc --regid=opendmarc --init-groups \
			opendmarc ;;
	postfwd)
		. /etc/default/postfwd
		# shellcheck disable=SC2086
		/usr/sbin/postfwd1 $ARGS --daemon --file "$CONF" \
			--interface "$INET" --port "$PORT" --user "$RUNAS" \
			--group "$RUNAS" --pidfile "$(pid_of postfwd)" ;;
	slapd) /run/bin/slapd-start ;;
	*) false ;;
	esac
}

stop()
{
	case $1 in
	postfix) ! postfix status 2>/dev/null || postfix stop ;;
	dovecot) doveadm stop || : ;;
	*)
		file=$(pid_of "$1")
		[ -s "$file" ] || return 0
		pid=$(cat "$file")
		kill "$pid"
		# Nobody reaps here: what has ended may still be a zombie.
		while grep -qs '^State:[[:space:]]*[A-Ya-z]' "/proc/$pid/status"; do
			sleep 0.1
		done
		rm -f "$file" ;;
	esac
}

reload()
{
	case $1 in
	postfix) postfix reload ;;
	dovecot) doveadm reload ;;
	postseald) postseal reload ;;
	*) false ;;
	esac
}

verb=$1 now=no
shift
if [ "$1" = --now ]; then
	now=yes
	shift
fi
for service; do
	case $verb in
	start | stop | reload) "$verb" "$service" ;;
	restart) stop "$service"; start "$service" ;;
	enable) [ "$now" = no ] || start "$service" ;;
	disable) [ "$now" = no ] || stop "$service" ;;
	*) false ;;
	esac || {
		echo "systemctl $verb $service: not in this test" >&2
		exit 1
	}
done
