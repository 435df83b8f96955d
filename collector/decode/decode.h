/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw answer + point -> reading. Pure: no I/O, no clock, no allocation. Every
 * byte that comes from a device is untrusted here.
 *
 * Integers keep the device's own number (the point's scale makes it W or A);
 * floats and texts become multiples of the quantity's canonical step, so that
 * every reading is one 64-bit integer. A value outside the quantity's range, a
 * wrong type or a "not fitted" code is an absence with its cause.
 */
#pragma once

#include "base/oid.h"
#include "base/reading.h"
#include "inventory/profile.h"

/* The scale under which readings of this point are stored. */
struct scale decode_storage_scale(const struct point_def *point);

struct reading decode_snmp(const struct point_def *point, const struct vb_value *value);
/* words: the registers (bits, each a word of 0 or 1) of the point's span in the order of the wire:
 * see profile_point_span(). A scale that is read with the value makes it a real one. */
struct reading decode_modbus(const struct point_def *point, const uint16_t *words);

/* Text facts: printable UTF-8 without leading and trailing blanks, cut to size. Returns 0,
 * or -1 when the device has no such text. */
int decode_text_snmp(const struct vb_value *value, char *buf, size_t size);
int decode_text_modbus(const uint16_t *words, size_t n_words, char *buf, size_t size);

/* A fact as text: words as they are, a number as a decimal in its quantity's unit. Returns 0, or
 * -1 when the device does not tell it. words: as many as the fact's request reads. */
int decode_fact_snmp(const struct fact_def *fact, const struct vb_value *value, char *buf,
		     size_t size);
int decode_fact_modbus(const struct fact_def *fact, const uint16_t *words, size_t n_words,
		       char *buf, size_t size);
