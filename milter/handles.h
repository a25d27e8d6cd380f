/* handles.h - open directories of one configuration, for whoever has a question
 * now. */
#ifndef PS_MILTER_HANDLES_H
#define PS_MILTER_HANDLES_H

#include "core/text/buffer.h"
#include "directory/directory.h"

/* Safe in any thread: each question has a handle for itself. */
struct ps_handles;

#define PS_HANDLES_IDLE_MAX 8 /* kept open, of some 200 KB each; ours */

/* config: borrowed until they are freed.  0, or -1 with a sentence in error_r:
 * no memory, or settings that cannot work. */
int ps_handles_new(const struct ps_config *config,
		   struct ps_handles **handles_r,
		   char error_r[PS_CONFIG_ERROR_MAX]);
void ps_handles_free(struct ps_handles **handles);

/* As ps_service's functions of these names (milter/service.h). */
enum ps_outcome ps_handles_may_send(struct ps_handles *handles,
				    enum ps_from_must_match match,
				    const char *login, const char *what,
				    char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_handles_view(struct ps_handles *handles, enum ps_view view,
				const char *key, struct ps_buffer *answer,
				char reason_r[PS_REASON_MAX]);

#endif
