-- SPDX-License-Identifier: MIT
-- The central database, upgrade 5: a part is stored under the hash that it has. A server that knew the hash of a part
-- of another one could store something else there before it.

CREATE OR REPLACE FUNCTION put_blob(p_server int, p_sha256 bytea, p_data bytea) RETURNS void LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = lastwords, pg_temp AS $$
BEGIN
	PERFORM me(p_server);
	IF length(p_data) > 2097152 THEN
		RAISE EXCEPTION 'a part has at most 2 MB' USING ERRCODE = 'program_limit_exceeded';
	END IF;
	IF sha256(p_data) <> p_sha256 THEN
		RAISE EXCEPTION 'a part has another hash' USING ERRCODE = 'data_exception';
	END IF;
	INSERT INTO blob (sha256, data) VALUES (p_sha256, p_data) ON CONFLICT DO NOTHING;
END $$;
