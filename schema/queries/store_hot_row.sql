-- SPDX-License-Identifier: Apache-2.0
-- One instant of a scan.
SELECT v FROM hot WHERE slot = :slot AND scan = :scan AND ts = :ts
