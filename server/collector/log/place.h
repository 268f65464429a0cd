/* SPDX-License-Identifier: MIT */
/*
 * place: where a log's files lie in STATE: of a session in its own directory, of a stream without one in
 * STATE/streams (store/layout.h).
 */
#ifndef COLLECTOR_LOG_PLACE_H
#define COLLECTOR_LOG_PLACE_H

#include "base/file.h"

/* The path of the files without suffix; session "": of a stream. 0, or -1: an invalid id, or too long. */
int place_path(const char *state, const char *session, const char *name, char path[FILE_PATH_MAX]);
/* Makes the directory: it may be missing, of a new session, or because it was removed. 0/-1. */
int place_make(struct err *err, const char *state, const char *session);

#endif
