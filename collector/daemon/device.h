/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device in the poll thread: its address, health, survey and scans. One request is in
 * flight at a time. What is due is asked in this order: the running scan, a waiting scan,
 * a probe, the survey, facts; so a survey of a large table costs no reading.
 */
#pragma once

#include "daemon/core.h"
#include "daemon/scan.h"
#include "daemon/survey.h"
#include "schedule/health.h"

struct device;

/* hash: of everything that, when changed, makes it another device to poll. */
struct device *device_new(struct poller *p, size_t index, uint64_t hash);
struct device *device_free(struct device *d); /* returns NULL */
const char *device_name(const struct device *d);
uint64_t device_hash(const struct device *d);
/* The inventory was replaced; the device is the same. */
void device_move(struct device *d, const struct inventory *inv, size_t index);
/* Tells the group its points again, after the group was made anew. */
void device_bind(struct device *d);
/* Removed from the configuration: says so in the database, before device_free(). */
void device_removed(struct device *d);
void device_clock_step(struct device *d, int64_t step_us);
/* What the device did since it was last asked so; answered_at.us 0: it never answered. */
struct device_vitals {
	uint32_t due, answered; /* polls */
	uint32_t n_rtt;         /* answers, with the sum of their round trips */
	uint64_t rtt_sum_us;
	struct mono answered_at;
};
struct device_vitals device_take_vitals(struct device *d);
size_t device_index(const struct device *d);
/* For subnets_new() and subnets_new_hosts(). */
struct subnet_place *device_place(struct device *d);
struct subnet_place *device_chain(struct device *d);
/* Tells of two devices with one SNMPv3 engine id (a transport_twins_fn; user: the poller). */
void device_twins(void *user, struct target *target, struct target *with);
/* An answer of the resolver. */
void device_resolved(struct device *d, struct resolve *answer);
/* A survey slot is free and it is this device's turn. */
void device_survey_turn(struct device *d);
