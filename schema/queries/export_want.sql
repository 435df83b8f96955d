-- SPDX-License-Identifier: Apache-2.0
INSERT INTO temp.want
VALUES (:tenant, :hall, :rack, :device,
    :tenant IS NULL AND :hall IS NULL AND :rack IS NULL AND :device IS NULL, :from, :to, :now)
