--
-- url_problem, url_host, utm_tag and utm_parse
--
SET search_path = clicktrack, public;
\pset null '(null)'
\pset format unaligned
\pset footer off

-- ---- urls to redirect to ----

-- nothing is wrong with these
SELECT url, url_problem(url), url_host(url) FROM unnest(ARRAY[
	'http://example.com', 'HTTPS://EXAMPLE.COM/', 'https://example.com.', 'https://localhost:3000', 'https://a_b.example/',
	'https://user@example.com:8443/a%20b?x=1&y=ü#z', 'https://user:pa:ss@example.com', 'https://example.com:/', 'https://example.com:00080/',
	'https://127.0.0.1/', 'https://[2001:db8::1]/', 'https://[2001:DB8:0:0:1:0:0:1]:443/', 'https://[::ffff:192.0.2.1]', 'https://[1:0:0:2::]', 'https://[::]/',
	'https://example.com?x', 'https://example.com#x', 'https://example.com/%zz{}|"<>^`', 'https://example.com/?q=[a]@b:c']) AS url;

-- nor with these, which are written in different ways
SELECT url, url_problem(url), url_host(url) FROM unnest(ARRAY[
	'https://例え.jp/', 'https://xn--r8jz45g.jp/', 'https://XN--R8JZ45G.JP/', 'https://例え。jp/', 'https://%E4%BE%8B%E3%81%88.jp', 'https://xn--r8jz45g.%6Ap',
	'https://BÜCHER.example', 'https://Bu' || U&'\0308' || 'cher.example', 'https://faß.example/', 'https://ＥＸＡＭＰＬＥ．com', 'https://１２７。0.0.1',
	'https://ΣΊΣΥΦΟΣ.gr/', 'https://пример.рф/', 'https://հայ.հայ/', 'https://אבג.example/', 'https://مثال.إختبار/', 'https://مثال۱۲.example/', 'https://हिन्दी.भारत', 'https://กำ.ไทย', 'https://한국.kr',
	'https://☃.example/', 'https://🐘.example/']) AS url;

-- something is wrong with these
SELECT url, url_problem(url) FROM unnest(ARRAY[NULL, '', 'example.com', '//example.com/', '/path', '?query', '#fragment', ':', '1http://example.com', 'httpsx://example.com/', 'javascript:alert(1)', 'data:text/html,https://example.com/',
	'https:example.com', 'https:/example.com', 'https://', 'https:///x', 'https://#x', 'https://?x', 'https://:80/', 'https://user@/', 'https://./', 'https://a..b/', 'https://.a/', 'https://a.../',
	'https:\\example.com\', 'https://example.com\@other.example/', 'https://example.com/\', 'https://user\@example.com/',
	'https://good.example@evil.example@other.example/', 'https://good.example＠evil.example/', 'https://good.example／evil.example/', 'https://good.example℀evil.example/', 'https://good.example⒈evil.example/',
	'https://a:99999/', 'https://a:65536/', 'https://a:8o/', 'https://a:-1/', 'https://a:80:80/', 'https://a:８０/',
	'https://[::1', 'https://::1/', 'https://[]', 'https://[1:2:3:4:5:6:7]', 'https://[1:2:3:4:5:6:7:8:9]', 'https://[1::2::3]', 'https://[:1::2]', 'https://[12345::]', 'https://[::1.2.3]', 'https://[::1.2.3.04]', 'https://[fe80::1%25eth0]', 'https://[::1]x', 'https://[example.com]/',
	'https://1.2.3', 'https://1.2.3.4.5', 'https://256.1.1.1', 'https://0177.0.0.1', 'https://0x7f.1', 'https://2130706433', 'https://example.0x', 'https://example.1.', 'https://１２７.1',
	'https://%zz.example', 'https://example%', 'https://%25.example', 'https://a%00b', 'https://a%2Fb', 'https://a%20b', 'https://%e4.example', 'https://%c0%ae.example',
	'https://a<b', 'https://a|b', 'https://a^b', 'https://a"b', 'https://a{b}', 'https://a]b']) AS url;

-- letters that browsers read as others or as none, or not in this place
SELECT url, url_problem(url) FROM unnest(ARRAY[U&'https://exam\00adple.com', U&'https://exam\200bple.com', U&'https://a\200d\0436.example', U&'https://a\fe0f.example', U&'https://\0301a.example', U&'https://a.\093f.example',
	'https://ǅ.example', 'https://ẞ.example', 'https://İ.example', U&'https://\202eexample.com', U&'https://a\e000.example', U&'https://\+0f0000.example', 'https://1א.example', 'https://א1٢.example', 'https://אa.example', 'https://א.1a.example',
	'https://xn--.example', 'https://xn--a', 'https://xn--abc-', 'https://xn--a-ecp.ru', 'https://xn--bcher-KVA8445F.example', 'https://xn--Tda.example', 'https://xn--bücher', 'https://xn--99999999999999999999']) AS url;

-- spaces and control characters, wherever they stand
SELECT to_json(url) AS url, url_problem(url) FROM unnest(ARRAY[E'\nhttps://example.com/', 'https://example.com/ ', ' https://example.com', E'ht\ttps://example.com/', E'https:/\t/example.com/', E'https://exam\r\nple.com/',
	E'https://example.com/\r\nSet-Cookie: x', E'https://example.com/\x7f', U&'https://example.com/\0085', U&'https://example.com/\00a0', U&'https://example.com/#\2003', U&'https://example.com/?\2028', U&'https://example.com/\3000', U&'https://\202f@example.com/']) AS url;

-- length
SELECT n, url_problem('https://example.com/' || repeat('x', n - 20)) FROM unnest('{8192,8193,1000000}'::integer[]) AS n;
SELECT n, url_problem('https://' || repeat('x', n) || '.example/') IS NULL AS label FROM unnest('{63,64}'::integer[]) AS n;
SELECT n, url_problem('https://' || repeat('ab.', n / 3) || repeat('x', n % 3) || '.') IS NULL AS host FROM unnest('{253,254}'::integer[]) AS n;
SELECT url_problem('https://' || repeat('ü', 57) || '.example/') IS NULL AS encoded_in_63, url_problem('https://' || repeat('ü', 58) || '.example/') AS in_64;
SELECT url_problem('https://' || repeat('例', 2000) || '.example/');
SELECT url_problem('https://' || repeat('a.', 100) || repeat('.', 20));

-- ---- our own domains ----

-- the same host in any writing, but not a subdomain, nor another that contains it
SELECT url, url_problem(url, '{Go.Example,bücher.example:8080,[2001:db8::1]}') FROM unnest(ARRAY[
	'https://go.example/x', 'http://GO.EXAMPLE.:8080', 'https://user@go.example', 'https://g%6f.example', 'https://ｇｏ。example', 'https://www.go.example/', 'https://go.example.com/', 'https://example/', 'https://cargo.example', 'https://other.example/go.example',
	'https://xn--bcher-kva.example', 'https://BÜCHER.example', 'https://bucher.example', 'https://[2001:DB8:0::1]:443/', 'https://[2001:db8::2]/']) AS url;
SELECT domain, url_problem('https://bücher.example/', ARRAY['other.example', domain]) FROM unnest('{bücher.example,BÜCHER.EXAMPLE.,xn--bcher-kva.example,XN--BCHER-KVA.example:80,b%C3%BCcher.example}'::text[]) AS domain;
-- apps open web pages by schemes of their own
SELECT url, url_problem(url, '{go.example}', NULL) FROM unnest('{intent://GO.example/#Intent;scheme=https;end,myapp://go.example,myapp://product/go.example}'::text[]) AS url;
-- none
SELECT url_problem('https://go.example/', NULL) AS "null", url_problem('https://go.example/', '{}') AS empty, url_problem('https://go.example/', '{NULL,""}') AS nothing;
-- no hosts
SELECT url_problem('https://other.example/', '{https://go.example/}');
SELECT url_problem('https://other.example/', '{go.example,"go example"}');
SELECT url_problem('https://other.example/', '{go.example:http}');
SELECT url_problem('https://other.example/', '{:80}');

-- ---- schemes ----

SELECT url, url_problem(url, schemes => NULL) FROM unnest(ARRAY['myapp://product/1', 'MyApp:///', 'com.example.app:/a/b', 'mailto:a@b.example', 'tel:+1', 'myapp:', 'myapp://5/', 'myapp://a_b%2F:1', 'myapp://[::1]/', 'https://example.com/',
	'product/1', 'my_app://x', 'myapp://a b', 'myapp://a%2', 'myapp://a<b/', 'myapp://[::1', 'myapp://:80', 'myapp://user@', 'myapp://a:x', 'https:example.com',
	'javascript:alert(1)', 'JavaScript://example.com/%0aalert(1)', 'data:,x', 'vbscript:x', 'file:///etc/passwd', 'blob:https://example.com/1', 'about:blank', 'view-source:https://example.com/']) AS url;
SELECT url, url_problem(url, schemes => '{MyApp,ftp,NULL}') FROM unnest('{myapp://x,MYAPP:x,ftp://example.com/,ftp:///x,https://example.com/,myapps://x}'::text[]) AS url;
SELECT url_problem('https://example.com/', schemes => '{}');
SELECT url_problem(NULL, NULL, NULL);

-- ---- hosts ----

-- of whatever scheme; the rest of the url does not matter
SELECT to_json(url) AS url, url_host(url) FROM unnest(ARRAY['https://www.Example.com/search?q=a b\', 'ftp://ftp.example.com', 'android-app://com.Example.App/', 'myapp://A_b^', 'https://example.com/' || repeat('x', 10000),
	'', 'example.com', '//example.com', 'mailto:a@example.com', 'file:///x', 'https://exa mple.com/', 'https://example.com:x/', 'about:blank', NULL]) AS url(url) WHERE length(url) < 100 OR url IS NULL;
SELECT url_host('https://Example.com/' || repeat('x', 100000)) AS long;

-- ---- utm parameters ----

SELECT url, utm_tag(url, 'news', 'email') FROM unnest(ARRAY['https://example.com', 'https://example.com/a?', 'https://example.com/a?b', 'https://example.com/a?b&', 'https://example.com/a?b&&', 'https://example.com/a?b=c?d#e?f',
	'https://example.com/#a?b', '/relative', 'relative#', '?', '#', '', 'https://example.com/?utm_source=x', 'https://example.com/?utm_source=x&utm_medium=y#z', 'https://example.com/?utm_source', 'https://example.com/?%75tm%5fsource=&utm_sourc=1',
	'https://example.com/?UTM_SOURCE=x', 'https://example.com/?x=utm_source=y', 'https://example.com/?utm_source%3Dx', '?utm_content=a&%zz=%', NULL]) AS url;
SELECT utm_tag('https://example.com/', 'a', 'b', 'c', 'd', 'e'), utm_tag('https://example.com/', 'a', term => 'd'), utm_tag('https://example.com/', NULL), utm_tag('https://example.com/#x', '', '', NULL, content => '');
SELECT utm_tag('/', ' !"#$%&''()*+,-./0:;<=>?@A[\]^_`a{|}~', E'\t\r\n\x7f', 'ü€🐘');
SELECT utm_tag('https://example.com/a b', 'news');
SELECT utm_tag(E'https://example.com/\nx', 'news');
SELECT utm_tag(repeat('ü', 100) || ' ', 'news');

SELECT url, (utm_parse(url)).* FROM unnest(ARRAY['https://example.com/?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e#f', '?utm_source=1&utm_source=2', '?utm_source&utm_medium=', '?=x&&utm_source=a=b',
	'?utm_source=a+b%20c%2B&%75tm%5Fmedium=%C3%BC%e2%82%ac', '?utm_source=50%&utm_medium=%4&utm_campaign=%zz', '?utm_source=ü', '?UTM_SOURCE=x&utm_sources=x&xutm_source=x&utm+source=x', '#?utm_source=x', '?a?utm_source=x', 'utm_source=x', '', '?']) AS url;
-- what is no UTF-8, and what text cannot hold
SELECT url, to_json((utm_parse(url)).source) AS source FROM unnest(ARRAY['?utm_source=a%00b', '?utm_source=%ff%fe', '?utm_source=%e2%82', '?utm_source=%e2%82x', '?utm_source=%ed%a0%80', '?utm_source=%c0%80', '?utm_source=%f0%9f%90', '?utm_source=%f4%90%80%80', '?utm_source=%80%bf']) AS url;
SELECT utm_parse(NULL) IS NULL AS "null";
