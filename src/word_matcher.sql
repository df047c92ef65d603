-- ---------------------------------------------------------------------------
-- Words in a text
-- ---------------------------------------------------------------------------

CREATE FUNCTION contains_word(text text, words text[]) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION contains_word(text, text[]) IS
'whether the text holds any of the words, anywhere and in either case of ASCII letters; a word that begins with ^ counts only at the beginning; false without words; NULL for NULL; a word that is NULL or empty is an error, and so are words of together more than 64,000 bytes; the words are read once and kept while they are among the last eight lists that the session used';

