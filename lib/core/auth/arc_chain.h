/* arc_chain.h - the ARC sets of a message, collected (RFC 8617 4.2, 5.2). */
#ifndef PS_CORE_AUTH_ARC_CHAIN_H
#define PS_CORE_AUTH_ARC_CHAIN_H

#include "core/text/fields.h"

#define PS_ARC_SETS_MAX 50 /* RFC 8617 5.2 step 1 */
#define PS_ARC_OCTETS_MAX                                                      \
	262144 /* of all ARC fields; ours: some 5 KB a set                     \
		*/

/* The words of RFC 8617 4.4. */
enum ps_arc_result { PS_ARC_NONE, PS_ARC_PASS, PS_ARC_FAIL };

/* Borrowed from the fields it was collected from. */
struct ps_arc_set {
	const struct ps_field *results; /* ARC-Authentication-Results */
	const struct ps_field *message; /* ARC-Message-Signature */
	const struct ps_field *seal;	/* ARC-Seal */
	struct ps_bytes payload; /* of results, behind "i=1;": the rest is as
				    in Authentication-Results */
	enum ps_arc_result cv;	 /* of seal */
};

/* Sets may be missing something where there is an error, and only there. */
struct ps_arc_chain {
	unsigned int
		count; /* the highest number; set[count - 1] is the newest */
	const char *error;     /* steps 1 to 3: why the chain is broken, static
				  text; NULL: well-formed, or no set at all */
	unsigned int error_at; /* the set it is about; 0 no single one */
	bool ended;	       /* the newest seal says cv=fail: nothing more is
				  to be added (5.1.2) */
	bool full;	       /* nor can be: there is no higher number */
	struct ps_arc_set set[PS_ARC_SETS_MAX];
};

void ps_arc_chain_collect(const struct ps_fields *fields,
			  struct ps_arc_chain *chain_r);

const char *ps_arc_result_name(enum ps_arc_result result);

#endif
