-- SPDX-License-Identifier: MIT
-- The central database, upgrade 2: batches cost less, and "pruned" may come before a session's other lines.
--
-- A session has a row as soon as any line of it is here, so that the order of lines does not matter: "pruned" alone has
-- when it came up and ended, its kernel and product. The row of a machine is locked before its sessions: what two
-- servers say of one machine at the same time ends its sessions as if it had come one after the other. Machines that
-- have no other session, the most of a first day, need no look at others.

DROP FUNCTION put_sessions;

-- What a batch says of sessions: arrays of one length, a session at most once; NULL: nothing.
CREATE FUNCTION put_sessions(p_server int, s_id text[], s_booted timestamptz[], s_mac text[], s_profile text[],
	s_served boolean[], s_product text[], s_boot_address text[], s_address text[], s_serial text[], s_asset text[],
	s_why text[], s_kernel text[], s_not_armed timestamptz[], s_armed timestamptz[], s_running timestamptz[],
	s_up timestamptz[], s_died timestamptz[], s_captured timestamptz[], s_stalled timestamptz[],
	s_no_capture timestamptz[], s_pruned timestamptz[], s_packets bigint[], s_lines bigint[], s_bytes bigint[], s_lost bigint[],
	s_truncated bigint[], s_late bigint[], s_duplicates bigint[], s_wanted boolean[], s_ended timestamptz[])
	RETURNS void LANGUAGE plpgsql
	SET search_path = lastwords, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
	ahead timestamptz := now() + interval '1 day';
	alone int; -- machines of which nothing was here
	crashed text[];
BEGIN
	-- (it would be a second row of another session)
	IF EXISTS (SELECT FROM unnest(s_id, s_booted, s_mac) AS s (id, booted, mac) WHERE substr(id, 1, 12) <> replace(mac, ':', '')
		OR substr(id, 14, 18) <> to_char(booted AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISSMS')) THEN
		RAISE EXCEPTION 'a session is not of that machine and time' USING ERRCODE = 'data_exception';
	END IF;
	-- The newest of each machine; one of a clock that is a day ahead only if there is no other.
	INSERT INTO machine SELECT DISTINCT ON (mac) mac, id, booted
		FROM unnest(s_id, s_booted, s_mac) AS s (id, booted, mac) ORDER BY mac, booted > ahead, booted DESC
		ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS alone = ROW_COUNT;
	IF alone < cardinality(s_id) THEN
		INSERT INTO machine AS m SELECT DISTINCT ON (mac) mac, id, booted
			FROM unnest(s_id, s_booted, s_mac) AS s (id, booted, mac) ORDER BY mac, booted > ahead, booted DESC
			ON CONFLICT (mac) DO UPDATE SET session = excluded.session, booted = excluded.booted
				WHERE excluded.booted <= ahead AND (excluded.booted > m.booted OR m.booted > ahead);
	END IF;
	WITH put AS (INSERT INTO session AS o (id, booted, mac, profile, server, served, product, boot_address, address, serial, asset,
			why, kernel, not_armed, armed, running, up, died, captured, ended, stalled, no_capture, pruned, packets, lines,
			bytes, lost, truncated, late, duplicates)
		SELECT id, booted, mac, profile, p_server, coalesce(served, false), coalesce(product, ''), coalesce(boot_address, ''),
			coalesce(address, ''), coalesce(serial, ''), coalesce(asset, ''), coalesce(why, ''), coalesce(kernel, ''),
			not_armed, armed, running, up, died, captured, ended, stalled, no_capture, pruned, coalesce(packets, 0),
			coalesce(lines, 0), coalesce(bytes, 0), coalesce(lost, 0), coalesce(truncated, 0), coalesce(late, 0),
			coalesce(duplicates, 0)
		FROM unnest(s_id, s_booted, s_mac, s_profile, s_served, s_product, s_boot_address, s_address, s_serial, s_asset,
			s_why, s_kernel, s_not_armed, s_armed, s_running, s_up, s_died, s_captured, s_ended, s_stalled, s_no_capture,
			s_pruned, s_packets, s_lines, s_bytes, s_lost, s_truncated, s_late, s_duplicates)
			AS s (id, booted, mac, profile, served, product, boot_address, address, serial, asset, why, kernel, not_armed,
			armed, running, up, died, captured, ended, stalled, no_capture, pruned, packets, lines, bytes, lost, truncated,
			late, duplicates)
		ORDER BY id
		ON CONFLICT (id, booted) DO UPDATE SET
			server = CASE WHEN excluded.served THEN excluded.server ELSE o.server END,
			served = o.served OR excluded.served,
			product = greatest(o.product, excluded.product),
			boot_address = greatest(o.boot_address, excluded.boot_address),
			address = greatest(o.address, excluded.address),
			serial = greatest(o.serial, excluded.serial),
			asset = greatest(o.asset, excluded.asset),
			why = CASE WHEN excluded.not_armed > o.not_armed OR o.not_armed IS NULL
					THEN coalesce(nullif(excluded.why, ''), o.why)
				WHEN excluded.not_armed = o.not_armed THEN greatest(o.why, excluded.why) ELSE o.why END,
			kernel = greatest(o.kernel, excluded.kernel),
			not_armed = greatest(o.not_armed, excluded.not_armed),
			armed = greatest(o.armed, excluded.armed),
			running = least(o.running, excluded.running),
			up = least(o.up, excluded.up),
			died = least(o.died, excluded.died),
			captured = least(o.captured, excluded.captured),
			ended = least(o.ended, excluded.ended),
			stalled = least(o.stalled, excluded.stalled),
			no_capture = least(o.no_capture, excluded.no_capture),
			pruned = greatest(o.pruned, excluded.pruned),
			packets = greatest(o.packets, excluded.packets),
			lines = greatest(o.lines, excluded.lines),
			bytes = greatest(o.bytes, excluded.bytes),
			lost = greatest(o.lost, excluded.lost),
			truncated = greatest(o.truncated, excluded.truncated),
			late = greatest(o.late, excluded.late),
			duplicates = greatest(o.duplicates, excluded.duplicates)
		RETURNING id, died, captured)
	SELECT array_agg(id) INTO crashed FROM put WHERE died IS NOT NULL OR captured IS NOT NULL;
	IF alone < cardinality(s_id) THEN
		-- Came up: the sessions since the one before that came up have ended.
		UPDATE session o SET ended = least(o.ended, x.up) FROM (
			SELECT o.id, o.booted, min(s.up) AS up FROM unnest(s_id, s_booted, s_mac, s_up) AS s (id, booted, mac, up)
				CROSS JOIN LATERAL (SELECT coalesce((SELECT p.booted FROM session p WHERE p.mac = s.mac
					AND p.booted < s.booted AND p.up <= s.up ORDER BY p.booted DESC LIMIT 1), '-infinity') AS since) p
				JOIN session o ON o.mac = s.mac AND o.booted >= p.since AND o.booted < s.booted
			WHERE s.up IS NOT NULL AND (o.ended IS NULL OR o.ended > s.up) GROUP BY 1, 2 ORDER BY 1) x
			WHERE o.id = x.id AND o.booted = x.booted;
		-- Came late: those that came up after it have ended it.
		UPDATE session o SET ended = x.up FROM (
			SELECT s.id, s.booted, n.up FROM unnest(s_id, s_booted, s_mac) AS s (id, booted, mac)
				JOIN machine m ON m.mac = s.mac AND m.booted > s.booted
				CROSS JOIN LATERAL (SELECT n.up FROM session n WHERE n.mac = s.mac AND n.booted > s.booted
					AND n.booted <= ahead AND n.up IS NOT NULL ORDER BY n.booted LIMIT 1) n) x
			WHERE o.id = x.id AND o.booted = x.booted AND (o.ended IS NULL OR o.ended > x.up);
	END IF;
	-- Crashed, now or before.
	IF crashed IS NOT NULL THEN
		INSERT INTO crash AS c (session, booted, mac, time, up, profile, product, kernel, release)
			SELECT o.id, o.booted, o.mac, coalesce(o.died, o.captured), o.up, o.profile, o.product, o.kernel, o.kernel
			FROM unnest(s_id, s_booted) AS s (id, booted)
			JOIN session o ON o.id = s.id AND o.booted = s.booted
			WHERE s.id = ANY (crashed) ORDER BY o.id
			ON CONFLICT (session, booted) DO UPDATE SET time = excluded.time, up = excluded.up,
				product = excluded.product, kernel = excluded.kernel,
				release = CASE WHEN c.release IN ('', c.kernel) THEN excluded.kernel ELSE c.release END
				WHERE (c.time, c.up, c.product, c.kernel) IS DISTINCT FROM
					(excluded.time, excluded.up, excluded.product, excluded.kernel);
	END IF;
	IF true = ANY (s_wanted) THEN
		INSERT INTO wanted AS w (server, session, booted, since)
			SELECT v.server, s.id, s.booted, clock_timestamp()
			FROM unnest(s_id, s_booted, s_wanted) AS s (id, booted, wanted)
			JOIN session o ON o.id = s.id AND o.booted = s.booted
			CROSS JOIN LATERAL (SELECT p_server UNION SELECT o.server) AS v (server)
			WHERE s.wanted ORDER BY 1, 2
			ON CONFLICT (server, session) DO UPDATE SET since = excluded.since, tries = 0;
	END IF;
END $$;

-- A session changes some times in its first minutes, and once more when it has ended: with room on its page none of its
-- indexes change.
DO $$
DECLARE
	t name;
BEGIN
	FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'lastwords'::regnamespace AND relkind = 'r'
		AND relname ~ '^session_([0-9_]{7}|other)$' LOOP
		EXECUTE format('ALTER TABLE lastwords.%I SET (fillfactor = 70)', t);
	END LOOP;
END $$;

-- Makes the partitions of one month. What is in DEFAULT of that month moves into them.
CREATE OR REPLACE FUNCTION make_month(month timestamptz) RETURNS void LANGUAGE plpgsql
	SET search_path = lastwords, pg_temp AS $$
DECLARE
	first timestamptz := date_trunc('month', month, 'UTC');
	after timestamptz := (date_trunc('month', month AT TIME ZONE 'UTC') + '1 month') AT TIME ZONE 'UTC';
	part record;
	name text;
BEGIN
	FOR part IN SELECT * FROM (VALUES ('event', 'time'), ('session', 'booted'), ('crash', 'booted'),
		('counter', 'time')) AS v (parent, col) LOOP
		name := part.parent || to_char(first AT TIME ZONE 'UTC', '_YYYY_MM');
		CONTINUE WHEN to_regclass('lastwords.' || quote_ident(name)) IS NOT NULL;
		EXECUTE format('CREATE TABLE lastwords.%I (LIKE lastwords.%I INCLUDING ALL) WITH (fillfactor = %s)', name, part.parent,
			CASE part.parent WHEN 'session' THEN 70 ELSE 100 END);
		EXECUTE format('WITH gone AS (DELETE FROM lastwords.%I WHERE %I >= $1 AND %I < $2 RETURNING *) '
			'INSERT INTO lastwords.%I SELECT * FROM gone', part.parent || '_other', part.col, part.col, name)
			USING first, after;
		EXECUTE format('ALTER TABLE lastwords.%I ATTACH PARTITION lastwords.%I FOR VALUES FROM (%L) TO (%L)',
			part.parent, name, first, after);
		EXECUTE format('ALTER TABLE lastwords.%I ENABLE ROW LEVEL SECURITY', name);
	END LOOP;
END $$;

-- A batch: as put_events (001.sql), and when sessions ended that are known by "pruned".
CREATE FUNCTION put_batch(p_server int, p_from bigint, p_to bigint, p_hash bytea, p_last bigint, p_lag interval,
	e_number bigint[], e_time timestamptz[], e_event text[], e_session text[], e_pairs text[],
	s_id text[], s_booted timestamptz[], s_mac text[], s_profile text[], s_served boolean[], s_product text[],
	s_boot_address text[], s_address text[], s_serial text[], s_asset text[], s_why text[], s_kernel text[],
	s_not_armed timestamptz[], s_armed timestamptz[], s_running timestamptz[], s_up timestamptz[],
	s_died timestamptz[], s_captured timestamptz[], s_stalled timestamptz[], s_no_capture timestamptz[],
	s_pruned timestamptz[], s_packets bigint[], s_lines bigint[], s_bytes bigint[], s_lost bigint[],
	s_truncated bigint[], s_late bigint[], s_duplicates bigint[], s_wanted boolean[],
	s_ended timestamptz[])
	RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = lastwords, pg_temp AS $$
DECLARE
	me server := me(p_server);
	fresh int;
BEGIN
	IF p_from <> me.cursor THEN
		RAISE EXCEPTION 'the cursor is at %', me.cursor USING ERRCODE = 'LW005';
	END IF;
	-- After the cursor none of them is here, and a plain INSERT costs a third less. (But a person may set it back.)
	BEGIN
		IF (SELECT min(n) > me.cursor FROM unnest(e_number) n) THEN
			INSERT INTO event SELECT p_server, * FROM unnest(e_number, e_time, e_event, e_session, e_pairs);
			GET DIAGNOSTICS fresh = ROW_COUNT;
		END IF;
	EXCEPTION WHEN unique_violation THEN
		fresh := NULL;
	END;
	IF fresh IS NULL THEN
		INSERT INTO event SELECT p_server, * FROM unnest(e_number, e_time, e_event, e_session, e_pairs)
			ON CONFLICT DO NOTHING;
		GET DIAGNOSTICS fresh = ROW_COUNT;
	END IF;
	IF cardinality(s_id) > 0 THEN
		PERFORM put_sessions(p_server, s_id, s_booted, s_mac, s_profile, s_served, s_product, s_boot_address, s_address,
			s_serial, s_asset, s_why, s_kernel, s_not_armed, s_armed, s_running, s_up, s_died, s_captured, s_stalled,
			s_no_capture, s_pruned, s_packets, s_lines, s_bytes, s_lost, s_truncated, s_late, s_duplicates, s_wanted, s_ended);
	END IF;
	UPDATE server SET cursor = coalesce(p_to, cursor), cursor_hash = coalesce(p_hash, cursor_hash),
		last = greatest(last, p_last), lag = coalesce(p_lag, lag), last_seen = now() WHERE n = p_server;
	IF fresh > 0 AND p_to IS NOT NULL THEN
		PERFORM pg_notify('lastwords', p_server::text);
	END IF;
	RETURN fresh;
END $$;

-- put_batch for relays that know upgrade 1 only.
CREATE OR REPLACE FUNCTION put_events(p_server int, p_from bigint, p_to bigint, p_hash bytea, p_last bigint, p_lag interval,
	e_number bigint[], e_time timestamptz[], e_event text[], e_session text[], e_pairs text[],
	s_id text[], s_booted timestamptz[], s_mac text[], s_profile text[], s_served boolean[], s_product text[],
	s_boot_address text[], s_address text[], s_serial text[], s_asset text[], s_why text[], s_kernel text[],
	s_not_armed timestamptz[], s_armed timestamptz[], s_running timestamptz[], s_up timestamptz[],
	s_died timestamptz[], s_captured timestamptz[], s_stalled timestamptz[], s_no_capture timestamptz[],
	s_pruned timestamptz[], s_packets bigint[], s_lines bigint[], s_bytes bigint[], s_lost bigint[],
	s_truncated bigint[], s_late bigint[], s_duplicates bigint[], s_wanted boolean[])
	RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = lastwords, pg_temp AS $$
	SELECT put_batch(p_server, p_from, p_to, p_hash, p_last, p_lag, e_number, e_time, e_event, e_session, e_pairs, s_id,
		s_booted, s_mac, s_profile, s_served, s_product, s_boot_address, s_address, s_serial, s_asset, s_why, s_kernel,
		s_not_armed, s_armed, s_running, s_up, s_died, s_captured, s_stalled, s_no_capture, s_pruned, s_packets, s_lines,
		s_bytes, s_lost, s_truncated, s_late, s_duplicates, s_wanted, NULL)
$$;

-- One UPDATE, so that the summaries are made once.
CREATE OR REPLACE FUNCTION put_crash(p_server int, p_session text, p_booted timestamptz, p_facts jsonb, p_meta text, p_report text,
	p_words tsvector) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = lastwords, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
	f crash := jsonb_populate_record(NULL::crash, p_facts);
BEGIN
	PERFORM me(p_server);
	INSERT INTO crash (session, booted, mac, time, up, profile, product, kernel)
		SELECT id, booted, mac, coalesce(died, captured, f.time, booted), up, profile, product, kernel FROM session
		WHERE id = p_session AND booted = p_booted
		ON CONFLICT DO NOTHING;
	UPDATE crash c SET server = p_server, version = f.version, signature = coalesce(f.signature, ''),
		title = coalesce(f.title, ''), class = coalesce(f.class, ''), function = coalesce(f.function, ''),
		release = coalesce(nullif(f.release, ''), c.kernel), taint = coalesce(f.taint, ''),
		hardware = coalesce(f.hardware, ''), modules = coalesce(f.modules, ''), task = coalesce(f.task, ''),
		severity = coalesce(f.severity, ''), cpu = coalesce(f.cpu, -1), meta = left(p_meta, 8192),
		report = left(p_report, 16384), words = p_words, by_http = c.by_http OR f.by_http,
		by_netconsole = c.by_netconsole OR f.by_netconsole, by_console = c.by_console OR f.by_console,
		by_pstore = c.by_pstore OR f.by_pstore
		WHERE session = p_session AND booted = p_booted AND (c.server IS NULL OR c.server = p_server OR
			(f.by_http, f.title <> '', f.version, -p_server) > (c.by_http, c.title <> '', c.version, -c.server));
	IF NOT FOUND THEN
		UPDATE crash c SET by_http = c.by_http OR f.by_http, by_netconsole = c.by_netconsole OR f.by_netconsole,
			by_console = c.by_console OR f.by_console, by_pstore = c.by_pstore OR f.by_pstore
			WHERE session = p_session AND booted = p_booted;
	END IF;
END $$;

-- (pg_stat_activity is a join of many catalogs, which a new connection has to read)
CREATE OR REPLACE FUNCTION hello(p_id bytea, p_name text, p_web text, p_key bytea, p_program text, p_now timestamptz, p_report int)
	RETURNS server LANGUAGE plpgsql SECURITY DEFINER SET search_path = lastwords, pg_temp AS $$
DECLARE
	me server;
BEGIN
	IF (SELECT count(*) FROM server WHERE role = session_user AND id <> p_id) >= 16 THEN
		RAISE EXCEPTION 'role % has 16 other servers already', session_user USING ERRCODE = 'LW003';
	END IF;
	-- (who has the password of a stolen server's role must not come back under another id)
	IF NOT EXISTS (SELECT FROM server WHERE id = p_id)
		AND EXISTS (SELECT FROM server WHERE role = session_user AND revoked IS NOT NULL) THEN
		RAISE EXCEPTION 'role % has a server that was revoked', session_user USING ERRCODE = 'LW002';
	END IF;
	INSERT INTO server (id, role) VALUES (p_id, session_user) ON CONFLICT (id) DO NOTHING;
	SELECT * INTO me FROM server WHERE id = p_id FOR NO KEY UPDATE;
	IF me.role <> session_user THEN
		RAISE EXCEPTION 'this server''s id belongs to role %', me.role USING ERRCODE = 'LW001';
	ELSIF me.revoked IS NOT NULL THEN
		RAISE EXCEPTION 'this server was revoked' USING ERRCODE = 'LW002';
	ELSIF me.holder <> pg_backend_pid() AND EXISTS (SELECT FROM pg_stat_get_activity(me.holder)
		WHERE usesysid = quote_ident(session_user)::regrole
		AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())) THEN
		RAISE EXCEPTION 'another connection with this server''s id is open' USING ERRCODE = 'LW004',
			DETAIL = format('process %s of the database, from %s', me.holder, coalesce(me.name, ''));
	END IF;
	UPDATE server SET holder = pg_backend_pid(), name = left(p_name, 255), web = left(p_web, 1024), key = coalesce(p_key, key),
		program = left(p_program, 64), last_seen = now(), skew = p_now - clock_timestamp(),
		report_version = greatest(report_version, p_report)
		WHERE n = me.n;
	IF p_report > me.report_version AND me.report_version > 0 THEN
		INSERT INTO wanted (server, session, booted, since)
			SELECT c.server, c.session, c.booted, now() FROM crash c WHERE c.server = me.n AND c.version < p_report
			ON CONFLICT (server, session) DO UPDATE SET since = excluded.since, tries = 0;
	END IF;
	SELECT * INTO me FROM server WHERE n = me.n;
	RETURN me;
END $$;

