/* setup_settings.h - where a setting stands, or would, in postseal.conf. */
#ifndef PS_CLI_SETUP_SETTINGS_H
#define PS_CLI_SETUP_SETTINGS_H

#include "cli/setup_text.h"

enum ps_place {
	PS_PLACE_SET,	  /* span: the lines that set it, and nothing else */
	PS_PLACE_FREE,	  /* span, of length 0: where its line can be put in */
	PS_PLACE_SECTION, /* so is its whole section: there is none yet */
	PS_PLACE_SHARED	  /* its line holds other things, too */
};

/*
 * section "" for settings outside of any.  The text is one that
 * ps_config_read() takes; of any other the answer may be wrong, but is within
 * the text.  A line goes behind the comment "#NAME = " where there is one.
 */
enum ps_place ps_settings_find(struct ps_bytes text, struct ps_bytes section,
			       struct ps_bytes name, struct ps_span *span_r);

#endif
