SET search_path = clicktrack, public;

SELECT left(user_agent, 60) AS user_agent, (parse_user_agent(user_agent)).*
FROM unnest(ARRAY[
	'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
	'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1',
	'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
	'Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
	'Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
	'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36',
	'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F79 Instagram 334.0.4.32.98',
	'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/467.0.0.43.107]',
	'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
	'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0',
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
	'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
	'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
	'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
	'Mozilla/5.0 (Linux; Android 9; CUBOT_P20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 Mobile Safari/537.36',
	'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.0.0 Safari/537.36',
	'Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15',
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)',
	'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
	'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
	'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
	'WhatsApp/2.23.20.0', 'curl/8.5.0', 'python-requests/2.31.0', 'Go-http-client/2.0',
	'Mozilla/4.0 (compatible; ms-office; MSOffice 16)',
	'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
	'Something new', '', NULL]) AS user_agent;

-- what names neither device, os nor browser is no browser; what a browser is called is
-- no reason to take its user for a program
SELECT user_agent, is_bot
FROM unnest('{HTTP status 200,Zapier,Mozilla/5.0,CUBOT_P20 Android Mobile,CUBOT Android Mobile Googlebot,User-Agent: Firefox}'::text[]) AS user_agent, parse_user_agent(user_agent);

-- words of one's own: bots and humans; humans win
SELECT user_agent, a.is_bot AS ours, b.is_bot AS with_bots, c.is_bot AS with_both
FROM unnest('{MyShop/1.0 iPhone,My Shop iPhone,Googlebot MYSHOP/1.0,Loadrunner iPhone,NULL,""}'::text[]) AS user_agent
	CROSS JOIN parse_user_agent(user_agent) AS a
	CROSS JOIN parse_user_agent(user_agent, '{loadRUNNER,"my shop"}') AS b
	CROSS JOIN parse_user_agent(user_agent, bots => '{loadRUNNER,"my shop"}', humans => '{^my,^googlebot m}') AS c;
SELECT is_bot FROM parse_user_agent('Loadrunner iPhone', NULL, NULL);
SELECT is_bot FROM parse_user_agent('iPhone', bots => '{a,""}');
SELECT is_bot FROM parse_user_agent('iPhone', humans => '{^}');
SELECT is_bot FROM parse_user_agent('iPhone', humans => '{a,NULL}');

-- what is looked for
SELECT user_agent_patterns_version();
SELECT means, count(*) > 5 AS some, count(value) > 0 AS told, count(also) > 0 AS pairs FROM user_agent_patterns() GROUP BY means ORDER BY means;
SELECT * FROM user_agent_patterns() WHERE word IN ('cubot', 'headless', 'iphone', '; aft');

-- masked
SELECT mask_user_agent(user_agent)
FROM unnest(ARRAY[
	'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/467.0.0.43.107]',
	'Tool/1.0 (mailto:jane.doe+x@mail.example.com) id=550e8400-e29b-41d4-a716-446655440000 DEADBEEFDEADBEEF1 sid_9aQ2-xx81kLmZpq7',
	'Seekport_Crawler_2024 facebookexternalhit/1.1 a@b @ x@ @y 10.0.0.1 2001:db8::ff00:42',
	E'tab\there\nand\x7fthere', U&'J\00FCrgen@\00FC.example 1@2', '', NULL]) AS user_agent;

-- long and strange input
SELECT (parse_user_agent(repeat('x', 100000))).*;
SELECT (parse_user_agent('iPhone' || repeat('x', 1012) || ' Googlebot')).is_bot AS beyond_the_first_kilobyte;
SELECT (parse_user_agent('iPhone' || repeat('x', 1008) || ' Googlebot')).is_bot AS at_its_end;
SELECT (parse_user_agent(E'\x01\x7f\u00e4\U0001F600 Android Mobile')).*;

-- every answer is a word that a click_event takes
SELECT count(click_event('epoch', 1, device => u.device, os => u.os, browser => u.browser))
FROM unnest('{iPhone,iPad,Android,Apple Watch,Xbox,Roku,KaiOS,Tizen,Web0S,HarmonyOS,CrOS x,Windows Phone,Macintosh,X11,FBAN,Instagram,TikTok,Pinterest,Snapchat,LinkedInApp,MicroMessenger, Line/,GSA/,Outlook,Thunderbird,OPR/,SamsungBrowser,UCBrowser,YaBrowser,Vivaldi,Silk/,HuaweiBrowser,MiuiBrowser,DuckDuckGo,Firefox,MSIE,; wv),Chrome}'::text[]) AS ua,
	parse_user_agent(ua) AS u;
