-- SPDX-License-Identifier: MIT
-- Fills the central database for central.sh: :crashes crashes of :machines machines in a year, of 2,000 signatures of which
-- a few have most; each report has the words of a stack of 16 functions and 8 registers. The tables and the summaries are the real ones.
SET search_path = lastwords, public;
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';
SELECT setseed(0.5);
SELECT count(make_month(m)) FROM generate_series(now() - interval '12 months', now(), interval '1 month') m;
INSERT INTO server (id, role, name, web) SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), 'room' || n, 'boot' || n,
	'http://boot' || n || ':8081' FROM generate_series(1, 200) n;
ALTER TABLE crash DISABLE TRIGGER USER;
ALTER TABLE session DISABLE TRIGGER USER;
DROP INDEX crash_words, crash_text;

CREATE TEMP TABLE made AS SELECT n, machine, signature, booted,
	'52:54:' || substr(h, 1, 2) || ':' || substr(h, 3, 2) || ':' || substr(h, 5, 2) || ':' || substr(h, 7, 2) AS mac,
	format('%s_%s_%s.isra.%s', (ARRAY['mlx5_core', 'nvme', 'xfs', 'ixgbe', 'i915', 'kvm_intel', 'ceph', 'btrfs'])[1 + signature % 8],
		(ARRAY['flush', 'queue', 'alloc', 'poll', 'submit'])[1 + signature % 5],
		(ARRAY['ring', 'inode', 'page', 'extent', 'packet', 'buffer', 'lease'])[1 + signature % 7], signature) AS function,
	(ARRAY['mlx5_core', 'nvme', 'xfs', 'ixgbe', 'i915', 'kvm_intel', 'ceph', 'btrfs'])[1 + signature % 8] AS module,
	(ARRAY['PowerEdge R640', 'PowerEdge R740xd', 'ProLiant DL360 Gen10', 'ThinkSystem SR650'])[1 + machine % 4] AS product,
	'6.1.0-' || (10 + extract(month FROM booted)::int + machine % 3) || '-amd64' AS release
FROM (SELECT n, machine, floor(2000 * power(random(), 4))::int AS signature,
	date_trunc('milliseconds', now() - random() * interval '364 days') AS booted, lpad(to_hex(machine), 8, '0') AS h
	FROM (SELECT n, floor(random() * :machines)::int AS machine FROM generate_series(1, :crashes) n OFFSET 0) a OFFSET 0) b;
ALTER TABLE made ADD id text;
UPDATE made SET id = replace(mac, ':', '') || '-' || to_char(booted AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISSMS') || '-debian-' || lpad(to_hex(n), 8, '0');

INSERT INTO session (id, booted, mac, profile, server, served, product, boot_address, kernel, armed, running, up, died, captured)
	SELECT id, booted, mac, 'debian', 1 + machine % 200, true, product, '10.0.0.1', release, booted + '20 s', booted + '40 s',
		booted + '20 s', booted + '1 hour', booted + '1 hour 1 min' FROM made;
INSERT INTO machine SELECT DISTINCT ON (mac) mac, id, booted FROM made ORDER BY mac, booted DESC;
INSERT INTO crash (session, booted, mac, time, up, profile, product, kernel, server, version, signature, title, class, function,
		release, taint, hardware, modules, task, severity, cpu, by_http, by_netconsole, meta, words)
	SELECT id, booted, mac, booted + '1 hour', booted + '20 s', 'debian', product, release, 1 + machine % 200, 1,
		substr(md5(signature::text), 1, 16), 'NULL pointer dereference in ' || function, 'NULL pointer dereference', function,
		release, CASE n % 3 WHEN 0 THEN 'G OE' WHEN 1 THEN 'G W' ELSE '' END, product || ', BIOS 2.8.0', module,
		'kworker/' || n % 64, 'death', n % 64, true, n % 4 > 0, 'pid=1',
		('null:1 pointer:2 dereference:3 in:4 ' || function || ':5 rip:7 ' || function || ':8 0x' || to_hex(signature) || ':9 '
			|| stack || ' ' || registers)::tsvector
	FROM made CROSS JOIN LATERAL (SELECT string_agg('call_' || (signature * 31 + k * 7919 + CASE WHEN k > 12 THEN n % 97 ELSE 0 END)
			% 20000 || ':' || 10 + k, ' ') AS stack FROM generate_series(1, 16) k) s
		CROSS JOIN LATERAL (SELECT string_agg(substr(md5(n || ' ' || k), 1, 16) || ':' || 40 + k, ' ') AS registers
			FROM generate_series(1, 8) k) r;
CREATE INDEX crash_words ON crash USING gin (words);
CREATE INDEX crash_text ON crash USING gin (title gin_trgm_ops, function gin_trgm_ops, modules gin_trgm_ops);
ALTER TABLE crash ENABLE TRIGGER USER;
ALTER TABLE session ENABLE TRIGGER USER;
SELECT refresh_runs(), refresh_values();
SELECT refresh_groups(NULL);
