-- SPDX-License-Identifier: Apache-2.0
-- Tenants of racks, now or before.
SELECT DISTINCT tenant FROM v_rack_tenant WHERE tenant <> '' ORDER BY tenant
