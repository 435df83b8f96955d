-- SPDX-License-Identifier: Apache-2.0
-- What a slice of scans stored in one second.
SELECT scan, ts, v FROM hot WHERE slot = :slot AND scan >= :from AND scan < :to
