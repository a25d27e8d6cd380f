/* password.h - passwords of accounts: read without a trace, hashed. */
#ifndef PS_CLI_PASSWORD_H
#define PS_CLI_PASSWORD_H

/* crypt(3) takes CRYPT_MAX_PASSPHRASE_SIZE (512), with the final NUL. */
#define PS_PASSWORD_MAX	   511
#define PS_PASSWORD_RANDOM 16

enum ps_password {
	PS_PASSWORD_GIVEN,
	PS_PASSWORD_NONE,   /* standard input ended before any line */
	PS_PASSWORD_REFUSED /* empty, too long, typed differently */
};

/*
 * From a terminal: asked twice, not echoed.  Else: the first line of standard
 * input, without its LF.  *reason_r: why it is REFUSED.  Wipe password_r
 * with explicit_bzero() after use.
 */
enum ps_password ps_password_read(char password_r[PS_PASSWORD_MAX + 1],
				  const char **reason_r);
/* The same checks for one that was given in another way. */
enum ps_password ps_password_check(const char *password, const char **reason_r);
/* A random one, of 80 bits.  -1: the kernel gives none. */
int ps_password_random(char password_r[PS_PASSWORD_RANDOM + 1]);

#endif
