-- SPDX-License-Identifier: Apache-2.0
SELECT raw, r5, h1, first_ts, last_ts, samples FROM period WHERE hour = :hour
