/* openssl_memory.h - did OpenSSL have the memory it asked for?  Its own errors
 * do not tell that from what is wrong with a key or a signature. */
#ifndef PS_IO_OPENSSL_MEMORY_H
#define PS_IO_OPENSSL_MEMORY_H

#include <stdbool.h>

/* Watch from now on; before anything else of OpenSSL's in this process, else it
 * is too late, and memory never seems short.  Any thread, any number of times.
 */
void ps_openssl_memory_watch(void);
/* Of this thread: look from here; was any refused since? */
void ps_openssl_memory_look(void);
bool ps_openssl_memory_short(void);

#endif
