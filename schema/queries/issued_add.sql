-- SPDX-License-Identifier: Apache-2.0
INSERT INTO issued (report, filters, from_ts, to_ts, period, ts, user, note, form, formula, program,
    last_ts, import, load, samples, open_hours, raw_hours, hash, figures)
VALUES (:report, :filters, :from, :to, :period, :ts, :user, :note, :form, :formula, :program,
    :last_ts, :import, :load, :samples, :open_hours, :raw_hours, :hash, :figures)
