/* SQLite as Storage calls it past GRDB: sqlite3_config takes varying arguments, which Swift cannot pass. */
#ifndef KHATM_CSQLITE_H
#define KHATM_CSQLITE_H
#include <sqlite3.h>

static inline int khatm_sqlite_without_memory_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
#endif
