-- SPDX-License-Identifier: Apache-2.0
INSERT OR IGNORE INTO open_hour (hour) VALUES (:hour)
