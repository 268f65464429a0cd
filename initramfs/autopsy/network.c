/* SPDX-License-Identifier: MIT */
/*
 * network: the devices of each network namespace with their addresses, states, counters and transmit queues;
 * TCP sockets by state. Counters are in struct net_device or per CPU; drivers with counters of their own
 * (virtio_net) show zeros there, and their queues show whether packets move.
 */
#include <stdio.h>
#include <string.h>

#include "autopsy.h"

enum {
	NETWORK_NAMESPACES = 256,
	NETWORK_DEVICES = 64, /* with a record */
	NETWORK_QUEUES = 256, /* of a device */
	NETWORK_ADDRESSES = 8,
	NETWORK_BUCKETS = 1 << 19,
	NETWORK_SOCKETS = 1 << 18,
	NETWORK_TCP_STATES = 13,
	NETWORK_HANG_S =
	    5, /* a stopped queue without a transmission for so long is in the summary */
};

/* Bits of net_device.state, netdev_queue.state: include/linux/netdevice.h. */
enum { LINK_STATE_NOCARRIER = 1 << 2, QUEUE_STATE_XOFF = 7 };

static void network_counters(struct autopsy *a, uint64_t device)
{
	static const struct {
		const char *key;
		enum layout_field whole, lstats, tstats, dstats;
	} rows[] = {
	    {"rx_packets", L_STAT_RX_PACKETS, L_LSTATS_PACKETS, L_TSTATS_RX_PACKETS,
		L_DSTATS_RX_PACKETS},
	    {"rx_bytes", L_STAT_RX_BYTES, L_LSTATS_BYTES, L_TSTATS_RX_BYTES, L_DSTATS_RX_BYTES},
	    {"tx_packets", L_STAT_TX_PACKETS, L_LSTATS_PACKETS, L_TSTATS_TX_PACKETS,
		L_DSTATS_TX_PACKETS},
	    {"tx_bytes", L_STAT_TX_BYTES, L_LSTATS_BYTES, L_TSTATS_TX_BYTES, L_DSTATS_TX_BYTES},
	    {"rx_errors", L_STAT_RX_ERRORS, L_COUNT, L_COUNT, L_COUNT},
	    {"tx_errors", L_STAT_TX_ERRORS, L_COUNT, L_COUNT, L_COUNT},
	    {"rx_dropped", L_STAT_RX_DROPPED, L_COUNT, L_COUNT, L_COUNT},
	    {"tx_dropped", L_STAT_TX_DROPPED, L_COUNT, L_COUNT, L_COUNT},
	};
	struct kernel *k = &a->kernel;
	int32_t kind = (int32_t)kernel_get(k, L_DEV_PCPU_KIND, device);
	uint64_t per_cpu = kernel_get(k, L_DEV_PCPU, device);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum layout_field field = L_COUNT;
		int64_t value = (int64_t)kernel_get(k, rows[i].whole, device);

		if (kind && kind == k->layout.constant[C_STATS_LSTATS])
			field = rows[i].lstats;
		else if (kind && kind == k->layout.constant[C_STATS_TSTATS])
			field = rows[i].tstats;
		else if (kind && kind == k->layout.constant[C_STATS_DSTATS])
			field = rows[i].dstats;
		if (per_cpu && field != L_COUNT && kernel_has(k, field))
			value += kernel_sum(k, kernel_at(k, field, per_cpu), 8);
		if (!kernel_fault(k))
			out_number(&a->out, rows[i].key, value);
	}
}

static void network_addresses(struct autopsy *a, uint64_t device)
{
	struct kernel *k = &a->kernel;
	uint64_t in = kernel_get(k, L_DEV_IP, device);
	uint64_t at = in ? kernel_get(k, L_IN_ADDRESSES, in) : 0;
	char text[NETWORK_ADDRESSES * 20] = "";

	for (int i = 0; at && i < NETWORK_ADDRESSES; i++) {
		uint8_t b[4];
		size_t n = strlen(text);

		if (kernel_read(k, kernel_at(k, L_IFA_LOCAL, at), b, sizeof(b)))
			break;
		snprintf(text + n, sizeof(text) - n, "%s%u.%u.%u.%u/%u", n ? "," : "", b[0], b[1],
		    b[2], b[3], (unsigned)kernel_get(k, L_IFA_PREFIX, at) & 63);
		at = kernel_get(k, L_IFA_NEXT, at);
	}
	if (text[0])
		out_text(&a->out, "addresses", text);
	kernel_fault(k);
}

/* The transmit queues together: how many are stopped, what waits in them, since when none has sent. */
static void network_queues(struct autopsy *a, uint64_t device, const char *name)
{
	struct kernel *k = &a->kernel;
	uint64_t count = kernel_get(k, L_DEV_QUEUES, device), at = kernel_get(k, L_DEV_TX, device);
	uint32_t each = k->layout.field[L_QUEUE_TIME].object;
	int64_t stopped = 0, waiting = 0, dropped = 0;
	uint64_t age = UINT64_MAX;

	if (!at || !each || count > NETWORK_QUEUES)
		return;
	for (uint64_t i = 0; i < count; i++, at += each) {
		uint64_t qdisc = kernel_get(k, L_QUEUE_QDISC, at);
		uint64_t since = k->jiffies - kernel_get(k, L_QUEUE_TIME, at);

		stopped += (kernel_get(k, L_QUEUE_STATE, at) & QUEUE_STATE_XOFF) != 0;
		waiting += (int64_t)(kernel_get(k, L_QDISC_LEN, qdisc) +
				     kernel_get(k, L_QDISC_QLEN, qdisc));
		dropped += (int64_t)kernel_get(k, L_QDISC_DROPS, qdisc);
		if (kernel_get(k, L_QUEUE_TIME, at) && since < age)
			age = since;
	}
	if (kernel_fault(k))
		return;
	out_number(&a->out, "queues", (int64_t)count);
	out_number(&a->out, "queues_stopped", stopped);
	out_number(&a->out, "packets_waiting", waiting);
	out_number(&a->out, "queue_drops", dropped);
	if (age == UINT64_MAX || !k->hz || age > (uint64_t)INT64_MAX / 1000000000)
		return;
	out_seconds(&a->out, "sent_ago_s", (int64_t)age * (1000000000 / k->hz));
	if (stopped && age / k->hz >= NETWORK_HANG_S)
		out_headline(&a->out,
		    "network: %s has not sent for %llu s, %lld of its queues are stopped", name,
		    (unsigned long long)(age / k->hz), (long long)stopped);
}

static void network_device(struct autopsy *a, uint64_t device, unsigned namespace)
{
	static const char *const states[] = {
	    "unknown", "not present", "down", "lower layer down", "testing", "dormant", "up"};
	struct kernel *k = &a->kernel;
	uint64_t operstate = kernel_get(k, L_DEV_OPERSTATE, device);
	char name[KERNEL_NAME];

	kernel_text(k, kernel_at(k, L_DEV_NAME, device), name, 16);
	if (kernel_fault(k) || !name[0])
		return;
	out_record(&a->out, NULL);
	out_text(&a->out, "device", name);
	if (namespace)
		out_number(&a->out, "namespace", namespace);
	out_text(&a->out, "state",
	    operstate < sizeof(states) / sizeof(states[0]) ? states[operstate] : "?");
	out_text(&a->out, "carrier",
	    kernel_get(k, L_DEV_STATE, device) & LINK_STATE_NOCARRIER ? "no" : "yes");
	out_number(&a->out, "mtu", (int64_t)kernel_get(k, L_DEV_MTU, device));
	network_addresses(a, device);
	network_counters(a, device);
	network_queues(a, device, name);
	out_end(&a->out);
}

static void network_devices(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	struct kernel_list namespaces, devices;
	unsigned number = 0, listed = 0, left_out = 0;
	uint64_t net, node;

	out_list(&a->out, "devices");
	kernel_list_begin(&namespaces, k->symbol[S_net_namespace_list], NETWORK_NAMESPACES);
	while (k->symbol[S_net_namespace_list] && kernel_list_next(k, &namespaces, &net)) {
		kernel_list_begin(&devices,
		    kernel_at(k, L_NET_DEVICES, kernel_owner(k, L_NET_LIST, net)),
		    NETWORK_DEVICES * 64);
		while (kernel_list_next(k, &devices, &node)) {
			if (listed++ < NETWORK_DEVICES)
				network_device(a, kernel_owner(k, L_DEV_LIST, node), number);
			else
				left_out++;
		}
		number++;
	}
	out_end(&a->out);
	kernel_fault(k);
	if (left_out)
		out_note(&a->out, "%u devices are not listed", left_out);
	if (number == 0)
		out_note(&a->out, "the list of network namespaces cannot be read");
}

/* Established and closing TCP connections: the table that the kernel finds them in. */
static void network_sockets(struct autopsy *a)
{
	static const char *const states[NETWORK_TCP_STATES] = {NULL, "established", "syn_sent",
	    "syn_recv", "fin_wait1", "fin_wait2", "time_wait", "close", "close_wait", "last_ack",
	    "listen", "closing", "new_syn_recv"};
	struct kernel *k = &a->kernel;
	uint64_t table = kernel_get(k, L_HASHINFO_EHASH, k->symbol[S_tcp_hashinfo]);
	uint64_t mask = kernel_get(k, L_HASHINFO_MASK, k->symbol[S_tcp_hashinfo]);
	uint32_t count[NETWORK_TCP_STATES] = {0}, sockets = 0;

	if (!k->symbol[S_tcp_hashinfo] || !kernel_has(k, L_SOCK_STATE) || kernel_fault(k) ||
	    !table || mask >= NETWORK_BUCKETS)
		return;
	for (uint64_t i = 0; i <= mask && !kernel_expired(k); i++) {
		uint64_t at = kernel_word(k, table + 8 * i); /* bit 0 set: the end */

		for (; at && !(at & 1) && sockets < NETWORK_SOCKETS; sockets++) {
			uint64_t state =
			    kernel_get(k, L_SOCK_STATE, kernel_owner(k, L_SOCK_NODE, at));

			if (kernel_fault(k))
				break;
			if (state < NETWORK_TCP_STATES)
				count[state]++;
			at = kernel_word(k, at);
		}
	}
	out_record(&a->out, "tcp");
	for (unsigned i = 1; i < NETWORK_TCP_STATES; i++) {
		if (count[i])
			out_number(&a->out, states[i], count[i]);
	}
	out_end(&a->out);
	kernel_fault(k);
}

void section_network(struct autopsy *a)
{
	if (!kernel_has(&a->kernel, L_DEV_NAME)) {
		out_note(&a->out, "struct net_device is not known");
		return;
	}
	network_devices(a);
	network_sockets(a);
}
