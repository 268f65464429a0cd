-- SPDX-License-Identifier: MIT
-- The central database, upgrade 1: everything. Run by `lastwords central init|upgrade` (../schema.c), in one
-- transaction, as role lastwords_owner, with search_path = lastwords and the schema of pg_trgm.
--
-- SERVERS never touch tables. They call the functions at the end, which run as the owner, take the server from the
-- caller's login role, and refuse everybody else's. Row-level security is the second wall, should somebody grant too
-- much. READERS (lastwords_reader; servers are readers too) only select.
--
-- TRUTH. An event is a journal line of one server: its key is (server, number), where a number that is negative is a
-- hash of a line without a number. Events never change. Sessions and crashes are computed from the union of all
-- servers' events by operations that commute and may be repeated (least, greatest, "if empty"), so neither order nor
-- repetition matters. The cursor, the last number that is here, changes in the same transaction as the events.
--
-- TIME is each server's own clock; server.skew says how far it is off. event, session, crash, counter are partitioned
-- by month; what fits into no month (a wrong clock) is in the DEFAULT partition. Texts that are keys or are searched by
-- their beginning have byte order (COLLATE "C"), whatever the database's is.

CREATE TABLE centre (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	version int NOT NULL,
	keep_months int NOT NULL DEFAULT 0, -- 0: forever
	checked timestamptz NOT NULL DEFAULT '-infinity' -- when ensure_months() last ran
);
INSERT INTO centre (version) VALUES (0);

CREATE TABLE server (
	n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id bytea NOT NULL UNIQUE CHECK (length(id) = 16), -- STATE/server.id
	role name NOT NULL, -- the login role that first used the id
	name text NOT NULL DEFAULT '', -- its host name
	web text NOT NULL DEFAULT '', -- the address of its pages, '' none
	key bytea CHECK (length(key) = 32), -- Ed25519 public key
	program text NOT NULL DEFAULT '', -- version of its relay
	first_seen timestamptz NOT NULL DEFAULT now(),
	last_seen timestamptz NOT NULL DEFAULT now(),
	skew interval NOT NULL DEFAULT '0', -- its clock minus ours, at the last hello
	cursor bigint NOT NULL DEFAULT 0,
	cursor_hash bytea, -- SHA-256 of the line with that number: a clone has another one
	last bigint NOT NULL DEFAULT 0, -- the newest number in its journal, as it reported last
	lag interval NOT NULL DEFAULT '0', -- age of its oldest event that is not here, as it reported last
	history text NOT NULL DEFAULT '', -- the oldest journal file whose lines without a number are all here
	history_done boolean NOT NULL DEFAULT false,
	report_version int NOT NULL DEFAULT 0, -- of the algorithm that its crashes were last wanted for
	holder int NOT NULL DEFAULT 0, -- the process of the database that serves its connection
	revoked timestamptz
);

-- --- events ---------------------------------------------------------------------------------------

CREATE TABLE event (
	server int NOT NULL,
	number bigint NOT NULL,
	time timestamptz NOT NULL,
	event text COLLATE "C" NOT NULL,
	session text COLLATE "C", -- NULL: of no session
	pairs text COMPRESSION lz4 NOT NULL, -- as in the journal: key=value …
	PRIMARY KEY (server, number, time)
) PARTITION BY RANGE (time);
CREATE INDEX event_session ON event USING hash (session) WHERE session IS NOT NULL;
CREATE INDEX event_time ON event (time);
-- the rare ones: WHERE event = 'power' (a literal) finds this index, others are near in event_time
CREATE INDEX event_name ON event (event, time)
	WHERE event NOT IN ('requested', 'armed', 'bound', 'running', 'ended', 'uploaded');

-- --- sessions -------------------------------------------------------------------------------------

-- Times NULL: not (yet). Texts '': unknown. Which state follows from them is the index's rule (server/store).
CREATE TABLE session (
	id text COLLATE "C" NOT NULL,
	booted timestamptz NOT NULL, -- the time in the id
	mac text COLLATE "C" NOT NULL, -- "52:54:00:a1:b2:c3"
	profile text COLLATE "C" NOT NULL,
	server int NOT NULL, -- that served the script, if served; else one that has an event of it
	served boolean NOT NULL,
	product text COLLATE "C" NOT NULL DEFAULT '',
	boot_address text COLLATE "C" NOT NULL DEFAULT '', -- of the request
	address text COLLATE "C" NOT NULL DEFAULT '', -- of the running system; '': boot_address counts
	serial text COLLATE "C" NOT NULL DEFAULT '',
	asset text COLLATE "C" NOT NULL DEFAULT '',
	why text NOT NULL DEFAULT '',
	kernel text COLLATE "C" NOT NULL DEFAULT '',
	not_armed timestamptz,
	armed timestamptz,
	running timestamptz,
	up timestamptz, -- first armed or running
	died timestamptz,
	captured timestamptz,
	ended timestamptz, -- when the machine's next session came up, on whatever server
	stalled timestamptz,
	no_capture timestamptz,
	pruned timestamptz, -- its server has removed its files
	packets bigint NOT NULL DEFAULT 0,
	lines bigint NOT NULL DEFAULT 0,
	bytes bigint NOT NULL DEFAULT 0,
	lost bigint NOT NULL DEFAULT 0,
	truncated bigint NOT NULL DEFAULT 0,
	late bigint NOT NULL DEFAULT 0,
	duplicates bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (id, booted)
) PARTITION BY RANGE (booted);
CREATE INDEX session_booted ON session (booted);
CREATE INDEX session_mac ON session (mac, booted);

-- The newest session of each machine.
CREATE TABLE machine (
	mac text COLLATE "C" PRIMARY KEY,
	session text COLLATE "C" NOT NULL,
	booted timestamptz NOT NULL
) WITH (fillfactor = 80);

-- --- crashes --------------------------------------------------------------------------------------

-- A row of each session that died or has an upload. The facts are of one server's record (put_crash).
CREATE TABLE crash (
	session text COLLATE "C" NOT NULL,
	booted timestamptz NOT NULL,
	mac text COLLATE "C" NOT NULL,
	time timestamptz NOT NULL, -- of the death, else of the first upload, else when the record was made
	up timestamptz,
	profile text COLLATE "C" NOT NULL,
	product text COLLATE "C" NOT NULL DEFAULT '',
	kernel text COLLATE "C" NOT NULL DEFAULT '', -- as the session reported it
	server int, -- whose record gave what follows; NULL: none has come
	version int NOT NULL DEFAULT 0, -- of the algorithm (report.h)
	signature text COLLATE "C" NOT NULL CHECK (signature ~ '^([0-9a-f]{16})?$') DEFAULT '',
	title text COLLATE "C" NOT NULL DEFAULT '',
	class text COLLATE "C" NOT NULL DEFAULT '',
	function text COLLATE "C" NOT NULL DEFAULT '',
	release text COLLATE "C" NOT NULL DEFAULT '', -- the report's, else kernel
	taint text NOT NULL DEFAULT '',
	hardware text NOT NULL DEFAULT '',
	modules text NOT NULL DEFAULT '',
	task text NOT NULL DEFAULT '',
	severity text NOT NULL DEFAULT '',
	cpu int NOT NULL DEFAULT -1,
	by_http boolean NOT NULL DEFAULT false,
	by_netconsole boolean NOT NULL DEFAULT false,
	by_console boolean NOT NULL DEFAULT false,
	by_pstore boolean NOT NULL DEFAULT false,
	meta text COMPRESSION lz4 NOT NULL DEFAULT '', -- record.meta as it is there, at most 8 KB
	report text COMPRESSION lz4 NOT NULL DEFAULT '', -- its lines, at most 16 KB
	words tsvector, -- of title and report, made by the relay (store/words.h)
	PRIMARY KEY (session, booted)
) PARTITION BY RANGE (booted);
CREATE INDEX crash_time ON crash (time);
CREATE INDEX crash_signature ON crash (signature, time DESC);
CREATE INDEX crash_mac ON crash (mac);
CREATE INDEX crash_words ON crash USING gin (words);
CREATE INDEX crash_text ON crash
	USING gin (title gin_trgm_ops, function gin_trgm_ops, modules gin_trgm_ops);

-- The summaries of a signature ('': crashes without one), kept by triggers on crash (crash_summed).
CREATE TABLE crash_group (
	signature text COLLATE "C" PRIMARY KEY,
	title text COLLATE "C" NOT NULL DEFAULT '', -- of the newest crash, as class and function
	class text COLLATE "C" NOT NULL DEFAULT '',
	function text COLLATE "C" NOT NULL DEFAULT '',
	count bigint NOT NULL DEFAULT 0,
	machines bigint NOT NULL DEFAULT 0,
	release_count int NOT NULL DEFAULT 0,
	first timestamptz,
	last timestamptz,
	newest text COLLATE "C" NOT NULL DEFAULT '', -- the session of the newest crash
	-- Sum over its machines of weight(last crash). The impact at time t is impact / weight(t).
	impact double precision NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE TABLE group_machine (
	signature text COLLATE "C" NOT NULL,
	mac text COLLATE "C" NOT NULL,
	count bigint NOT NULL,
	last timestamptz NOT NULL,
	PRIMARY KEY (signature, mac)
) WITH (fillfactor = 80);
CREATE TABLE group_release (
	signature text COLLATE "C" NOT NULL,
	release text COLLATE "C" NOT NULL,
	count bigint NOT NULL,
	last timestamptz NOT NULL,
	PRIMARY KEY (signature, release)
) WITH (fillfactor = 80);
CREATE TABLE group_day (
	signature text COLLATE "C" NOT NULL,
	day date NOT NULL, -- UTC
	count bigint NOT NULL,
	PRIMARY KEY (signature, day)
) WITH (fillfactor = 80);

-- 2 ^ ((t - epoch) / 7 days), within what a double holds
CREATE FUNCTION weight(t timestamptz) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS $$ SELECT power(2.0::double precision, least(1000, greatest(-1000,
		extract(epoch FROM t - '2026-01-01 00:00:00+00'::timestamptz)::double precision / 604800))) $$;

-- --- files ----------------------------------------------------------------------------------------

-- A part of a file, at most 1 MB of it, as a zstd frame of its own; its name is its own hash, so nobody can put other
-- bytes under it. A file is its parts one after the other.
CREATE TABLE blob (
	sha256 bytea PRIMARY KEY,
	stored timestamptz NOT NULL DEFAULT now(),
	data bytea NOT NULL,
	CHECK (sha256 = sha256(data))
);
ALTER TABLE blob ALTER data SET STORAGE EXTERNAL;

-- What a server has of a crashed session; the names are those in the session's directory.
CREATE TABLE file (
	session text COLLATE "C" NOT NULL,
	booted timestamptz NOT NULL,
	server int NOT NULL REFERENCES server (n),
	name text COLLATE "C" NOT NULL,
	size bigint NOT NULL, -- bytes of the file
	sha256 bytea NOT NULL, -- of the whole file
	cut bigint NOT NULL DEFAULT 0, -- bytes at its beginning that were not sent
	parts bytea[] NOT NULL, -- blob.sha256
	stored timestamptz NOT NULL, -- modified there
	PRIMARY KEY (session, server, name)
);
CREATE INDEX file_parts ON file USING gin (parts); -- which blobs are needed
CREATE INDEX file_booted ON file (booted);

-- Sessions of which the centre wants files, record and crash. since: of the news; one that is newer stays wanted.
CREATE TABLE wanted (
	server int NOT NULL REFERENCES server (n),
	session text COLLATE "C" NOT NULL,
	booted timestamptz NOT NULL,
	since timestamptz NOT NULL,
	tries int NOT NULL DEFAULT 0,
	PRIMARY KEY (server, session)
);
CREATE INDEX wanted_since ON wanted (server, tries, since);

-- --- what people set, and counters ----------------------------------------------------------------

-- All that was said, of which the last (by time, server, number) counts: setting_now. kind: triage (key: a signature;
-- what and value as in the journal), override (key: a MAC; value: the pairs), keep (key: a session).
CREATE TABLE setting (
	kind text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	what text COLLATE "C" NOT NULL,
	value text NOT NULL,
	by text NOT NULL,
	time timestamptz NOT NULL,
	server int NOT NULL,
	number bigint NOT NULL,
	PRIMARY KEY (kind, key, what, time, server, number)
);
CREATE VIEW setting_now AS
	SELECT DISTINCT ON (kind, key, what) * FROM setting
	ORDER BY kind, key, what, time DESC, server DESC, number DESC;

CREATE TABLE counter (
	server int NOT NULL,
	time timestamptz NOT NULL,
	values jsonb NOT NULL,
	PRIMARY KEY (server, time)
) PARTITION BY RANGE (time);

-- --- months ---------------------------------------------------------------------------------------

CREATE TABLE event_other PARTITION OF event DEFAULT;
CREATE TABLE session_other PARTITION OF session DEFAULT;
CREATE TABLE crash_other PARTITION OF crash DEFAULT;
CREATE TABLE counter_other PARTITION OF counter DEFAULT;

-- Makes the partitions of one month. What is in DEFAULT of that month moves into them.
CREATE FUNCTION make_month(month timestamptz) RETURNS void LANGUAGE plpgsql AS $$
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
		EXECUTE format('CREATE TABLE lastwords.%I (LIKE lastwords.%I INCLUDING ALL)', name, part.parent);
		EXECUTE format('WITH gone AS (DELETE FROM lastwords.%I WHERE %I >= $1 AND %I < $2 RETURNING *) '
			'INSERT INTO lastwords.%I SELECT * FROM gone', part.parent || '_other', part.col, part.col, name)
			USING first, after;
		EXECUTE format('ALTER TABLE lastwords.%I ATTACH PARTITION lastwords.%I FOR VALUES FROM (%L) TO (%L)',
			part.parent, name, first, after);
		EXECUTE format('ALTER TABLE lastwords.%I ENABLE ROW LEVEL SECURITY', name);
	END LOOP;
END $$;

-- --- summaries ------------------------------------------------------------------------------------

CREATE TYPE crash_sum AS (signature text, mac text, release text, time timestamptz, sign int);

-- These crashes came (sign 1) or went (-1). What one signature costs does not depend on how many crashes it has.
-- Signatures are locked in one order, so that servers' batches do not wait for each other in a circle.
CREATE FUNCTION sum_crashes(sums crash_sum[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO crash_group (signature) SELECT DISTINCT signature FROM unnest(sums) ORDER BY 1
		ON CONFLICT DO NOTHING;
	PERFORM FROM crash_group WHERE signature IN (SELECT signature FROM unnest(sums)) ORDER BY signature FOR UPDATE;
	WITH touched AS (
		SELECT DISTINCT signature, mac FROM unnest(sums)
	), was AS (
		SELECT t.signature, t.mac, g.count, g.last FROM touched t LEFT JOIN group_machine g USING (signature, mac)
	), now AS (
		SELECT w.*, c.n, c.t FROM was w CROSS JOIN LATERAL (SELECT count(*) AS n, max(c.time) AS t
			FROM crash c WHERE c.mac = w.mac AND c.signature = w.signature) c
	), put AS (
		INSERT INTO group_machine SELECT signature, mac, n, t FROM now WHERE n > 0
		ON CONFLICT (signature, mac) DO UPDATE SET count = excluded.count, last = excluded.last
	), gone AS (
		DELETE FROM group_machine g USING now n WHERE g.signature = n.signature AND g.mac = n.mac AND n.n = 0
	)
	UPDATE crash_group g SET count = g.count + d.count, machines = g.machines + d.machines,
		impact = greatest(0, g.impact + d.impact)
	FROM (SELECT signature, sum(n - coalesce(count, 0)) AS count,
			sum((n > 0)::int - (count IS NOT NULL)::int) AS machines,
			sum(coalesce(weight(t), 0) - coalesce(weight(last), 0)) AS impact
		FROM now GROUP BY signature) d
	WHERE g.signature = d.signature;
	INSERT INTO group_release AS g
		SELECT signature, release, sum(sign), max(time) FROM unnest(sums) GROUP BY 1, 2
		HAVING bool_or(sign > 0) OR sum(sign) <> 0
		ON CONFLICT (signature, release) DO UPDATE SET count = g.count + excluded.count,
			last = greatest(g.last, excluded.last);
	DELETE FROM group_release WHERE count <= 0 AND signature IN (SELECT signature FROM unnest(sums));
	INSERT INTO group_day AS g
		SELECT signature, (time AT TIME ZONE 'UTC')::date, sum(sign) FROM unnest(sums) GROUP BY 1, 2
		HAVING sum(sign) <> 0
		ON CONFLICT (signature, day) DO UPDATE SET count = g.count + excluded.count;
	DELETE FROM group_day WHERE count <= 0 AND signature IN (SELECT signature FROM unnest(sums));
	UPDATE crash_group g SET first = o.time, last = n.time, newest = n.session, title = n.title, class = n.class,
		function = n.function,
		release_count = (SELECT count(*) FROM group_release r WHERE r.signature = g.signature)
	FROM (SELECT DISTINCT signature FROM unnest(sums)) s
		CROSS JOIN LATERAL (SELECT time FROM crash c WHERE c.signature = s.signature ORDER BY time LIMIT 1) o
		CROSS JOIN LATERAL (SELECT time, session, title, class, function FROM crash c
			WHERE c.signature = s.signature ORDER BY time DESC LIMIT 1) n
	WHERE g.signature = s.signature;
	DELETE FROM crash_group WHERE count <= 0 AND signature IN (SELECT signature FROM unnest(sums));
END $$;

CREATE FUNCTION crash_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sum_crashes(s) FROM (SELECT array_agg((signature, mac, release, time, 1)::crash_sum) AS s
		FROM new_rows) x WHERE s IS NOT NULL;
	RETURN NULL;
END $$;
CREATE FUNCTION crash_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sum_crashes(s) FROM (SELECT array_agg((signature, mac, release, time, -1)::crash_sum) AS s
		FROM old_rows) x WHERE s IS NOT NULL;
	RETURN NULL;
END $$;
CREATE FUNCTION crash_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sum_crashes(s) FROM (SELECT array_agg((signature, mac, release, time, sign)::crash_sum) AS s FROM (
		SELECT o.signature, o.mac, o.release, o.time, -1 AS sign, o.session FROM old_rows o
		UNION ALL SELECT n.signature, n.mac, n.release, n.time, 1, n.session FROM new_rows n) b
		WHERE EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (session, booted) WHERE o.session = b.session
			AND (o.signature, o.mac, o.release, o.time, o.title) IS DISTINCT FROM
				(n.signature, n.mac, n.release, n.time, n.title))) x WHERE s IS NOT NULL;
	RETURN NULL;
END $$;
CREATE TRIGGER crash_inserted AFTER INSERT ON crash REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION crash_inserted();
CREATE TRIGGER crash_updated AFTER UPDATE ON crash REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION crash_updated();
CREATE TRIGGER crash_deleted AFTER DELETE ON crash REFERENCING OLD TABLE AS old_rows
	FOR EACH STATEMENT EXECUTE FUNCTION crash_deleted();

-- Makes the summaries of these signatures (NULL: all) anew, from all their crashes.
CREATE FUNCTION refresh_groups(signatures text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	LOCK TABLE crash_group IN SHARE ROW EXCLUSIVE MODE;
	DELETE FROM crash_group WHERE signatures IS NULL OR signature = ANY (signatures);
	DELETE FROM group_machine WHERE signatures IS NULL OR signature = ANY (signatures);
	DELETE FROM group_release WHERE signatures IS NULL OR signature = ANY (signatures);
	DELETE FROM group_day WHERE signatures IS NULL OR signature = ANY (signatures);
	INSERT INTO group_machine SELECT signature, mac, count(*), max(time) FROM crash
		WHERE signatures IS NULL OR signature = ANY (signatures) GROUP BY 1, 2;
	INSERT INTO group_release SELECT signature, release, count(*), max(time) FROM crash
		WHERE signatures IS NULL OR signature = ANY (signatures) GROUP BY 1, 2;
	INSERT INTO group_day SELECT signature, (time AT TIME ZONE 'UTC')::date, count(*) FROM crash
		WHERE signatures IS NULL OR signature = ANY (signatures) GROUP BY 1, 2;
	INSERT INTO crash_group SELECT s.signature, n.title, n.class, n.function, s.count, s.machines,
			(SELECT count(*) FROM group_release r WHERE r.signature = s.signature), o.time, n.time, n.session, s.impact
		FROM (SELECT signature, sum(count) AS count, count(*) AS machines, sum(weight(last)) AS impact
			FROM group_machine WHERE signatures IS NULL OR signature = ANY (signatures) GROUP BY 1) s
		CROSS JOIN LATERAL (SELECT time FROM crash c WHERE c.signature = s.signature ORDER BY time LIMIT 1) o
		CROSS JOIN LATERAL (SELECT time, session, title, class, function FROM crash c
			WHERE c.signature = s.signature ORDER BY time DESC LIMIT 1) n;
END $$;

-- --- what servers call ----------------------------------------------------------------------------

-- Refusals have an SQLSTATE: LW001 another role's id, LW002 revoked, LW003 too many ids, LW004 another connection of
-- this server, LW005 the cursor is elsewhere, LW006 a part is missing, LW007 no such row of this server.

-- Locks the caller's row, or refuses.
CREATE FUNCTION me(p_server int) RETURNS server LANGUAGE plpgsql AS $$
DECLARE
	me server;
BEGIN
	SELECT * INTO me FROM server WHERE n = p_server FOR NO KEY UPDATE;
	IF NOT FOUND OR me.role <> session_user THEN
		RAISE EXCEPTION 'server % is not of role %', p_server, session_user USING ERRCODE = 'LW001';
	ELSIF me.revoked IS NOT NULL THEN
		RAISE EXCEPTION 'this server was revoked' USING ERRCODE = 'LW002';
	ELSIF me.holder IS DISTINCT FROM pg_backend_pid() THEN
		RAISE EXCEPTION 'another connection of this server came later' USING ERRCODE = 'LW004';
	END IF;
	RETURN me;
END $$;

-- Makes next month's partitions, and removes what is older than keep_months; at most once an hour.
CREATE FUNCTION ensure_months() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	keep int;
	part record;
	cutoff timestamptz;
BEGIN
	UPDATE centre SET checked = now() WHERE checked < now() - interval '1 hour' OR checked > now()
		RETURNING keep_months INTO keep;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	FOR i IN -1 .. 1 LOOP
		PERFORM make_month(now() + make_interval(months => i));
	END LOOP;
	IF keep = 0 THEN
		RETURN;
	END IF;
	cutoff := (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => keep)) AT TIME ZONE 'UTC';
	DELETE FROM file WHERE booted < cutoff;
	DELETE FROM wanted WHERE booted < cutoff;
	DELETE FROM crash WHERE booted < cutoff;
	DELETE FROM session_other WHERE booted < cutoff;
	DELETE FROM event_other WHERE time < cutoff;
	DELETE FROM machine WHERE booted < cutoff;
	DELETE FROM blob b WHERE stored < now() - interval '1 day'
		AND NOT EXISTS (SELECT FROM file f WHERE f.parts @> ARRAY[b.sha256]);
	FOR part IN SELECT relname FROM pg_class WHERE relnamespace = 'lastwords'::regnamespace AND relkind = 'r'
		AND relname ~ '^(event|session|crash|counter)_[0-9]{4}_[0-9]{2}$'
		AND right(relname, 7) < to_char(cutoff AT TIME ZONE 'UTC', 'YYYY_MM') LOOP
		EXECUTE format('DROP TABLE lastwords.%I', part.relname);
	END LOOP;
END $$;

-- The first call of each connection. now: the server's clock. A new server, or one that is the caller's.
CREATE FUNCTION hello(p_id bytea, p_name text, p_web text, p_key bytea, p_program text, p_now timestamptz, p_report int)
	RETURNS server LANGUAGE plpgsql SECURITY DEFINER AS $$
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
	ELSIF me.holder <> pg_backend_pid() AND EXISTS (SELECT FROM pg_stat_activity
		WHERE pid = me.holder AND usename = session_user AND datname = current_database()) THEN
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

-- The partitions of months of which history is coming; not more than ten years of them.
CREATE FUNCTION want_month(p_server int, p_month timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM me(p_server);
	PERFORM ensure_months();
	IF p_month BETWEEN now() - interval '10 years' AND now() + interval '1 month' AND (p_month >
		now() - make_interval(months => (SELECT keep_months FROM centre)) OR (SELECT keep_months FROM centre) = 0) THEN
		PERFORM make_month(p_month);
	END IF;
END $$;

-- A batch: events (arrays of one length; session NULL: of none) and what they say of sessions (arrays of one length; a
-- session at most once; NULL: nothing), in one transaction with the cursor.
--   p_from, p_to  the cursor before and after; both NULL: history, which has no cursor
--   s_served      true: this server has its request; NULL: all that is known is that its files are removed
--   s_wanted      1: it crashed, or its logs are wanted
-- Returns how many events are new.
CREATE FUNCTION put_events(p_server int, p_from bigint, p_to bigint, p_hash bytea, p_last bigint, p_lag interval,
	e_number bigint[], e_time timestamptz[], e_event text[], e_session text[], e_pairs text[],
	s_id text[], s_booted timestamptz[], s_mac text[], s_profile text[], s_served boolean[], s_product text[],
	s_boot_address text[], s_address text[], s_serial text[], s_asset text[], s_why text[], s_kernel text[],
	s_not_armed timestamptz[], s_armed timestamptz[], s_running timestamptz[], s_up timestamptz[],
	s_died timestamptz[], s_captured timestamptz[], s_stalled timestamptz[], s_no_capture timestamptz[],
	s_pruned timestamptz[], s_packets bigint[], s_lines bigint[], s_bytes bigint[], s_lost bigint[],
	s_truncated bigint[], s_late bigint[], s_duplicates bigint[], s_wanted boolean[])
	RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$
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
			s_no_capture, s_pruned, s_packets, s_lines, s_bytes, s_lost, s_truncated, s_late, s_duplicates, s_wanted);
	END IF;
	UPDATE server SET cursor = coalesce(p_to, cursor), cursor_hash = coalesce(p_hash, cursor_hash),
		last = greatest(last, p_last), lag = coalesce(p_lag, lag), last_seen = now() WHERE n = p_server;
	IF fresh > 0 AND p_to IS NOT NULL THEN
		PERFORM pg_notify('lastwords', p_server::text);
	END IF;
	RETURN fresh;
END $$;

-- What a batch says of sessions. One row and one way to lock it for each session and machine, in order of the ids.
CREATE FUNCTION put_sessions(p_server int, s_id text[], s_booted timestamptz[], s_mac text[], s_profile text[],
	s_served boolean[], s_product text[], s_boot_address text[], s_address text[], s_serial text[], s_asset text[],
	s_why text[], s_kernel text[], s_not_armed timestamptz[], s_armed timestamptz[], s_running timestamptz[],
	s_up timestamptz[], s_died timestamptz[], s_captured timestamptz[], s_stalled timestamptz[],
	s_no_capture timestamptz[], s_pruned timestamptz[], s_packets bigint[], s_lines bigint[], s_bytes bigint[], s_lost bigint[],
	s_truncated bigint[], s_late bigint[], s_duplicates bigint[], s_wanted boolean[])
	RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	ahead timestamptz := now() + interval '1 day';
	crashed text[];
	older text[]; -- their machines have a newer session already
BEGIN
	-- (an id that is not of that time and machine would be a second row of another session)
	WITH put AS (INSERT INTO session AS o (id, booted, mac, profile, server, served, product, boot_address, address, serial, asset,
			why, kernel, not_armed, armed, running, up, died, captured, stalled, no_capture, pruned, packets, lines,
			bytes, lost, truncated, late, duplicates)
		SELECT id, booted, mac, profile, p_server, coalesce(served, false), coalesce(product, ''), coalesce(boot_address, ''),
			coalesce(address, ''), coalesce(serial, ''), coalesce(asset, ''), coalesce(why, ''), coalesce(kernel, ''),
			not_armed, armed, running, up, died, captured, stalled, no_capture, pruned, coalesce(packets, 0),
			coalesce(lines, 0), coalesce(bytes, 0), coalesce(lost, 0), coalesce(truncated, 0), coalesce(late, 0),
			coalesce(duplicates, 0)
		FROM unnest(s_id, s_booted, s_mac, s_profile, s_served, s_product, s_boot_address, s_address, s_serial, s_asset,
			s_why, s_kernel, s_not_armed, s_armed, s_running, s_up, s_died, s_captured, s_stalled, s_no_capture, s_pruned,
			s_packets, s_lines, s_bytes, s_lost, s_truncated, s_late, s_duplicates)
			AS s (id, booted, mac, profile, served, product, boot_address, address, serial, asset, why, kernel, not_armed,
			armed, running, up, died, captured, stalled, no_capture, pruned, packets, lines, bytes, lost, truncated, late,
			duplicates)
		WHERE substr(id, 1, 12) = replace(mac, ':', '')
			AND substr(id, 14, 18) = to_char(booted AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISSMS')
			AND (served IS NOT NULL OR EXISTS (SELECT FROM session x WHERE x.id = s.id AND x.booted = s.booted))
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
	-- Came up: the sessions since the one before that came up have ended.
	UPDATE session o SET ended = least(o.ended, x.up) FROM (
		SELECT o.id, o.booted, min(s.up) AS up FROM unnest(s_id, s_booted, s_mac, s_up) AS s (id, booted, mac, up)
			CROSS JOIN LATERAL (SELECT coalesce((SELECT p.booted FROM session p WHERE p.mac = s.mac
				AND p.booted < s.booted AND p.up <= s.up ORDER BY p.booted DESC LIMIT 1), '-infinity') AS since) p
			JOIN session o ON o.mac = s.mac AND o.booted >= p.since AND o.booted < s.booted
		WHERE s.up IS NOT NULL AND (o.ended IS NULL OR o.ended > s.up) GROUP BY 1, 2 ORDER BY 1) x
		WHERE o.id = x.id AND o.booted = x.booted;
	-- The newest of each machine; one of a clock that is a day ahead only if there is no other.
	INSERT INTO machine AS m SELECT DISTINCT ON (mac) mac, id, booted
		FROM unnest(s_id, s_booted, s_mac) AS s (id, booted, mac) ORDER BY mac, booted > ahead, booted DESC
		ON CONFLICT (mac) DO UPDATE SET session = excluded.session, booted = excluded.booted
			WHERE excluded.booted <= ahead AND (excluded.booted > m.booted OR m.booted > ahead);
	-- Came late: those that came up after it have ended it.
	SELECT array_agg(s.id) INTO older FROM unnest(s_id, s_booted, s_mac) AS s (id, booted, mac)
		JOIN machine m USING (mac) WHERE m.booted > s.booted;
	IF older IS NOT NULL THEN
		UPDATE session o SET ended = x.up FROM (
			SELECT s.id, s.booted, n.up FROM unnest(s_id, s_booted, s_mac) AS s (id, booted, mac)
				CROSS JOIN LATERAL (SELECT n.up FROM session n WHERE n.mac = s.mac AND n.booted > s.booted
					AND n.booted <= ahead AND n.up IS NOT NULL ORDER BY n.booted LIMIT 1) n
			WHERE s.id = ANY (older)) x
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

-- How far the lines without a number are here: down to this journal file, or all of them.
CREATE FUNCTION put_history(p_server int, p_file text, p_done boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM me(p_server);
	UPDATE server SET history = left(p_file, 16), history_done = p_done WHERE n = p_server;
END $$;

-- What people set, of events that put_events has put.
CREATE FUNCTION put_settings(p_server int, p_kind text[], p_key text[], p_what text[], p_value text[], p_by text[],
	p_time timestamptz[], p_number bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM me(p_server);
	INSERT INTO setting SELECT kind, key, what, value, by, time, p_server, number
		FROM unnest(p_kind, p_key, p_what, p_value, p_by, p_time, p_number)
			AS s (kind, key, what, value, by, time, number)
		ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION put_counters(p_server int, p_time timestamptz, p_values jsonb, p_last bigint, p_lag interval,
	p_now timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM me(p_server);
	PERFORM ensure_months();
	IF p_values <> '{}' THEN
		INSERT INTO counter VALUES (p_server, p_time, p_values) ON CONFLICT DO NOTHING;
	END IF;
	UPDATE server SET last_seen = now(), last = greatest(last, p_last), lag = p_lag, skew = p_now - clock_timestamp()
		WHERE n = p_server;
END $$;

CREATE FUNCTION put_blob(p_server int, p_sha256 bytea, p_data bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM me(p_server);
	IF length(p_data) > 2097152 THEN
		RAISE EXCEPTION 'a part has at most 2 MB' USING ERRCODE = 'program_limit_exceeded';
	END IF;
	INSERT INTO blob (sha256, data) VALUES (p_sha256, p_data) ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION put_file(p_server int, p_session text, p_booted timestamptz, p_name text, p_size bigint, p_sha256 bytea,
	p_cut bigint, p_parts bytea[], p_stored timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM me(p_server);
	IF (SELECT count(DISTINCT p) <> (SELECT count(*) FROM blob WHERE sha256 = ANY (p_parts)) FROM unnest(p_parts) p) THEN
		RAISE EXCEPTION 'a part of % is not here', p_name USING ERRCODE = 'LW006';
	END IF;
	INSERT INTO file VALUES (p_session, p_booted, p_server, left(p_name, 64), p_size, p_sha256, p_cut, p_parts, p_stored)
		ON CONFLICT (session, server, name) DO UPDATE SET size = excluded.size, sha256 = excluded.sha256,
			cut = excluded.cut, parts = excluded.parts, stored = excluded.stored;
END $$;

-- The crash of a session by this server's record: facts as the columns of crash. It
-- replaces another server's if it has an upload and that has not, or is of a newer algorithm, or has a title and that
-- has not; among equals the server that came first counts. The session's row must be here.
CREATE FUNCTION put_crash(p_server int, p_session text, p_booted timestamptz, p_facts jsonb, p_meta text, p_report text,
	p_words tsvector) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
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
		report = left(p_report, 16384), words = p_words
		WHERE session = p_session AND booted = p_booted AND (c.server IS NULL OR c.server = p_server OR
			(f.by_http, f.title <> '', f.version, -p_server) > (c.by_http, c.title <> '', c.version, -c.server));
	UPDATE crash c SET by_http = c.by_http OR f.by_http, by_netconsole = c.by_netconsole OR f.by_netconsole,
		by_console = c.by_console OR f.by_console, by_pstore = c.by_pstore OR f.by_pstore
		WHERE session = p_session AND booted = p_booted;
END $$;

-- All that was wanted of a session is here (p_ok), or could not be sent now.
CREATE FUNCTION put_done(p_server int, p_session text, p_since timestamptz, p_ok boolean)
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM me(p_server);
	IF p_ok THEN
		DELETE FROM wanted WHERE server = p_server AND session = p_session AND since <= p_since;
	ELSE
		UPDATE wanted SET tries = tries + 1, since = clock_timestamp()
			WHERE server = p_server AND session = p_session AND since <= p_since;
	END IF;
END $$;

-- --- rights ---------------------------------------------------------------------------------------

DO $$
DECLARE
	t name;
	f regprocedure;
BEGIN
	REVOKE ALL ON ALL FUNCTIONS IN SCHEMA lastwords FROM PUBLIC;
	FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'lastwords'::regnamespace LOOP
		-- (weight() is to be inlined)
		IF f::text NOT LIKE '%weight(%' THEN
			EXECUTE format('ALTER FUNCTION %s SET search_path = lastwords, pg_temp', f);
		END IF;
	END LOOP;
	-- A plan that was made when a table was empty must not read all of it when it is full.
	FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'lastwords'::regnamespace
		AND proname IN ('put_sessions', 'sum_crashes', 'put_crash') LOOP
		EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', f);
		EXECUTE format('ALTER FUNCTION %s SET enable_hashjoin = off', f);
		EXECUTE format('ALTER FUNCTION %s SET enable_mergejoin = off', f);
	END LOOP;
	FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'lastwords'::regnamespace AND relkind IN ('r', 'p') LOOP
		EXECUTE format('ALTER TABLE lastwords.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY reading ON lastwords.%I FOR SELECT TO lastwords_reader, lastwords_server USING (true)', t);
	END LOOP;
	FOREACH t IN ARRAY ARRAY['event', 'file', 'wanted', 'setting', 'counter'] LOOP
		EXECUTE format('CREATE POLICY writing ON lastwords.%I TO lastwords_server USING (server IN '
			'(SELECT n FROM lastwords.server WHERE role = session_user AND revoked IS NULL))', t);
	END LOOP;
END $$;
GRANT USAGE ON SCHEMA lastwords TO lastwords_reader, lastwords_server;
GRANT SELECT ON ALL TABLES IN SCHEMA lastwords TO lastwords_reader, lastwords_server;
GRANT EXECUTE ON FUNCTION weight TO lastwords_reader, lastwords_server;
GRANT EXECUTE ON FUNCTION hello, want_month, put_events, put_history, put_settings, put_counters, put_blob, put_file,
	put_crash, put_done TO lastwords_server;
SELECT make_month(now()), make_month(now() + interval '1 month');
