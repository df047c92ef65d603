SET search_path = clicktrack, public;

SELECT contains_word('kdlDarn7', '{heck,darn}') AS inside, contains_word('kdlDanr7', '{heck,darn}') AS not_there,
	contains_word('heck', '{^heck}') AS at_the_beginning, contains_word(' heck', '{^heck}') AS later,
	contains_word('a^heck', '{a^h}') AS no_anchor, contains_word('x', '{}') AS no_words, contains_word('', '{x}') AS no_text,
	contains_word(U&'\00C4rger', '{rger}') AS part;
SELECT contains_word(U&'\00C4RGER', ARRAY[U&'\00C4rger']) AS same, contains_word(U&'\00C4RGER', ARRAY[U&'\00E4rger']) AS other_case_beyond_ascii;
SELECT contains_word(NULL, '{x}'), contains_word('x', NULL);
SELECT contains_word('x', '{x,NULL}');
SELECT contains_word('x', '{x,""}');
SELECT contains_word('x', ARRAY[repeat('x', 64001)]);
SELECT contains_word(repeat('x', 64000), ARRAY[repeat('x', 64000)]);
