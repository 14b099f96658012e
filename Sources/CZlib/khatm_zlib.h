/* zlib as Swift imports it: functions and plain constants. inflateInit2 and deflateInit2 are macros; call the functions behind them. */
#ifndef KHATM_ZLIB_H
#define KHATM_ZLIB_H
#include <zlib.h>
#endif
