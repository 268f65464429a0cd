# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, bin: tap.sh; for the tests
# central.sh: a central database with a few rows of two servers, for tests of what reads it. Sourced after tap.sh and
# postgres.sh, when postgres_start centre has made it answer, and $work/lastwords.conf names its database lastwords.
#
#	central_fill    makes the tables, the role reader, and the rows: $first, a crash with files of boot1 and boot2, some of
#	                them hostile; $second, a session of boot2

first=525400aa0001-20261121T093612123-lab-5f3a9c01
second=525400aa0002-20261121T100000000-lab-00000001

# a zstd frame of standard input, as hexadecimal digits
blob() {
	zstd -q | od -An -v -tx1 | tr -d ' \n'
}

central_fill() {
	"$bin/lastwords-relay" -c "$work/lastwords.conf" --as "$(postgres_at centre) dbname=lastwords user=postgres" init >/dev/null ||
		echo "Bail out! init failed"
	postgres_sql centre "CREATE ROLE reader LOGIN IN ROLE lastwords_reader"
	log='[    5.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008
[    5.000002] Oops: 0000 [#1] PREEMPT SMP
[    5.000003] CPU: 1 PID: 31 Comm: lab Tainted: G W 6.1.0-56 #1
[    5.000004] RIP: 0010:lab_one.isra.0+0x5/0x10 [lab]
[    5.000005] Call Trace:'
	half1=$(printf '%s\n' "$log" | head -n 2 | blob) half2=$(printf '%s\n' "$log" | tail -n 3 | blob)
	summary=$(printf '%s\n' 'lastwords-autopsy 1' 'summary' '  CPU 1 was in lab_one.' | blob)
	other=$(printf '%s\n' '[    1.000000] the other server has this' | blob)
	damaged=28b52ffd00
	postgres_ask centre lastwords <<END
SET search_path = lastwords;
INSERT INTO server (id, role, name, web) VALUES (decode(repeat('01', 16), 'hex'), 'room1', 'boot1', 'http://boot1:8081/'),
	(decode(repeat('02', 16), 'hex'), 'room2', 'boot2', '');
INSERT INTO session (id, booted, mac, profile, server, served, product, boot_address, serial, armed, running, up, captured) VALUES
	('$first', '2026-11-21 09:36:12.123Z', '52:54:00:aa:00:01', 'lab', 1, true, E'x\\'; DROP TABLE session; --\\x1b[31m', '10.0.0.1', 'S1',
		'2026-11-21 09:36:19Z', '2026-11-21 09:36:20Z', '2026-11-21 09:36:19Z', '2026-11-21 09:36:30Z'),
	('$second', '2026-11-21 10:00:00Z', '52:54:00:aa:00:02', 'lab', 2, true, '100% _', '10.0.0.2', 'S2', NULL, NULL, NULL, NULL);
INSERT INTO machine SELECT mac, id, booted FROM session;
INSERT INTO event VALUES (1, 1, '2026-11-21 09:36:12.123Z', 'requested', '$first', 'product=x profile=lab'),
	(2, 7, '2026-11-21 09:36:30Z', 'uploaded', '$first', 'file=dmesg.txt bytes=1 channel=http'),
	(1, 2, '2026-11-21 11:00:00Z', 'started', NULL, 'version=1');
INSERT INTO crash (session, booted, mac, time, up, profile, product, kernel, server, version, signature, title, class, function,
		release, by_http, meta, report, words) VALUES
	('$first', '2026-11-21 09:36:12.123Z', '52:54:00:aa:00:01', '2026-11-21 09:36:30Z', '2026-11-21 09:36:19Z', 'lab', 'x', '6.1.0-56',
		1, 1, 'be47e0ac13ea7614', 'NULL pointer dereference in lab_one', 'NULL pointer dereference', 'lab_one.isra.0',
		'6.1.0-56', true, E'title=NULL pointer dereference in lab_one\\npid=31\\n', '',
		\$\$'null':1 'lab_one.isra.0':9 '0x5':10 '0x10':11\$\$);
INSERT INTO blob (sha256, data) SELECT sha256(d), d FROM (VALUES (decode('$half1', 'hex')), (decode('$half2', 'hex')),
	(decode('$summary', 'hex')), (decode('$other', 'hex')), (decode('$damaged', 'hex'))) v (d);
INSERT INTO file (session, booted, server, name, size, sha256, parts, stored) SELECT '$first', '2026-11-21 09:36:12.123Z', n, name, 1,
	sha256(name::bytea || n::text::bytea), ARRAY (SELECT sha256(decode(p, 'hex')) FROM unnest(parts) p), now()
	FROM (VALUES (1, 'dmesg.txt', ARRAY['$half1', '$half2']), (1, 'autopsy.txt', ARRAY['$summary']),
		(2, 'dmesg.txt', ARRAY['$other']), (2, '../../../escaped', ARRAY['$other']), (2, 'keep', ARRAY['$other']),
		(1, 'console.log', ARRAY['$damaged'])) v (n, name, parts);
END
}
