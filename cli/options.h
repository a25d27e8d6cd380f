/* options.h - every option of a command; main.c has their names. */
#ifndef PS_CLI_OPTIONS_H
#define PS_CLI_OPTIONS_H

/* Options a command may take; those behind UNDO with a value. */
enum ps_option {
	PS_OPTION_CASCADE,
	PS_OPTION_FORCE,
	PS_OPTION_DRY_RUN,
	PS_OPTION_NO_PASSWORD,
	PS_OPTION_ALL,
	PS_OPTION_YES,
	PS_OPTION_REPLACE,
	PS_OPTION_UNDO,
	PS_OPTION_ID,
	PS_OPTION_BITS,
	PS_OPTION_ALIAS_OF,
	PS_OPTION_RELAY_TO,
	PS_OPTION_ADMIN,
	PS_OPTION_LIMIT,
	PS_OPTION_IP,
	PS_OPTION_HELO,
	PS_OPTION_FROM,
	PS_OPTION_TO,
	PS_OPTION_HOST,
	PS_OPTION_LOGIN,
	PS_OPTION_DAEMON,
	PS_OPTION_ZONE,
	PS_OPTION_COMPAT,
	PS_OPTION_DOMAIN,
	PS_OPTION_STAGE,
	PS_OPTION_LDAP,
	PS_OPTION_POSTFIX,
	PS_OPTION_DOVECOT,
	PS_OPTION_STATE,
	PS_OPTION_COUNT
};

#define PS_TAKES(option)   (1U << PS_OPTION_##option)
/* It makes the configuration: there is none to read before. */
#define PS_TAKES_NO_CONFIG (1U << 31)
_Static_assert(PS_OPTION_COUNT < 32, "a bit for each option");

#endif
