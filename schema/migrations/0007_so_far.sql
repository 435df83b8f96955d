-- SPDX-License-Identifier: Apache-2.0
-- What the running five minutes have come to, in each row of a scan that is a sum over devices: the
-- newest one says it all, where every row of a dashboard's 3,750 points was read for it.

-- Numbers of five_w characters: how many rows the five minutes have with this one, then the sum of
-- each slot, blank where it has no sample. NULL: not known; the rows themselves say it.
ALTER TABLE hot ADD COLUMN five_w INTEGER;
ALTER TABLE hot ADD COLUMN five BLOB;
