/* policy_book.h - the rule file of a configuration, compiled. */
#ifndef PS_MILTER_POLICY_BOOK_H
#define PS_MILTER_POLICY_BOOK_H

#include "core/rules/rule_set.h"
#include "directory/config.h"

#define PS_BOOK_SAID_MAX 20 /* findings that are logged of one file; ours */

struct ps_policy_book;

/*
 * Read and compile limits->rules (NULL: no rules) and its value files.
 * Warnings are logged.  0, or -1 with error_r "FILE:LINE: reason".
 */
int ps_policy_book_new(const struct ps_config_limits *limits,
		       struct ps_policy_book **book_r,
		       char error_r[PS_CONFIG_ERROR_MAX]);
void ps_policy_book_free(struct ps_policy_book **book);
const struct ps_rules *ps_policy_book_rules(const struct ps_policy_book *book);

/* Has one of its live value files (lfile:, ltable:) changed since it was
 * compiled, or since this was asked? */
bool ps_policy_book_is_old(struct ps_policy_book *book);
/* The same rules, compiled with the value files as they are now; as new. */
int ps_policy_book_again(const struct ps_policy_book *book,
			 struct ps_policy_book **book_r,
			 char error_r[PS_CONFIG_ERROR_MAX]);

#endif
