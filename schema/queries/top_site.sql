-- SPDX-License-Identifier: Apache-2.0
-- Both sides of the site now.
SELECT site, part, power_w, members_present, members_expected FROM v_site_latest
