/* psl.h - public suffixes (publicsuffix.org), through a port. */
#ifndef PS_CORE_TEXT_PSL_H
#define PS_CORE_TEXT_PSL_H

struct ps_psl {
	/*
	 * The part of name that somebody registered: a public suffix and the
	 * label before it.  name: normalized, with A-labels; the answer is an
	 * end of it.  NULL: name is itself a public suffix.  A name under no
	 * rule of the list falls under the rule "*".
	 */
	const char *(*registered)(void *ctx, const char *name);
	void *ctx;
};

#endif
