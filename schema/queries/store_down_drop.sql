-- SPDX-License-Identifier: Apache-2.0
DELETE FROM gap WHERE scan IS NULL AND to_ts < from_ts
