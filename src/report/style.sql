-- ---------------------------------------------------------------------------
-- The report: how it looks
-- ---------------------------------------------------------------------------

CREATE FUNCTION report_style() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN $css$
:root {
	color-scheme: light dark;
	--page: #faf9f6; --card: #ffffff; --ink: #1c1f26; --soft: #575d69; --hair: #e3e0d8; --rail: #ebe8e1;
	--a: #1d5bb8; --a-area: #1d5bb81f; --b: #a8480c; --good: #1a6b3c; --bad: #a32a1c; --on-a: #ffffff; --shade: #1c1f2626;
	--sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
	--serif: ui-serif, "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Charter, "Liberation Serif", serif;
}
@media screen and (prefers-color-scheme: dark) {
	:root {
		--page: #14161a; --card: #1b1e24; --ink: #e9e7e2; --soft: #a6abb6; --hair: #30343d; --rail: #2a2e36;
		--a: #7eaefc; --a-area: #7eaefc2b; --b: #f2a25c; --good: #7fcf9c; --bad: #ff9c8c; --on-a: #10141c; --shade: #00000080;
	}
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.55 var(--sans); font-variant-numeric: tabular-nums lining-nums; overflow-wrap: anywhere; }
.sheet { max-width: 1100px; margin: 0 auto; padding: 72px 40px 56px; }
h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.15; letter-spacing: -0.01em; text-wrap: balance; margin: 0; }
h1 { font-size: clamp(2.1rem, 6vw, 3.4rem); }
h2 { font-size: clamp(1.5rem, 3.4vw, 2rem); }
h3 { font-size: 1rem; font-weight: 650; line-height: 1.35; margin: 40px 0 4px; }
p { margin: 0; max-width: 68ch; }
.kicker { color: var(--soft); font-size: 0.8125rem; letter-spacing: 0.08em; text-transform: uppercase; margin-bottom: 14px; }
.period { color: var(--soft); margin-top: 14px; font-size: 1.0625rem; }
nav { margin: 40px 0 0; padding: 14px 0; border-top: 1px solid var(--hair); border-bottom: 1px solid var(--hair); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 24px; margin: 0; padding: 0; list-style: none; font-size: 0.9375rem; }
a { color: var(--a); text-underline-offset: 3px; text-decoration-thickness: 1px; }
nav a { display: inline-block; padding: 3px 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--a); outline-offset: 3px; border-radius: 2px; }
section { margin-top: 80px; scroll-margin-top: 24px; }
.lead { font-size: 1.0625rem; color: var(--soft); margin-top: 12px; }
.lead strong { color: var(--ink); font-weight: 600; }
.note, .more { color: var(--soft); font-size: 0.875rem; margin-top: 10px; }

.figures { display: grid; grid-template-columns: repeat(10, 1fr); gap: 1px; margin: 32px 0 0; background: var(--hair); border: 1px solid var(--hair); border-radius: 10px; overflow: hidden; }
.figures div { grid-column: span 2; background: var(--card); padding: 20px 22px 18px; }
.figures .wide { grid-column: span 5; }
.figures dt { color: var(--soft); font-size: 0.875rem; }
.figures dd { margin: 0; }
.figures .value { font-size: clamp(1.6rem, 3.2vw, 2.1rem); font-weight: 600; letter-spacing: -0.02em; line-height: 1.3; }
.figures .unit { font-size: 0.5em; font-weight: 600; letter-spacing: 0.04em; color: var(--soft); }
.about { display: block; color: var(--soft); font-size: 0.8125rem; line-height: 1.4; }
.figures .about { margin-top: 3px; }

figure { margin: 32px 0 0; padding: 24px; background: var(--card); border: 1px solid var(--hair); border-radius: 10px; }
figcaption { font-weight: 600; }
figcaption span { display: block; font-weight: 400; font-size: 0.875rem; color: var(--soft); }
.key { display: flex; flex-wrap: wrap; gap: 4px 24px; margin: 12px 0 0; padding: 0; list-style: none; font-size: 0.875rem; color: var(--soft); }
.key li { display: flex; align-items: center; gap: 8px; }
.key svg { flex: none; }

svg { display: block; overflow: visible; }
svg text { font: 12px/1 var(--sans); fill: var(--soft); }
.chart { width: calc(100% - 52px); margin: 20px 8px 0 44px; }
.grid { stroke: var(--hair); stroke-width: 1; shape-rendering: crispEdges; }
.area { fill: var(--a-area); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.line.a { stroke: var(--a); }
.line.b { stroke: var(--b); stroke-dasharray: 5 4; }
.band rect { fill: transparent; }
.band line { stroke: var(--soft); stroke-width: 1; opacity: 0; }
.band:hover line { opacity: 0.7; }
.mark path { fill: var(--ink); }
.mark text { fill: var(--ink); font-weight: 600; font-size: 11px; paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
.heat rect { fill: var(--a); }
.heat text.in { font-size: 10px; fill: var(--ink); }
.heat .v0 rect { fill: var(--rail); fill-opacity: 0.55; }
.heat .v1 rect { fill-opacity: 0.10; } .heat .v2 rect { fill-opacity: 0.22; } .heat .v3 rect { fill-opacity: 0.36; }
.heat .v4 rect { fill-opacity: 0.5; } .heat .v5 rect { fill-opacity: 1; } .heat .v5 text { fill: var(--on-a); font-weight: 600; }
svg.bar { margin-top: 6px; }
svg.bar rect { fill: var(--a); }
svg.bar rect.rail { fill: var(--rail); }
.whisker { min-width: 150px; }
.whisker .rail { stroke: var(--hair); }
.whisker .reference { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 2 2; }
.whisker .interval { stroke: var(--a); stroke-width: 2; }
.whisker .end { stroke: var(--a); stroke-width: 2; }
.whisker circle { fill: var(--a); stroke: var(--card); stroke-width: 1.5; }

.table { margin-top: 24px; overflow-x: auto; border: 1px solid var(--hair); border-radius: 10px;
	background: linear-gradient(to left, var(--card) 20px, transparent) right / 40px 100% no-repeat local, linear-gradient(to left, var(--shade), transparent) right / 16px 100% no-repeat, var(--card); }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; line-height: 1.4; }
caption { text-align: left; font-weight: 600; padding: 18px 20px 10px; font-size: 1rem; }
caption div { position: sticky; left: 20px; width: fit-content; max-width: calc(100vw - 78px); }
caption span { display: block; font-weight: 400; font-size: 0.875rem; color: var(--soft); max-width: 100ch; text-wrap: balance; }
th, td { padding: 10px 14px; text-align: right; vertical-align: top; white-space: nowrap; overflow-wrap: normal; border-top: 1px solid var(--hair); }
th:first-child, td:first-child { padding-left: 20px; }
th:last-child, td:last-child { padding-right: 20px; }
th[scope=row], .t { text-align: left; }
thead th { font-size: 0.8125rem; font-weight: 500; color: var(--soft); vertical-align: bottom; white-space: normal; overflow-wrap: normal; border-top: 0; }
th[scope=row] { font-weight: 500; white-space: normal; overflow-wrap: break-word; min-width: 11rem; max-width: 15rem; position: sticky; left: 0; background: var(--card); }
tbody tr:hover > * { background: color-mix(in srgb, var(--rail) 40%, var(--card)); }
td.t { white-space: normal; overflow-wrap: break-word; min-width: 6rem; max-width: 26rem; }
td.t:has(code) { min-width: 15rem; }
td.bar { min-width: 6.5rem; }
td.draw { min-width: 180px; width: 34%; }
.tag { display: inline-block; font-size: 0.75rem; font-weight: 600; line-height: 1; padding: 4px 7px; border: 1px solid currentColor; border-radius: 99px; white-space: nowrap; }
.number { display: inline-block; min-width: 1.3rem; padding: 0 4px; margin-right: 6px; border: 1px solid var(--soft); border-radius: 99px; color: var(--soft); font-size: 0.75rem; text-align: center; }
.good { color: var(--good); } .bad { color: var(--bad); }
details { margin-top: 18px; font-size: 0.9375rem; }
summary { cursor: pointer; color: var(--a); }
details .table { max-height: 24rem; overflow: auto; margin-top: 12px; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
.empty { margin-top: 64px; padding: 56px 32px; text-align: center; background: var(--card); border: 1px solid var(--hair); border-radius: 10px; }
.empty p { margin: 10px auto 0; color: var(--soft); }
footer { margin-top: 96px; padding-top: 28px; border-top: 1px solid var(--hair); color: var(--soft); font-size: 0.875rem; }
footer dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13.5rem), 1fr)); gap: 20px 32px; margin: 0 0 28px; }
footer dt { color: var(--ink); font-weight: 600; }
footer dd { margin: 2px 0 0; }
@media (max-width: 900px) {
	.figures { grid-template-columns: repeat(6, 1fr); }
	.figures div:nth-child(-n+2), .figures .wide { grid-column: span 3; }
}
@media (max-width: 720px) {
	.sheet { padding: 40px 18px 40px; }
	section { margin-top: 60px; }
	figure { padding: 18px 14px; }
	.figures div { padding: 16px 16px 14px; }
	.minor, .heat text.in { display: none; }
	.chart { margin-left: 36px; width: calc(100% - 40px); margin-right: 4px; }
	th, td { padding: 9px 10px; }
	th:first-child, td:first-child { padding-left: 14px; }
	caption { padding: 14px 14px 8px; }
	caption div { left: 14px; max-width: calc(100vw - 66px); }
	th[scope=row] { min-width: 8.5rem; max-width: 9.5rem; }
	th:has(+ .draw) { min-width: 6.5rem; }
	td.draw { min-width: 130px; }
	td.t { max-width: 14rem; }
	.whisker { min-width: 110px; }
}
@media (max-width: 560px) {
	.figures div { grid-column: span 3; }
	.figures div:nth-child(5), .figures .wide { grid-column: span 6; }
}
@media print {
	html { font-size: 10pt; }
	:root { color-scheme: light; --page: #ffffff; }
	.sheet { max-width: none; padding: 0; }
	nav, details { display: none; }
	section { margin-top: 32pt; }
	figure, tr, .figures, h2, h3, caption { break-inside: avoid; }
	h2, h3, .lead, caption, thead { break-after: avoid; }
	figure, .table, .figures { border-color: #cccccc; }
	.table { overflow: visible; }
	table { font-size: 0.9rem; }
	th, td { padding: 4pt 5pt; white-space: normal; }
	th[scope=row], td.t, td.bar { min-width: 0; }
	th[scope=row] { position: static; background: none; }
	td.draw { min-width: 70pt; width: 20%; }
	.whisker { min-width: 70pt; }
	svg, .figures { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
	@page { margin: 16mm 14mm; }
}
$css$;
COMMENT ON FUNCTION report_style() IS 'the style sheet of the report: light, dark and on paper, wide and narrow, without a font, picture or file from elsewhere';
