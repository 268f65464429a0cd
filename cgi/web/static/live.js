// SPDX-License-Identifier: MIT
// live.js: what is new. On a machine's page the lines of netconsole and console and the state, on the list of machines the
// states. By EventSource, which asks again each second from where it was; where that is missing, by fetch. Text from
// machines goes into the page as textContent only.
'use strict';

const LINES_MAX = 2000;
const PAUSE_MS = 2000;

// The state that an event leads to; of others the page's own stays.
const STATES = {
	requested: 'requested', armed: 'armed', running: 'running', died: 'died', uploaded: 'captured', ended: 'ended',
	stalled: 'stalled', 'not-armed': 'not armed', 'no-capture': 'died, no capture',
};

// Calls handlers[NAME](data) for each event of path, from the place `after` on.
function follow(path, after, handlers) {
	if (window.EventSource) {
		const events = new EventSource(path + (after ? `?after=${encodeURIComponent(after)}` : ''));

		for (const name of Object.keys(handlers))
			events.addEventListener(name, (event) => handlers[name](JSON.parse(event.data)));
		addEventListener('pagehide', () => events.close());
		return;
	}
	const ask = async () => {
		try {
			const reply = await fetch(`${path}.json${after ? `?after=${encodeURIComponent(after)}` : ''}`);
			const news = await reply.json();

			after = news.after ?? after;
			for (const name of Object.keys(handlers)) {
				const data = name === 'session' ? news : name === 'event' ? news.events : news[name];

				for (const one of name === 'event' ? data ?? [] : data ? [data] : [])
					handlers[name](one);
			}
		} catch {
			// the server is away: it is asked again
		}
		setTimeout(ask, PAUSE_MS);
	};
	ask();
}

function set_state(element, state) {
	if (element.textContent === state)
		return;
	element.textContent = state;
	element.className = `state ${state}`;
}

// Appends lines, keeps the newest, and stays at the end where the reader is.
function add_lines(element, lines) {
	if (!lines.length)
		return;
	const at_end = element.scrollHeight - element.scrollTop - element.clientHeight < 30;
	const all = (element.textContent + lines.map((line) => `${line}\n`).join('')).split('\n');

	element.textContent = all.slice(-LINES_MAX - 1).join('\n');
	if (at_end)
		element.scrollTop = element.scrollHeight;
}

function machine(netconsole, console_) {
	let session = netconsole.dataset.after?.split('_')[0];

	netconsole.scrollTop = netconsole.scrollHeight;
	if (console_)
		console_.scrollTop = console_.scrollHeight;
	follow(netconsole.dataset.live, netconsole.dataset.after, {
		session(data) {
			if (session && data.session !== session) {
				netconsole.textContent = '';
				if (console_)
					console_.textContent = '';
			}
			session = data.session;
			set_state(document.getElementById('state'), data.state);
		},
		netconsole: (lines) => add_lines(netconsole, lines),
		console: (lines) => console_ && add_lines(console_, lines),
	});
}

function machines(table) {
	follow('/live', '', {
		event(data) {
			const mac = data.session?.slice(0, 12).match(/../g)?.join(':');
			const row = mac && [...table.querySelectorAll('tr[data-mac]')].find((tr) => tr.dataset.mac === mac);
			const state = STATES[data.event];

			if (row && state)
				set_state(row.querySelector('.state'), state);
		},
	});
}

{
	const netconsole = document.querySelector('[data-live]');
	const table = document.getElementById('machines');

	if (netconsole)
		machine(netconsole, document.getElementById('console'));
	else if (table)
		machines(table);
}
