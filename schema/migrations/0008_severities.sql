-- SPDX-License-Identifier: Apache-2.0
-- How bad it is what a state or an alarm bit says, beside its name.

-- JSON object value (of flags: bit) -> warning, critical, unknown; what is not in it is ok. NULL:
-- not known to this file, or no states. Like names it is a legend and changes in place.
ALTER TABLE point ADD COLUMN severities TEXT;
