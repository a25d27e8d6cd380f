/* background.h - a daemon whose start is waited for. */
#ifndef PS_MILTER_BACKGROUND_H
#define PS_MILTER_BACKGROUND_H

/*
 * The parent exits when the child serves (0) or could not (1).  Returns in the
 * child: the pipe to say so, or -1.
 */
int ps_background_go(void);
/* It serves; standard input, output and error are left. */
void ps_background_ready(int ready);

#endif
