/* SPDX-License-Identifier: MIT */
/*
 * network: the devices of each network namespace with their addresses, states, counters and transmit queues;
 * TCP sockets by state; RPC clients (NFS) and their requests. Counters are in struct net_device or per CPU, or
 * the driver's: of those virtio_net's are read.
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
	NETWORK_COUNTERS = 8,
	NETWORK_OWN = 4, /* counters that virtio_net has itself */
	NETWORK_CLIENTS = 256, /* of RPC */
	NETWORK_REQUESTS = 4096, /* of a client */
	NETWORK_RPC_OLD_S = 5, /* a request this old is in the summary */
	NETWORK_HANG_S = 5, /* a stopped queue that has not sent for this long is in the summary */
};

/* Bits of net_device.state, netdev_queue.state: include/linux/netdevice.h. */
enum { LINK_STATE_NOCARRIER = 1 << 2, QUEUE_STATE_XOFF = 7 };

/*
 * Which per-CPU counters a device has: net_device says so since 6.7, where the driver has set it; otherwise the
 * function that adds them up does. C_COUNT: none.
 */
static enum layout_constant network_kind(struct autopsy *a, uint64_t device)
{
	static const enum layout_constant kinds[] = {
	    C_STATS_LSTATS, C_STATS_TSTATS, C_STATS_DSTATS};
	struct kernel *k = &a->kernel;
	int64_t kind = (int64_t)kernel_get(k, L_DEV_PCPU_KIND, device);
	char name[KALLSYMS_NAME];

	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kind == k->layout.constant[kinds[i]])
			return kinds[i];
	}
	symbols_function(
	    &a->symbols, kernel_get(k, L_OPS_STATS64, kernel_get(k, L_DEV_OPS, device)), name);
	if (strcmp(name, "loopback_get_stats64") == 0)
		return C_STATS_LSTATS;
	return strcmp(name, "dev_get_tstats64") == 0 ? C_STATS_TSTATS : C_COUNT;
}

/*
 * virtio_net counts in its queues, which lie behind net_device at a multiple of 32 bytes; their layout is in
 * the module's BTF. own: rx packets, bytes, tx packets, bytes. 1 if they were read.
 */
static int network_virtio(struct kernel *k, uint64_t device, uint64_t own[NETWORK_OWN])
{
	uint64_t private = (device + k->layout.field[L_DEV_NAME].object + 31) & ~31ULL;
	uint64_t pairs = kernel_get(k, L_VIRTNET_PAIRS, private);
	uint64_t rq = kernel_get(k, L_VIRTNET_RQ, private);
	uint64_t sq = kernel_get(k, L_VIRTNET_SQ, private);

	if (!kernel_has(k, L_VIRTNET_DEV) || kernel_get(k, L_VIRTNET_DEV, private) != device ||
	    kernel_fault(k) || pairs > NETWORK_QUEUES) {
		kernel_fault(k);
		return 0;
	}
	for (uint64_t i = 0; i < pairs; i++) {
		uint64_t r = rq + i * k->layout.field[L_RQ_PACKETS].object;
		uint64_t s = sq + i * k->layout.field[L_SQ_PACKETS].object;

		own[0] += kernel_get(k, L_RQ_PACKETS, r);
		own[1] += kernel_get(k, L_RQ_BYTES, r);
		own[2] += kernel_get(k, L_SQ_PACKETS, s);
		own[3] += kernel_get(k, L_SQ_BYTES, s);
	}
	if (!kernel_fault(k))
		return 1;
	memset(own, 0, NETWORK_OWN * sizeof(*own));
	return 0;
}

static void network_counters(struct autopsy *a, uint64_t device)
{
	static const struct {
		const char *key;
		enum layout_field whole, lstats, tstats, dstats;
	} rows[NETWORK_COUNTERS] = {
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
	enum layout_constant kind = network_kind(a, device);
	uint64_t own[NETWORK_OWN] = {0}, values[NETWORK_COUNTERS];
	uint64_t per_cpu = kernel_get(k, L_DEV_PCPU, device);
	int known = network_virtio(k, device, own);

	for (size_t i = 0; i < NETWORK_COUNTERS; i++) {
		enum layout_field field = L_COUNT;
		uint64_t value = kernel_get(k, rows[i].whole, device);

		if (kind == C_STATS_LSTATS)
			field = rows[i].lstats;
		else if (kind == C_STATS_TSTATS)
			field = rows[i].tstats;
		else if (kind == C_STATS_DSTATS)
			field = rows[i].dstats;
		if (i < NETWORK_OWN)
			value += own[i];
		if (per_cpu && field != L_COUNT && kernel_has(k, field))
			value += (uint64_t)kernel_sum(k, kernel_at(k, field, per_cpu), 8);
		values[i] = value;
		known |= value != 0;
	}
	/* all are zero, and the driver has a function that adds them up: it keeps them itself */
	if (kernel_fault(k) ||
	    (!known && kind == C_COUNT &&
		kernel_get(k, L_OPS_STATS64, kernel_get(k, L_DEV_OPS, device)))) {
		out_text(&a->out, "counters", "kept by the driver");
		return;
	}
	for (size_t i = 0; i < NETWORK_COUNTERS; i++)
		out_number(&a->out, rows[i].key, (int64_t)values[i]);
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
	uint64_t stopped = 0, waiting = 0, dropped = 0, age = UINT64_MAX;

	if (!at || !each || count > NETWORK_QUEUES)
		return;
	for (uint64_t i = 0; i < count; i++, at += each) {
		uint64_t qdisc = kernel_get(k, L_QUEUE_QDISC, at);
		uint64_t since = k->jiffies - kernel_get(k, L_QUEUE_TIME, at);

		stopped += (kernel_get(k, L_QUEUE_STATE, at) & QUEUE_STATE_XOFF) != 0;
		waiting += kernel_get(k, L_QDISC_LEN, qdisc) + kernel_get(k, L_QDISC_QLEN, qdisc);
		dropped += kernel_get(k, L_QDISC_DROPS, qdisc);
		if (kernel_get(k, L_QUEUE_TIME, at) && since < age)
			age = since;
	}
	if (kernel_fault(k))
		return;
	out_number(&a->out, "queues", (int64_t)count);
	out_number(&a->out, "queues_stopped", (int64_t)stopped);
	out_number(&a->out, "packets_waiting", (int64_t)waiting);
	out_number(&a->out, "queue_drops", (int64_t)dropped);
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
		while (kernel_list_next(k, &devices, &node) && !kernel_expired(k)) {
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

/*
 * The sockets of a hash table of count buckets, each bytes apart with its list's head at head; node: the list
 * node's offset in a socket. A list ends with an odd pointer.
 */
static void network_count_sockets(struct autopsy *a, uint64_t table, uint64_t count, uint32_t each,
    uint32_t head, uint32_t node, uint32_t by_state[NETWORK_TCP_STATES])
{
	struct kernel *k = &a->kernel;
	uint32_t sockets = 0;

	for (uint64_t i = 0; i < count && !kernel_expired(k); i++) {
		uint64_t at = kernel_word(k, table + i * each + head);

		if (kernel_fault(k))
			break;
		for (; at && !(at & 1) && sockets < NETWORK_SOCKETS; sockets++) {
			uint64_t state = kernel_get(k, L_SOCK_STATE, at - node);

			if (kernel_fault(k))
				break;
			if (state < NETWORK_TCP_STATES)
				by_state[state]++;
			at = kernel_word(k, at);
		}
	}
	kernel_fault(k);
}

static void network_sockets(struct autopsy *a)
{
	static const char *const states[NETWORK_TCP_STATES] = {NULL, "established", "syn_sent",
	    "syn_recv", "fin_wait1", "fin_wait2", "time_wait", "close", "close_wait", "last_ack",
	    "listen", "closing", "new_syn_recv"};
	struct kernel *k = &a->kernel;
	const struct layout_place *f = k->layout.field;
	uint64_t info = k->symbol[S_tcp_hashinfo];
	uint64_t table = kernel_get(k, L_HASHINFO_EHASH, info);
	uint64_t mask = kernel_get(k, L_HASHINFO_MASK, info);
	uint64_t listen = kernel_get(k, L_HASHINFO_LHASH, info);
	uint64_t listen_mask = kernel_get(k, L_HASHINFO_LMASK, info);
	uint32_t count[NETWORK_TCP_STATES] = {0};

	if (kernel_fault(k) || !info || !kernel_has(k, L_SOCK_STATE) || !table ||
	    mask >= NETWORK_BUCKETS)
		return;
	network_count_sockets(a, table, mask + 1, 8, 0, f[L_SOCK_NODE].offset, count);
	if (listen && listen_mask < NETWORK_BUCKETS && f[L_LISTEN_HEAD].object)
		network_count_sockets(a, listen, listen_mask + 1, f[L_LISTEN_HEAD].object,
		    f[L_LISTEN_HEAD].offset,
		    kernel_has(k, L_LISTEN_NODE) ? f[L_LISTEN_NODE].offset : f[L_SOCK_NODE].offset,
		    count);
	out_record(&a->out, "tcp");
	for (unsigned i = 1; i < NETWORK_TCP_STATES; i++) {
		if (count[i])
			out_number(&a->out, states[i], count[i]);
	}
	out_end(&a->out);
	kernel_fault(k);
}

/* --- RPC: what NFS waits for -------------------------------------------------------------------------- */

struct network_client {
	char program[KERNEL_NAME], procedure[KERNEL_NAME];
	int64_t requests, oldest; /* ns */
};

static void network_requests(struct autopsy *a, uint64_t client, struct network_client *found)
{
	struct kernel *k = &a->kernel;
	int64_t now = kernel_uptime(k), age;
	struct kernel_list list;
	uint64_t node;

	kernel_list_begin(&list, kernel_at(k, L_CLNT_TASKS, client), NETWORK_REQUESTS);
	while (kernel_list_next(k, &list, &node)) {
		uint64_t task = kernel_owner(k, L_RPC_LIST, node);
		uint64_t start = kernel_get(k, L_RPC_START, task);

		found->requests++;
		age = now >= 0 && start <= (uint64_t)now ? now - (int64_t)start : 0;
		if (age <= found->oldest)
			continue;
		found->oldest = age;
		kernel_text(k, kernel_get(k, L_PROC_NAME, kernel_get(k, L_RPC_PROC, task)),
		    found->procedure, sizeof(found->procedure));
	}
	kernel_fault(k);
}

static void network_client(struct autopsy *a, uint64_t client)
{
	struct network_client found = {.requests = 0};
	struct kernel *k = &a->kernel;
	int64_t version = kernel_get_signed(k, L_CLNT_VERSION, client);
	char server[KERNEL_NAME];

	kernel_text(k, kernel_get(k, L_PROGRAM_NAME, kernel_get(k, L_CLNT_PROGRAM, client)),
	    found.program, sizeof(found.program));
	kernel_text(k, kernel_get(k, L_XPRT_SERVER, kernel_get(k, L_CLNT_XPRT, client)), server,
	    sizeof(server));
	if (kernel_fault(k) || !found.program[0])
		return;
	network_requests(a, client, &found);
	out_record(&a->out, NULL);
	out_text(&a->out, "program", found.program);
	out_number(&a->out, "version", version);
	if (a->full)
		out_text(&a->out, "server", server);
	out_number(&a->out, "requests", found.requests);
	if (found.requests) {
		out_seconds(&a->out, "oldest_s", found.oldest);
		out_text(&a->out, "procedure", found.procedure);
	}
	out_end(&a->out);
	if (found.oldest >= (int64_t)NETWORK_RPC_OLD_S * 1000000000)
		out_headline(&a->out,
		    "%s: requests that wait for the server: %lld, the oldest (%s) for %lld s",
		    found.program, (long long)found.requests, found.procedure,
		    (long long)found.oldest / 1000000000);
}

/* The RPC clients of the first network namespace, by the number of sunrpc's part of it (net_generic). */
static void network_rpc(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	const struct module *sunrpc = modules_by_name(&a->modules, "sunrpc");
	uint64_t id, net, node;
	struct kernel_list list;

	if (!sunrpc || !kernel_has(k, L_SUNRPC_CLIENTS) || !kernel_has(k, L_GENERIC_PTR))
		return;
	id = kernel_uint(k, modules_symbol(k, sunrpc, "sunrpc_net_id"), 4);
	net = kernel_word(
	    k, kernel_at(k, L_GENERIC_PTR, kernel_get(k, L_NET_GENERIC, k->symbol[S_init_net])) +
		   8 * id);
	if (kernel_fault(k) || !net)
		return;
	out_list(&a->out, "rpc");
	kernel_list_begin(&list, kernel_at(k, L_SUNRPC_CLIENTS, net), NETWORK_CLIENTS);
	while (kernel_list_next(k, &list, &node) && !kernel_expired(k))
		network_client(a, kernel_owner(k, L_CLNT_LIST, node));
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
	network_rpc(a);
}
