/* GNU libidn2 for Storefronts: UTS 46 mapping and the IDNA 2008 label rules. */
#ifndef KHATM_CIDN2_H
#define KHATM_CIDN2_H

#define IDN2_SKIP_LIBIDN_COMPAT 1
#include <idn2.h>

/* The flags are an enum without a fixed type: plain ints spare the importer's casts. */
static const int KHATM_IDN2_NONTRANSITIONAL = IDN2_NONTRANSITIONAL;
static const int KHATM_IDN2_OK = IDN2_OK;

#endif
