-- SPDX-License-Identifier: Apache-2.0
-- Late samples of a finished hour; its flags stay.
UPDATE period SET first_ts = :first_ts, last_ts = :last_ts, samples = :samples WHERE hour = :hour
