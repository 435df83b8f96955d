-- SPDX-License-Identifier: Apache-2.0
DELETE FROM open_hour WHERE hour = :hour
