-- SPDX-License-Identifier: Apache-2.0
-- A day that is new, or whose bounds are others than were thought: then it is to be made again. A date
-- that the zone left out is made: there is nothing in it.
INSERT INTO civil_day (day, date, from_ts, to_ts, d1)
VALUES (:day, :date, :from_ts, :to_ts, :from_ts = :to_ts)
ON CONFLICT (day) DO UPDATE SET
    from_ts = excluded.from_ts, to_ts = excluded.to_ts, d1 = excluded.d1
