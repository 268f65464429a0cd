/* SPDX-License-Identifier: MIT */
/* report: findings as JSON, and what is worst of them; see doctor.h. */
#include <string.h>

#include "base/json.h"
#include "doctor.h"

const char *doctor_severity_name(enum doctor_severity severity)
{
	static const char *const names[DOCTOR_SEVERITIES] = {
	    [DOCTOR_WELL] = "well",
	    [DOCTOR_SKIPPED] = "skipped",
	    [DOCTOR_WARNING] = "warning",
	    [DOCTOR_PROBLEM] = "problem",
	};

	return names[severity];
}

enum doctor_severity doctor_worst(const struct doctor *doctor)
{
	enum doctor_severity worst = DOCTOR_WELL;

	for (size_t i = 0; i < doctor->count; i++)
		if (doctor->findings[i].severity > worst)
			worst = doctor->findings[i].severity;
	return worst == DOCTOR_SKIPPED ? DOCTOR_WELL : worst;
}

void doctor_json(struct kv_out *out, const struct doctor *doctor)
{
	long long counts[DOCTOR_SEVERITIES] = {0};

	for (size_t i = 0; i < doctor->count; i++)
		counts[doctor->findings[i].severity]++;
	kv_out_raw(out, "{");
	json_pair(out, "result", doctor_severity_name(doctor_worst(doctor)));
	for (int s = 0; s < DOCTOR_SEVERITIES; s++)
		json_number(out, doctor_severity_name((enum doctor_severity)s), counts[s]);
	json_key(out, "findings");
	kv_out_raw(out, "[");
	for (size_t i = 0; i < doctor->count; i++) {
		const struct doctor_finding *finding = &doctor->findings[i];

		kv_out_raw(out, i ? ",{" : "{");
		json_pair(out, "check", finding->check);
		json_pair(out, "severity", doctor_severity_name(finding->severity));
		json_pair(out, "what", finding->what);
		json_known(out, "why", finding->why);
		json_known(out, "fix", finding->fix);
		kv_out_raw(out, "}");
	}
	kv_out_raw(out, "]}\n");
}
