-- ---------------------------------------------------------------------------
-- The store: the codes of links, and the words that are none
-- ---------------------------------------------------------------------------

-- Made by the first create_link, so that a restored dump brings its own.
CREATE TABLE short_code_key (
	key_version integer PRIMARY KEY,
	key bigint NOT NULL,
	min_length integer NOT NULL DEFAULT 6,
	alphabet text NOT NULL DEFAULT 'base58',
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (short_code_encode(0, key, min_length, alphabet) IS NOT NULL)
);
COMMENT ON TABLE short_code_key IS 'how new links get their codes; the greatest key_version is in use';
COMMENT ON COLUMN short_code_key.key_version IS 'number of the key';
COMMENT ON COLUMN short_code_key.key IS 'key argument of short_code_encode';
COMMENT ON COLUMN short_code_key.min_length IS 'min_length argument of short_code_encode';
COMMENT ON COLUMN short_code_key.alphabet IS 'alphabet argument of short_code_encode';
COMMENT ON COLUMN short_code_key.created_at IS 'since when the key is there';

CREATE TABLE reserved_word (
	word text PRIMARY KEY CHECK (word <> ''),
	anywhere boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE reserved_word IS 'words that no code may be, besides those of reserved_words()';
COMMENT ON COLUMN reserved_word.word IS 'the word, in any case';
COMMENT ON COLUMN reserved_word.anywhere IS 'whether no code may contain it either, digits read as the letters they look like';

SELECT pg_extension_config_dump('short_code_key', '');
SELECT pg_extension_config_dump('reserved_word', '');

-- ---- keys ----

CREATE FUNCTION random_short_code_key() RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	-- the ends of a random UUID are random, its middle is not
	RETURN ('x' || left(gen_random_uuid()::text, 8) || right(gen_random_uuid()::text, 8))::bit(64)::bigint;
REVOKE EXECUTE ON FUNCTION random_short_code_key() FROM PUBLIC;
COMMENT ON FUNCTION random_short_code_key() IS '64 random bits';

-- The key in use, made at random when there is none yet.
CREATE FUNCTION current_short_code_key()
RETURNS short_code_key
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	current clicktrack.short_code_key;
BEGIN
	SELECT * INTO current FROM clicktrack.short_code_key ORDER BY key_version DESC LIMIT 1;
	IF NOT FOUND THEN
		INSERT INTO clicktrack.short_code_key (key_version, key)
		VALUES (1, clicktrack.random_short_code_key())
		ON CONFLICT (key_version) DO NOTHING;
		SELECT * INTO current FROM clicktrack.short_code_key ORDER BY key_version DESC LIMIT 1;
	END IF;
	RETURN current;
END
$$;
REVOKE EXECUTE ON FUNCTION current_short_code_key() FROM PUBLIC;
COMMENT ON FUNCTION current_short_code_key() IS 'the key that new links get their codes with; made at random by the first call';

CREATE FUNCTION rotate_short_code_key(min_length integer DEFAULT NULL, alphabet text DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	current clicktrack.short_code_key;
	new_version integer;
BEGIN
	-- two rotations make two versions, one after the other
	LOCK TABLE clicktrack.short_code_key IN SHARE ROW EXCLUSIVE MODE;
	current := clicktrack.current_short_code_key();
	INSERT INTO clicktrack.short_code_key AS k (key_version, key, min_length, alphabet)
	VALUES (current.key_version + 1, clicktrack.random_short_code_key(),
		coalesce(rotate_short_code_key.min_length, current.min_length),
		coalesce(rotate_short_code_key.alphabet, current.alphabet))
	RETURNING k.key_version INTO new_version;
	RETURN new_version;
END
$$;
REVOKE EXECUTE ON FUNCTION rotate_short_code_key(integer, text) FROM PUBLIC;
COMMENT ON FUNCTION rotate_short_code_key(integer, text) IS
'makes new links get their codes with a new random key and returns its key_version; min_length and alphabet (see short_code_encode) are those of the key in use unless given; the codes of links that are there stay';

-- ---- words that no code may be ----

-- Both lists are ours. A word that ordinary words contain stands among those that only a
-- whole code may not be: Dickens, Mississippi and destinazione are fine slugs.
CREATE FUNCTION reserved_words(OUT word text, OUT anywhere boolean) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 200
BEGIN ATOMIC
	-- what a service keeps for itself, and what clients ask every host for
	SELECT w, false FROM unnest('{
		.,..,.well-known,_next,account,ads.txt,admin,administrator,api,
		apple-app-site-association,apple-touch-icon.png,assetlinks.json,assets,auth,
		browserconfig.xml,callback,cdn,cgi-bin,config,console,crossdomain.xml,css,dashboard,debug,
		error,favicon.ico,feed,fonts,ftp,graphql,health,healthz,humans.txt,images,img,index,
		index.html,index.php,internal,js,livez,login,logout,mail,manifest.json,media,metrics,null,
		oauth,oauth2,password,ping,postmaster,private,readyz,register,robots.txt,root,rss,
		security.txt,server-status,service-worker.js,settings,signin,signout,signup,sitemap.xml,
		sso,static,stats,status,sw.js,system,token,undefined,unsubscribe,uploads,user,users,version,
		webhook,webhooks,webmaster,wp-admin,wp-login.php,www,xmlrpc.php}'::text[]) AS w
	UNION ALL
	-- what offends by itself
	SELECT w, false FROM unnest('{
		anal,anus,arsch,arse,ass,bite,cock,coon,cul,culo,cum,dick,fag,fick,figa,fuk,gook,homo,hure,
		kike,kkk,nazi,negro,neger,nique,nutte,paki,piss,polla,prick,puta,pute,puto,sex,spic,tit,
		tits,tranny,troia,twat,verga,wank,whore,xxx,zorra}'::text[]) AS w
	UNION ALL
	-- what offends wherever it stands: English, German, French, Spanish, Italian
	SELECT w, true FROM unnest('{
		arsehole,asshole,bastard,bitch,blowjob,boob,bollock,cumshot,cunt,dildo,faggot,fuck,fck,
		hitler,jizz,motherf,nigga,nigger,penis,porn,pussy,shit,slut,vagina,wanker,
		arschl,drecksau,ficken,ficker,fotze,hurensohn,missgeburt,muschi,scheiss,scheisse,schlampe,
		schwuchtel,spasti,titten,wichser,
		branleur,connard,connasse,couille,encule,foutre,merde,petasse,putain,salope,salopard,
		cabron,chingada,follar,gilipollas,joder,maricon,mierda,pendejo,puton,
		cazzo,coglion,frocio,minchia,pompino,puttana,stronza,stronzo,vaffanculo}'::text[]) AS w;
END;
COMMENT ON FUNCTION reserved_words() IS
'words that no code may be, besides those of the table reserved_word, and whether none may contain them either: paths that a service keeps for itself, and profanities';

-- Digits and the letters that they are read as become one.
CREATE FUNCTION look_alike(code text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN translate(code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZl0123456789', 'abcdefghijkimnopqrstuvwxyzioizeasgtbg');
COMMENT ON FUNCTION look_alike(text) IS
'a code or word as it is compared with reserved words: in lower case, and 0 read as o, 1 and l as i, 2 as z, 3 as e, 4 as a, 5 as s, 6 and 9 as g, 7 as t, 8 as b';

-- The built-in words as they are compared; immutable, so that a plan has them ready.
CREATE FUNCTION reserved_forms(anywhere boolean) RETURNS text[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ARRAY(SELECT look_alike(w.word) FROM reserved_words() w WHERE w.anywhere = reserved_forms.anywhere);
COMMENT ON FUNCTION reserved_forms(boolean) IS 'the words of reserved_words() that no code may contain (true) or be (false), as look_alike() writes them';

CREATE FUNCTION reserved_codes(codes text[]) RETURNS SETOF text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 10
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	anywhere constant text[] := clicktrack.reserved_forms(true) ||
		ARRAY(SELECT clicktrack.look_alike(w.word) FROM clicktrack.reserved_word w WHERE w.anywhere);
BEGIN
	RETURN QUERY SELECT c.code
	-- OFFSET keeps the form from being made anew for each comparison
	FROM (SELECT u.code, clicktrack.look_alike(u.code) AS form FROM unnest(codes) AS u(code) OFFSET 0) AS c
	WHERE clicktrack.contains_word(c.form, anywhere)
		OR c.form = ANY (clicktrack.reserved_forms(false))
		OR c.form IN (SELECT clicktrack.look_alike(w.word) FROM clicktrack.reserved_word w);
END
$$;
REVOKE EXECUTE ON FUNCTION reserved_codes(text[]) FROM PUBLIC;
COMMENT ON FUNCTION reserved_codes(text[]) IS 'those of the codes that are, or contain, a word of reserved_words() or of the table reserved_word';

-- ---- codes for new links ----

-- Taken codes are passed over only on demand: the insert finds them, too, but a session that
-- inserts links with keys must not come back for one.
CREATE FUNCTION free_codes(
	links integer,
	k short_code_key,
	domain text,
	pass_taken boolean,
	OUT link_ids bigint[],
	OUT codes text[]
)
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	new_ids bigint[];
	new_codes text[];
	bad text[];
	fruitless integer := 0;
BEGIN
	LOOP
		SELECT array_agg(n.id), array_agg(clicktrack.short_code_encode(n.id, k.key, k.min_length, k.alphabet))
		INTO new_ids, new_codes
		FROM (SELECT nextval('clicktrack.link_link_id_seq') AS id
			FROM generate_series(1, links - coalesce(cardinality(codes), 0))) AS n;
		bad := ARRAY(SELECT clicktrack.reserved_codes(new_codes));
		IF pass_taken THEN
			bad := bad || ARRAY(SELECT l.code FROM clicktrack.link l WHERE l.domain = free_codes.domain AND l.code = ANY (new_codes));
		END IF;
		IF bad <> '{}' THEN
			SELECT array_agg(n.id), array_agg(n.code) INTO new_ids, new_codes
			FROM unnest(new_ids, new_codes) AS n(id, code) WHERE n.code NOT IN (SELECT unnest(bad));
		END IF;
		link_ids := link_ids || new_ids;
		codes := codes || new_codes;
		EXIT WHEN coalesce(cardinality(codes), 0) >= links;
		fruitless := CASE WHEN new_ids IS NULL THEN fruitless + 1 ELSE 0 END;
		IF fruitless = 100000 THEN
			RAISE EXCEPTION 'none of the last % codes is free', fruitless
				USING ERRCODE = 'program_limit_exceeded',
					HINT = 'Look at the table reserved_word, or take longer codes with rotate_short_code_key().';
		END IF;
	END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION free_codes(integer, short_code_key, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION free_codes(integer, short_code_key, text, boolean) IS
'the next ids and their codes, as many as links; passes over reserved codes and, with pass_taken, those that links of the domain have; NULL for a NULL argument';
