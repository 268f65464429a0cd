/* SPDX-License-Identifier: MIT */
/* Which packets rules of nft drop (cli/doctor/nft_text.h). The texts are what nft 1.0.6 prints. */
#include "cli/doctor/nft_text.h"
#include "tap.h"

#define INPUT(policy, rules)                                                                               \
	"table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy " policy \
	";\n" rules "\t}\n}\n"

static const struct {
	const char *name, *ruleset;
	const char *where; /* of UDP port 6666; NULL: it passes */
} rows[] = {
    {"no rules", "", NULL},
    {"a chain that accepts", INPUT("accept", ""), NULL},
    {"policy drop", INPUT("drop", ""), "inet filter input: policy drop, and no rule accepts it"},
    {"policy drop, the port accepted", INPUT("drop", "\t\tudp dport 6666 accept\n"), NULL},
    {"in a set", INPUT("drop", "\t\tudp dport { 67, 69, 6666 } accept\n"), NULL},
    {"in a range", INPUT("drop", "\t\tudp dport 6000-7000 accept\n"), NULL},
    {"in a range of a set",
	INPUT("drop", "\t\tudp dport { 53, 6660-6669 } counter packets 1 bytes 2 accept\n"), NULL},
    {"another port", INPUT("drop", "\t\tudp dport { 67, 69 } accept\n"), "policy drop"},
    {"a named set may have it", INPUT("drop", "\t\tudp dport @open accept\n"), NULL},
    {"TCP is another", INPUT("drop", "\t\ttcp dport 6666 accept\n"), "policy drop"},
    {"established connections are no help",
	INPUT("drop", "\t\tct state established,related accept\n\t\tiif \"lo\" accept\n"),
	"policy drop"},
    {"new ones are", INPUT("drop", "\t\tct state new udp dport 6666 accept\n"), NULL},
    {"what comes from a network is taken as accepting",
	INPUT("drop", "\t\tip saddr 10.77.0.0/24 accept\n"), NULL},
    {"a rule that drops the port", INPUT("accept", "\t\tudp dport 6666 drop\n"),
	"inet filter input: udp dport 6666 drop"},
    {"rejects it", INPUT("accept", "\t\tudp dport 6666 reject with icmp port-unreachable\n"),
	"inet filter input: udp dport 6666 reject"},
    {"all but one port", INPUT("accept", "\t\tudp dport != 22 drop\n"), "udp dport != 22 drop"},
    {"drops what comes from one network only",
	INPUT("accept", "\t\tip saddr 192.0.2.0/24 udp dport 6666 drop\n"), NULL},
    {"drops above a rate", INPUT("accept", "\t\tudp dport 6666 limit rate over 5/second drop\n"),
	NULL},
    {"drops invalid ones", INPUT("accept", "\t\tct state invalid drop\n"), NULL},
    {"the first of two counts",
	INPUT("accept", "\t\tudp dport 6666 accept\n\t\tudp dport 6666 drop\n"), NULL},
    {"drops all at the end",
	INPUT("accept",
	    "\t\ttcp dport 22 accept\n\t\tcounter packets 0 bytes 0 drop comment \"the rest\"\n"),
	"counter packets 0 bytes 0 drop"},
    {"a jump",
	"table ip t {\n\tchain in {\n\t\ttype filter hook input priority 0; policy drop;\n\t\tjump open\n\t}\n"
	"\tchain open {\n\t\tudp dport 6666 accept\n\t}\n}\n",
	NULL},
    {"a jump to another table's chain of this name",
	"table ip a {\n\tchain open {\n\t\taccept\n\t}\n}\ntable ip t {\n\tchain in {\n\t\ttype filter hook input priority 0; policy drop;\n"
	"\t\tjump open\n\t}\n\tchain open {\n\t\ttcp dport 80 accept\n\t}\n}\n",
	"ip t in: policy drop"},
    {"a chain that returns",
	"table ip t {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t\tjump some\n\t}\n"
	"\tchain some {\n\t\tudp dport 6666 return\n\t\tdrop\n\t}\n}\n",
	NULL},
    {"chains that jump to each other for ever",
	"table ip t {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t\tjump a\n\t}\n"
	"\tchain a {\n\t\tjump b\n\t\tjump b\n\t}\n\tchain b {\n\t\tjump a\n\t\tjump a\n\t}\n}\n",
	NULL},
    {"the second of two input chains",
	INPUT("accept",
	    "\t\tudp dport 6666 accept\n") "table ip raw {\n\tchain in {\n\t\ttype filter hook input priority -10; policy drop;\n\t}\n}\n",
	"ip raw in: policy drop"},
    {"another hook",
	"table ip t {\n\tchain out {\n\t\ttype filter hook output priority 0; policy drop;\n\t}\n}\n",
	NULL},
    {"IPv6 only",
	"table ip6 t {\n\tchain in {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}\n",
	NULL},
    {"iptables' rules",
	"table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n"
	"\t\tmeta l4proto udp udp dport 6666 counter packets 0 bytes 0 drop\n\t}\n}\n",
	"ip filter INPUT: meta l4proto udp"},
    {"no ruleset",
	"chain chain { {{{ } type filter hook input ; policy drop\ntable\ntable {\nchain\n", NULL},
};

int main(void)
{
	char where[NFT_WHERE_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int blocks = nft_blocks(rows[i].ruleset, "udp", 6666, where);

		ok(blocks == (rows[i].where != NULL) && (!blocks || strstr(where, rows[i].where)),
		    "%s", rows[i].name);
		if (blocks != (rows[i].where != NULL) || blocks)
			printf("# %s\n", where);
	}
	return tap_done();
}
