-- SPDX-License-Identifier: Apache-2.0
PRAGMA integrity_check
