/* account.h - what the directory knows of an account, and of its password. */
#ifndef PS_DIRECTORY_ACCOUNT_H
#define PS_DIRECTORY_ACCOUNT_H

#include <stdbool.h>

#define PS_ADDRESS_MAX	  320 /* RFC 5321 4.5.3.1: 64 + 1 + 255 */
#define PS_CREDENTIAL_MAX 512
#define PS_PATH_TEXT_MAX  1024
#define PS_NETS_TEXT_MAX  1024
#define PS_OWNER_TEXT_MAX 64

/*
 * Both receive mail.  A closed account - one without a maildrop - is
 * NOTFOUND; that one is suspended is the daemon's own knowledge.
 */
enum ps_account_state { PS_ACCOUNT_ACTIVE, PS_ACCOUNT_DISABLED };

/* "" where nothing is set: mail.home is then already filled in, for the rest
 * the host's own settings hold. */
struct ps_account {
	/* What it logs in as, lower case; with SQLite the address. */
	char login[PS_ADDRESS_MAX + 1];
	char address[PS_ADDRESS_MAX + 1]; /* lower case; fills mail.home */
	enum ps_account_state state;
	char home[PS_PATH_TEXT_MAX];
	char mail[PS_PATH_TEXT_MAX];	   /* "maildir:~/Maildir" */
	char quota[32];			   /* "2G", as Dovecot takes it */
	char allow_nets[PS_NETS_TEXT_MAX]; /* "192.0.2.0/24,2001:db8::1" */
	char uid[PS_OWNER_TEXT_MAX], gid[PS_OWNER_TEXT_MAX]; /* or names */
};

/* By its allow_nets; "" or what is no address is allowed where all are. */
bool ps_account_allows(const struct ps_account *account, const char *address);

enum ps_credential_kind {
	PS_CREDENTIAL_HASH,  /* a password for good */
	PS_CREDENTIAL_ONCE,  /* lets in one time, and until expires */
	PS_CREDENTIAL_SPENT, /* it did: nobody logs in until a new one */
	PS_CREDENTIAL_ASK    /* no hash here: ps_directory_password() */
};

struct ps_credential {
	enum ps_credential_kind kind;
	/* With Dovecot's {SCHEME}, or as crypt(3) writes it. */
	char hash[PS_CREDENTIAL_MAX];
	long long expires; /* of ONCE: seconds since 1970 */
};

#endif
