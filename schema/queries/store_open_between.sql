-- SPDX-License-Identifier: Apache-2.0
SELECT hour FROM open_hour WHERE hour >= :from AND hour <= :to ORDER BY hour
