/* schema.h - the tables of both databases, version by version. */
#ifndef PS_DIRECTORY_SCHEMA_H
#define PS_DIRECTORY_SCHEMA_H

#define PS_SCHEMA_DIRECTORY_ID	0x50534431 /* application_id, "PSD1" */
#define PS_SCHEMA_CREDENTIAL_ID 0x50534331 /* "PSC1" */
#define PS_SCHEMA_VERSION	2	   /* user_version of both */

/*
 * [n] makes version n + 1 of version n; version 0 is an empty database.  So a
 * new one is made as an old one is brought up: by one step after another.  The
 * credentials are attached as "auth".
 */
extern const char *const ps_schema_directory[PS_SCHEMA_VERSION];
extern const char *const ps_schema_credentials[PS_SCHEMA_VERSION];

#endif
