-- SPDX-License-Identifier: MIT
-- The central database, upgrade 4: what crashes have in common is counted, so that one group need not read all others.

-- How often each value of a field is among the crashes of a signature: as server/query/correlate.c counts them.
CREATE TABLE group_value (
	signature text COLLATE "C" NOT NULL,
	field text COLLATE "C" NOT NULL,
	value text COLLATE "C" NOT NULL,
	count bigint NOT NULL,
	PRIMARY KEY (signature, field, value)
) WITH (fillfactor = 70);
CREATE INDEX group_value_value ON group_value (field, value) INCLUDE (signature, count);

CREATE TYPE crash_fact AS (signature text, product text, release text, profile text, modules text, hardware text, cpu int,
	taint text, sign int);

-- Its values: whole texts, each module, each letter of the taint but for "G", which is the absence of "P"; 16 at most.
CREATE FUNCTION fact_values(f crash_fact) RETURNS TABLE (field text, value text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT * FROM (VALUES ('product', f.product), ('release', f.release), ('profile', f.profile), ('hardware', f.hardware),
		('cpu', CASE WHEN f.cpu >= 0 THEN f.cpu::text ELSE '' END)) AS v (field, value) WHERE value <> ''
	UNION ALL SELECT 'module', unnest((array_remove(string_to_array(f.modules, ' '), ''))[1:16])
	UNION ALL SELECT 'taint', unnest((string_to_array(translate(f.taint, ' G', ''), NULL))[1:16])
$$;

-- These crashes came (sign 1) or went (-1). (Their signatures are locked: sum_crashes was there before.)
CREATE FUNCTION sum_facts(facts crash_fact[]) RETURNS void LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
BEGIN
	INSERT INTO group_value AS g SELECT f.signature, v.field, v.value, sum(f.sign)
		FROM unnest(facts) AS f CROSS JOIN LATERAL fact_values(f) AS v GROUP BY 1, 2, 3 HAVING sum(f.sign) <> 0 ORDER BY 1, 2, 3
		ON CONFLICT (signature, field, value) DO UPDATE SET count = g.count + excluded.count;
	IF EXISTS (SELECT FROM unnest(facts) WHERE sign < 0) THEN
		DELETE FROM group_value WHERE count <= 0 AND signature IN (SELECT signature FROM unnest(facts) WHERE sign < 0);
	END IF;
END $$;

CREATE FUNCTION facts_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
BEGIN
	PERFORM sum_facts(s) FROM (SELECT array_agg((signature, product, release, profile, modules, hardware, cpu, taint,
		1)::crash_fact) AS s FROM new_rows) x WHERE s IS NOT NULL;
	RETURN NULL;
END $$;
CREATE FUNCTION facts_deleted() RETURNS trigger LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
BEGIN
	PERFORM sum_facts(s) FROM (SELECT array_agg((signature, product, release, profile, modules, hardware, cpu, taint,
		-1)::crash_fact) AS s FROM old_rows) x WHERE s IS NOT NULL;
	RETURN NULL;
END $$;
CREATE FUNCTION facts_updated() RETURNS trigger LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
BEGIN
	PERFORM sum_facts(s) FROM (SELECT array_agg((signature, product, release, profile, modules, hardware, cpu, taint,
		sign)::crash_fact) AS s FROM (SELECT *, -1 AS sign FROM old_rows UNION ALL SELECT *, 1 FROM new_rows) b) x WHERE s IS NOT NULL;
	RETURN NULL;
END $$;
-- (triggers run in the order of their names: after crash_inserted and the others)
CREATE TRIGGER facts_inserted AFTER INSERT ON crash REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION facts_inserted();
CREATE TRIGGER facts_updated AFTER UPDATE ON crash REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION facts_updated();
CREATE TRIGGER facts_deleted AFTER DELETE ON crash REFERENCING OLD TABLE AS old_rows
	FOR EACH STATEMENT EXECUTE FUNCTION facts_deleted();

-- Makes them anew, from all crashes.
CREATE FUNCTION refresh_values() RETURNS void LANGUAGE plpgsql SET search_path = lastwords, pg_temp AS $$
BEGIN
	LOCK TABLE crash IN SHARE ROW EXCLUSIVE MODE;
	DELETE FROM group_value;
	INSERT INTO group_value SELECT c.signature, v.field, v.value, count(*) FROM crash c CROSS JOIN LATERAL
		fact_values((c.signature, c.product, c.release, c.profile, c.modules, c.hardware, c.cpu, c.taint, 1)::crash_fact) AS v
		GROUP BY 1, 2, 3;
END $$;
SELECT refresh_values();

-- --- rights

REVOKE ALL ON FUNCTION fact_values, sum_facts, facts_inserted, facts_deleted, facts_updated, refresh_values FROM PUBLIC;
GRANT SELECT ON group_value TO lastwords_reader, lastwords_server;
ALTER TABLE group_value ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON group_value FOR SELECT TO lastwords_reader, lastwords_server USING (true);
