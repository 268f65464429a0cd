// SPDX-License-Identifier: MIT
// crawl.mjs BASE DIRECTORY: follows every link of the pages, from the overview on. Each kind of page is opened at both
// widths, in light and dark: it fits the window, axe finds nothing serious, and it asks nobody but the server. Of each kind
// there is then a screenshot in DIRECTORY. Every other link is fetched: none is dead.
import { accessibility, close, comment, open, overflow, result, start, widths } from './browser.mjs';

const [base, directory] = process.argv.slice(2);
const browser = await start();

// Pages of one kind differ in data only. The parameters' names count, their values do not.
function kind(url) {
	const { pathname, searchParams } = new URL(url);
	const path = pathname
		.replace(/^\/(crash|session)\/[^/]+/, '/$1/ID')
		.replace(/^\/group\/[^/]+/, '/group/SIGNATURE')
		.replace(/^\/machine\/[^/]+/, '/machine/MAC')
		.replace(/\/raw\/.*/, '/raw/FILE');
	return [path, ...[...new Set(searchParams.keys())].sort()].join('?');
}

const most = { seen: 2, fetched: 300 }; // pages of one kind that are opened; links that are fetched
const queue = [`${base}/`];
const known = new Set(queue);
const kinds = new Map();
const dead = [];
let fetched = 0;

async function links(page) {
	const found = await page.evaluate(() => [...document.querySelectorAll('a[href], link[href], script[src], img[src]')]
		.map((e) => e.href || e.src));
	for (const link of found) {
		const url = link.replace(/#.*/, '');
		if (!known.has(url)) {
			known.add(url);
			queue.push(url);
		}
	}
}

async function look(url, name, first) {
	for (const width of widths)
		for (const scheme of first ? ['light', 'dark'] : ['light']) {
			const page = await open(browser, base, width, { colorScheme: scheme });
			const answer = await page.goto(url, { waitUntil: 'load' });
			const where = `${name} at ${width} pixels, ${scheme}`;
			result(answer.status() === 200, `${where}: status 200`, `${answer.status()} ${url}`);
			const wider = await overflow(page);
			result(wider <= 0, `${where}: fits the window`, `${wider} pixels wider: ${url}`);
			if (first) {
				const found = await accessibility(page);
				result(found === '', `${where}: axe finds nothing serious`, found);
				const file = name.replace(/[^A-Za-z]+/g, '-').replace(/^-|-$/g, '') || 'overview';
				await page.screenshot({ path: `${directory}/${file}-${width}-${scheme}.png`, fullPage: false });
			}
			await page.waitForTimeout(100);
			result(page.faults.length === 0, `${where}: asks nobody else, breaks no rule`, page.faults.join('; '));
			await links(page);
			await close(page);
		}
}

while (queue.length) {
	const url = queue.shift();
	if (!url.startsWith(base)) {
		dead.push(`${url} is elsewhere`);
		continue;
	}
	if (new URL(url).pathname === '/login')
		continue;
	const name = kind(url);
	const times = kinds.get(name) ?? 0;
	const type = times < most.seen || fetched < most.fetched
		? await fetch(url).then(async (answer) => {
			await answer.arrayBuffer();
			if (answer.status !== 200)
				dead.push(`${answer.status} ${url}`);
			return answer.headers.get('content-type') ?? '';
		}) : '';
	fetched++;
	if (!type.startsWith('text/html') || times >= most.seen)
		continue;
	kinds.set(name, times + 1);
	await look(url, name, times === 0);
}
comment(`${kinds.size} kinds of page, ${known.size} links: ${[...kinds.keys()].join(' ')}`);
result(dead.length === 0, 'no link is dead or leads elsewhere', dead.slice(0, 10).join('; '));
for (const path of ['/', '/crashes', '/group/SIGNATURE', '/crash/ID', '/crash/ID/log', '/machines', '/machine/MAC', '/machine/MAC/script',
	'/sessions', '/events', '/fleet', '/rates'])
	result([...kinds.keys()].some((k) => k.split('?')[0] === path), `the links lead to a page ${path}`, [...kinds.keys()].join(' '));
await browser.close();
