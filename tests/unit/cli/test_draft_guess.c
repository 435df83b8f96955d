/* SPDX-License-Identifier: Apache-2.0 */
/* What a draft of a profile makes of the names that MIBs give to states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/draft_guess.h"

static void test_severity(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum severity severity;
	} rows[] = {
		{ "ok", SEVERITY_OK },           { "normal", SEVERITY_OK },
		{ "on", SEVERITY_OK },           { "noAlarm", SEVERITY_OK },
		{ "flowing", SEVERITY_OK },      { "discovered", SEVERITY_OK },
		{ "override", SEVERITY_OK },     { "nonCritical", SEVERITY_WARNING },
		{ "lowWarning", SEVERITY_WARNING }, { "degraded", SEVERITY_WARNING },
		{ "onBattery", SEVERITY_WARNING }, { "low", SEVERITY_WARNING },
		{ "lowCritical", SEVERITY_CRITICAL }, { "critical", SEVERITY_CRITICAL },
		{ "nonRecoverable", SEVERITY_CRITICAL }, { "failed", SEVERITY_CRITICAL },
		{ "overload", SEVERITY_CRITICAL }, { "batteryDepleted", SEVERITY_CRITICAL },
		{ "unknown", SEVERITY_UNKNOWN }, { "other", SEVERITY_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (draft_severity(rows[i].name) != rows[i].severity)
			fail_msg("%s is guessed to be %s", rows[i].name,
				 severity_name(draft_severity(rows[i].name)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_severity) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
