/* test_daemon_check.c - what is asked of a postseald that was built without
 * it: linked with dkim_opendkim_none.c, whatever the build has. */

#include "table.h"

#include "milter/daemon.h"

struct row {
	const char *name;
	enum ps_engine engine;
	const char *want; /* the sentence; "" good */
};

static const struct row rows[] = {
	{ "our own engine is always there", PS_ENGINE_POSTSEAL, "" },
	{ "libopendkim is not", PS_ENGINE_OPENDKIM,
	  "/etc/p.conf: dkim.engine: opendkim is not in this build "
	  "(POSTSEAL_OPENDKIM)" },
};

static void check(const struct row *row)
{
	const struct ps_config config = { .path = "/etc/p.conf",
					  .dkim = { .engine = row->engine } };
	char error[PS_CONFIG_ERROR_MAX] = "";

	assert_int_equal(ps_daemon_check(&config, error),
			 row->want[0] == '\0' ? 0 : -1);
	assert_string_equal(error, row->want);
}

TABLE_MAIN(rows, check)
