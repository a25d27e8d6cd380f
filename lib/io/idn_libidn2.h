/* idn_libidn2.h - the core's port for international domains over libidn2. */
#ifndef PS_IO_IDN_LIBIDN2_H
#define PS_IO_IDN_LIBIDN2_H

#include "core/text/idn.h"

/*
 * IDNA 2008 with the mappings of UTS 46 (capitals, width forms): what mail
 * programs show as the same name is the same name.  Safe in any thread.
 */
extern const struct ps_idn ps_idn_libidn2;

#endif
