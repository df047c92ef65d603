// What the store should hold after what was recorded, kept in JavaScript: each function takes
// the arguments of the recording function of its name and returns what that should return.
// It judges no errors. See driver.js.
'use strict';

const agents = {
	windows: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
	iphone: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
	bot: 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
};
const devices = new Map([
	[agents.windows, { device: 'desktop', os: 'windows', browser: 'chrome' }],
	[agents.iphone, { device: 'phone', os: 'ios', browser: 'safari' }],
	[agents.bot, { device: 'other', os: 'other', browser: 'other', bot: true }],
]);
const unknown = { device: null, os: null, browser: null };

const at = (array, i) => array?.[i] ?? null;
const earlier = (a, b) => (a === null || (b !== null && b < a) ? b : a);

class StoreModel {
	constructor() {
		this.links = new Map(); // by link_id
		this.codes = new Map(); // by domain and code
		this.clicks = [];
		this.batches = new Set();
		this.recipients = new Map(); // by recipient_key
		this.sends = new Map(); // and so on, by key
		this.optOuts = new Map();
		this.conversions = new Map();
		this.sessions = new Map();
		this.aliases = new Map(); // from a visitor to the known one
	}

	// ---- links ----

	addLink(link) {
		this.links.set(link.link_id, { used: 0, disabled: false, ...link });
		this.codes.set(`${link.domain}/${link.code}`, link.link_id);
	}

	// ---- clicks ----

	known(visitor) { return this.aliases.get(visitor) ?? visitor; }

	statusOf(link, clickedAt) {
		if (!link) return 'not_found';
		if (link.disabled) return 'disabled';
		return link.expires_at && link.expires_at <= clickedAt ? 'expired' : 'ok';
	}

	visit(v) {
		const link = this.links.get(this.codes.get(`${v.domain}/${v.code}`));
		const agent = devices.get(v.user_agent) ?? unknown;
		const prefetch = v.method === 'HEAD' || /^prefetch/i.test(v.purpose ?? '');
		const reasons = [...(agent.bot ? ['user_agent'] : []), ...(prefetch ? ['prefetch'] : [])];
		let status = this.statusOf(link, v.clicked_at);
		if (status === 'ok' && link.max_clicks !== null) {
			if (link.used >= link.max_clicks) status = 'exhausted';
			else if (reasons.length === 0) link.used += 1;
		}
		if (status !== 'ok') return { url: link?.fallback_url ?? null, status };

		const kept = v.consent === 'none' ? unknown : agent;
		const named = v.consent === null || v.consent === 'full';
		const visitor = named ? v.visitor_id ?? link.recipient_id : null;
		const recipient = visitor !== null && v.visitor_id === null;
		this.clicks.push({
			clicked_at: v.clicked_at, link_id: link.link_id, visitor_id: this.known(visitor), channel: link.channel,
			country: v.consent === 'none' ? null : v.country, device: kept.device, os: kept.os, browser: kept.browser,
			variant: v.variant, destination: 'web', bot_reasons: reasons,
			known: named && (v.known || recipient || this.aliases.has(visitor)),
		});
		return { url: link.url, status };
	}

	// Visits in the order of time, as how many got which status.
	visits(visits, batchKey = null) {
		if (batchKey !== null && this.batches.has(batchKey)) return {};
		this.batches.add(batchKey);
		const statuses = {};
		for (const v of [...visits].sort((a, b) => a.clicked_at - b.clicked_at)) {
			const { status } = this.visit(v);
			statuses[status] = (statuses[status] ?? 0) + 1;
		}
		return statuses;
	}

	recordClicks(clicks, batchKey = null) {
		if (batchKey !== null && this.batches.has(batchKey)) return 0;
		this.batches.add(batchKey);
		for (const click of clicks) {
			const alias = this.aliases.has(click.visitor_id);
			this.clicks.push(alias ? { ...click, visitor_id: this.known(click.visitor_id), known: true } : click);
		}
		return clicks.length;
	}

	// ---- people ----

	recordRecipients(keys, address, audience) {
		keys.forEach((key, i) => {
			const r = this.recipients.get(key) ?? { address: null, audience: null };
			this.recipients.set(key, { address: at(address, i) ?? r.address, audience: at(audience, i) ?? r.audience });
		});
		return keys;
	}

	identify(anonymous, known, recipientIds) {
		let added = 0;
		anonymous.forEach((visitor, i) => {
			const person = this.known(known[i]);
			if (visitor === null || person === null || visitor === person) return;
			if (this.aliases.has(visitor) || recipientIds.has(visitor)) return;
			this.aliases.set(visitor, person);
			for (const [alias, was] of this.aliases) if (was === visitor) this.aliases.set(alias, person);
			for (const rows of [this.conversions, this.sessions, this.optOuts]) {
				for (const row of rows.values()) if (row.visitor_id === visitor) row.visitor_id = person;
			}
			added += 1;
		});
		return added;
	}

	// ---- messages ----

	recordSends(keys, campaign, recipients, sentAt, channel, variant, holdout) {
		return this.addNew(this.sends, keys, (i) => ({
			campaign_id: campaign.campaign_id, recipient_id: recipients[i], channel: at(channel, i) ?? campaign.channel,
			variant: at(variant, i), holdout: at(holdout, i) ?? false, sent_at: sentAt[i],
			delivered_at: null, failed_at: null, failure: null,
		}));
	}

	recordDeliveries(keys, deliveredAt, failure) {
		const changed = new Set();
		keys.forEach((key, i) => {
			const send = this.sends.get(key);
			const field = at(failure, i) === null ? 'delivered_at' : 'failed_at';
			if (earlier(send[field], deliveredAt[i]) === send[field]) return;
			send[field] = deliveredAt[i];
			if (field === 'failed_at') send.failure = failure[i];
			changed.add(key);
		});
		return changed.size;
	}

	recordOptOuts(keys, visitors, optedOutAt, channel, campaignIds, reason) {
		return this.addNew(this.optOuts, keys, (i) => ({
			visitor_id: this.known(visitors[i]), campaign_id: at(campaignIds, i), channel: channel[i],
			opted_out_at: optedOutAt[i], reason: at(reason, i),
		}));
	}

	// ---- outcomes ----

	recordConversions(orders, visitors, convertedAt, revenue, currency, kind) {
		return this.addNew(this.conversions, orders, (i) => ({
			visitor_id: this.known(visitors[i]), converted_at: convertedAt[i], revenue: at(revenue, i) ?? '0',
			currency: at(currency, i) ?? 'XXX', kind: at(kind, i) ?? 'purchase',
		}));
	}

	// Of an order given twice the last values count, so what it was in between does not.
	reviseConversions(orders, revenue, currency) {
		const wanted = new Map();
		orders.forEach((order, i) => {
			const w = wanted.get(order) ?? { revenue: null, currency: null };
			wanted.set(order, { revenue: at(revenue, i) ?? w.revenue, currency: at(currency, i) ?? w.currency });
		});
		let changed = 0;
		for (const [order, w] of wanted) {
			const c = this.conversions.get(order);
			const after = { revenue: w.revenue ?? c.revenue, currency: w.currency ?? c.currency };
			if (Number(after.revenue) === Number(c.revenue) && after.currency === c.currency) continue;
			Object.assign(c, after);
			changed += 1;
		}
		return changed;
	}

	recordEngagement(keys, visitors, linkIds, startedAt, pages, seconds) {
		const changed = new Set();
		keys.forEach((key, i) => {
			const s = this.sessions.get(key);
			if (!s) {
				this.sessions.set(key, { visitor_id: this.known(visitors[i]), link_id: linkIds[i], started_at: startedAt[i],
					pages: pages[i], seconds: seconds[i] });
			} else if (pages[i] > s.pages || Number(seconds[i]) > Number(s.seconds)) {
				s.pages = Math.max(s.pages, pages[i]);
				if (Number(seconds[i]) > Number(s.seconds)) s.seconds = seconds[i];
			} else return;
			changed.add(key);
		});
		return changed.size;
	}

	// Adds the rows whose keys are new and returns how many those are.
	addNew(rows, keys, row) {
		const before = rows.size;
		keys.forEach((key, i) => { if (!rows.has(key)) rows.set(key, row(i)); });
		return rows.size - before;
	}
}

module.exports = { StoreModel, agents };
