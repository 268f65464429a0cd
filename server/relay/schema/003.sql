-- SPDX-License-Identifier: MIT
-- The central database, upgrade 3: rates of crashes are read from sums, and a crash of which only "pruned" is known has
-- its signature.
--
-- ran sums up for how long each machine ran of each kernel, product and profile, so that reading it costs by machines and
-- not by boots. Triggers on session keep it in the transaction of the session's row. Machines of different servers have
-- different rows, and the row of a machine is locked before its sessions (put_sessions): no batch waits for another one.

-- Milliseconds since 2000. (No SET: it is to be inlined.)
CREATE FUNCTION ms_of(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS $$ SELECT (extract(epoch FROM t - '2000-01-01 00:00:00+00'::timestamptz) * 1000)::bigint $$;
-- What a session adds to ran.ms.
CREATE FUNCTION ran_ms(up timestamptz, gone timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS $$ SELECT CASE WHEN gone IS NULL THEN -lastwords.ms_of(up)
		ELSE greatest(0, lastwords.ms_of(gone) - lastwords.ms_of(up)) END $$;

-- The sessions that came up, and when each was gone (NULL: it runs).
CREATE VIEW run AS
	SELECT mac, kernel, product, profile, booted, up, least(died, captured, ended) AS gone FROM session WHERE up IS NOT NULL;

CREATE TABLE ran (
	mac text COLLATE "C" NOT NULL,
	kernel text COLLATE "C" NOT NULL,
	product text COLLATE "C" NOT NULL,
	profile text COLLATE "C" NOT NULL,
	sessions bigint NOT NULL, -- that came up
	open bigint NOT NULL, -- of them: that are not gone
	-- Up to a time t, not before latest, they ran ms + open * ms_of(t) milliseconds.
	ms bigint NOT NULL,
	first timestamptz NOT NULL, -- none came up before it
	last timestamptz NOT NULL, -- when the last one came up
	latest timestamptz NOT NULL, -- none came up, or was gone, after it
	PRIMARY KEY (mac, kernel, product, profile)
) WITH (fillfactor = 70);

-- Makes the sums anew, from all sessions.
CREATE FUNCTION refresh_runs() RETURNS void LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
BEGIN
	LOCK TABLE session IN SHARE ROW EXCLUSIVE MODE;
	DELETE FROM ran;
	INSERT INTO ran SELECT mac, kernel, product, profile, count(*), count(*) FILTER (WHERE gone IS NULL),
		sum(ran_ms(up, gone)), min(up), max(up), max(greatest(up, gone)) FROM run GROUP BY 1, 2, 3, 4;
END $$;
SELECT refresh_runs();

CREATE TYPE run_sum AS (mac text, kernel text, product text, profile text, up timestamptz, gone timestamptz, sign int);

-- These runs came (sign 1) or went (-1); one that changed went as it was, and came as it is.
CREATE FUNCTION sum_runs(sums run_sum[]) RETURNS void LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
DECLARE
	moved text[]; -- machines of which a run was of another kind, or came up at another time
BEGIN
	INSERT INTO ran AS r SELECT mac, kernel, product, profile, sum(sign), coalesce(sum(sign) FILTER (WHERE gone IS NULL), 0),
			sum(sign * ran_ms(up, gone)), coalesce(min(up) FILTER (WHERE sign > 0), 'infinity'),
			coalesce(max(up) FILTER (WHERE sign > 0), '-infinity'),
			coalesce(max(greatest(up, gone)) FILTER (WHERE sign > 0), '-infinity')
		FROM unnest(sums) GROUP BY 1, 2, 3, 4
		HAVING sum(sign) <> 0 OR sum(sign * ran_ms(up, gone)) <> 0
		ORDER BY 1, 2, 3, 4
		ON CONFLICT (mac, kernel, product, profile) DO UPDATE SET sessions = r.sessions + excluded.sessions,
			open = r.open + excluded.open, ms = r.ms + excluded.ms, first = least(r.first, excluded.first),
			last = greatest(r.last, excluded.last), latest = greatest(r.latest, excluded.latest);
	IF EXISTS (SELECT FROM unnest(sums) WHERE sign < 0) THEN
		SELECT array_agg(DISTINCT mac) INTO moved FROM (SELECT mac FROM unnest(sums) GROUP BY mac, kernel, product, profile
			HAVING sum(sign) < 0 OR (sum(sign) = 0 AND sum(sign * ms_of(up)) <> 0)) m;
	END IF;
	IF moved IS NOT NULL THEN
		DELETE FROM ran WHERE mac = ANY (moved) AND sessions <= 0;
		UPDATE ran r SET last = n.last FROM (SELECT mac, kernel, product, profile, max(up) AS last FROM run
			WHERE mac = ANY (moved) GROUP BY 1, 2, 3, 4) n
			WHERE (r.mac, r.kernel, r.product, r.profile) = (n.mac, n.kernel, n.product, n.profile);
	END IF;
END $$;

CREATE FUNCTION session_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
BEGIN
	PERFORM sum_runs(s) FROM (SELECT array_agg((mac, kernel, product, profile, up, least(died, captured, ended), 1)::run_sum)
		AS s FROM new_rows WHERE up IS NOT NULL) x WHERE s IS NOT NULL;
	RETURN NULL;
END $$;
CREATE FUNCTION session_updated() RETURNS trigger LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
BEGIN
	PERFORM sum_runs(s) FROM (SELECT array_agg((mac, kernel, product, profile, up, least(died, captured, ended), sign)::run_sum)
		AS s FROM (SELECT *, -1 AS sign FROM old_rows UNION ALL SELECT *, 1 FROM new_rows) b WHERE up IS NOT NULL) x
		WHERE s IS NOT NULL;
	RETURN NULL;
END $$;
CREATE TRIGGER session_inserted AFTER INSERT ON session REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION session_inserted();
CREATE TRIGGER session_updated AFTER UPDATE ON session REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION session_updated();

-- Makes next month's partitions, and removes what is older than keep_months; at most once an hour.
CREATE OR REPLACE FUNCTION ensure_months() RETURNS void LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
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
	IF EXISTS (SELECT FROM session WHERE booted < cutoff) THEN
		-- (so that none of them changes before it is gone; dropping a partition locks more)
		LOCK TABLE session IN SHARE ROW EXCLUSIVE MODE;
		UPDATE ran r SET sessions = r.sessions - o.sessions, open = r.open - o.open, ms = r.ms - o.ms
			FROM (SELECT mac, kernel, product, profile, count(*) AS sessions, count(*) FILTER (WHERE gone IS NULL) AS open,
				sum(ran_ms(up, gone)) AS ms FROM run WHERE booted < cutoff GROUP BY 1, 2, 3, 4) o
			WHERE (r.mac, r.kernel, r.product, r.profile) = (o.mac, o.kernel, o.product, o.profile);
		DELETE FROM ran WHERE sessions <= 0;
	END IF;
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

-- Crashes are counted from the index alone.
CREATE INDEX crash_counts ON crash (signature, time DESC) INCLUDE (up, kernel, product, profile, mac);
DROP INDEX crash_signature;

-- A batch: as put_batch (002.sql), and the signatures of crashes that are known by "pruned" only, which no file will
-- follow. Their title is the group's, if that is known.
CREATE FUNCTION put_batch(p_server int, p_from bigint, p_to bigint, p_hash bytea, p_last bigint, p_lag interval,
	e_number bigint[], e_time timestamptz[], e_event text[], e_session text[], e_pairs text[],
	s_id text[], s_booted timestamptz[], s_mac text[], s_profile text[], s_served boolean[], s_product text[],
	s_boot_address text[], s_address text[], s_serial text[], s_asset text[], s_why text[], s_kernel text[],
	s_not_armed timestamptz[], s_armed timestamptz[], s_running timestamptz[], s_up timestamptz[],
	s_died timestamptz[], s_captured timestamptz[], s_stalled timestamptz[], s_no_capture timestamptz[],
	s_pruned timestamptz[], s_packets bigint[], s_lines bigint[], s_bytes bigint[], s_lost bigint[],
	s_truncated bigint[], s_late bigint[], s_duplicates bigint[], s_wanted boolean[],
	s_ended timestamptz[], s_signature text[])
	RETURNS int LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = lastwords, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
	fresh int := put_batch(p_server, p_from, p_to, p_hash, p_last, p_lag, e_number, e_time, e_event, e_session, e_pairs,
		s_id, s_booted, s_mac, s_profile, s_served, s_product, s_boot_address, s_address, s_serial, s_asset, s_why, s_kernel,
		s_not_armed, s_armed, s_running, s_up, s_died, s_captured, s_stalled, s_no_capture, s_pruned, s_packets, s_lines,
		s_bytes, s_lost, s_truncated, s_late, s_duplicates, s_wanted, s_ended);
BEGIN
	IF cardinality(array_remove(s_signature, NULL)) > 0 THEN
		UPDATE crash c SET signature = s.signature, title = s.title, class = s.class, function = s.function
			FROM (SELECT u.*, coalesce(g.title, '') AS title, coalesce(g.class, '') AS class, coalesce(g.function, '') AS function
				FROM unnest(s_id, s_booted, s_signature) AS u (id, booted, signature)
				LEFT JOIN crash_group g ON g.signature = u.signature WHERE u.signature IS NOT NULL) s
			WHERE c.session = s.id AND c.booted = s.booted AND c.server IS NULL AND c.signature = '';
	END IF;
	RETURN fresh;
END $$;

-- --- rights

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA lastwords FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ms_of TO lastwords_reader, lastwords_server;
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'lastwords'::regnamespace AND proname = 'put_batch' LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO lastwords_server', f);
	END LOOP;
END $$;
GRANT SELECT ON ran, run TO lastwords_reader, lastwords_server;
ALTER TABLE ran ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON ran FOR SELECT TO lastwords_reader, lastwords_server USING (true);
