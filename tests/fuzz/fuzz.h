/* SPDX-License-Identifier: Apache-2.0 */
/* What libFuzzer calls, and the replay driver where there is no libFuzzer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
