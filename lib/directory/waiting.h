/* waiting.h - tell the process that a lookup is about to wait. */
#ifndef PS_DIRECTORY_WAITING_H
#define PS_DIRECTORY_WAITING_H

/*
 * A process with a few threads at work at a time may put another in the place
 * of one that waits, for a lock of SQLite or an answer of LDAP.  tell is called
 * in that thread, before each wait; NULL, as in the hosts: nothing is.  To be
 * set before there are threads.
 */
void ps_waiting_tell(void (*tell)(void));
void ps_waiting(void);

#endif
