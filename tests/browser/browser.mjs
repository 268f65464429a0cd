// SPDX-License-Identifier: MIT
// browser.mjs: what the browser tests share: Chromium, a page that reports what it must not do, and results for
// the shell test that started it. A line on stdout for each result: "0<TAB>NAME" if it holds, "1<TAB>NAME<TAB>WHY" if
// not; other lines are comments.
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const widths = [1280, 390];

export function result(good, name, why = '') {
	const line = (text) => String(text).replace(/[\t\r\n]+/g, ' ').slice(0, 1500);
	console.log(good ? `0\t${line(name)}` : `1\t${line(name)}\t${line(why)}`);
	return good;
}

export function comment(text) {
	console.log(`# ${String(text).replace(/[\r\n]+/g, ' ')}`);
}

export async function start() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
	});
}

// A page of this width. page.faults: what it did that it must not: requests to others, errors of scripts, violations
// of the content security policy (those appear as errors on the console).
export async function open(browser, base, width, options = {}) {
	const context = await browser.newContext({ viewport: { width, height: 900 }, ...options });
	const page = await context.newPage();
	page.faults = [];
	page.on('pageerror', (error) => page.faults.push(`script: ${error.message}`));
	page.on('console', (message) => {
		if (message.type() === 'error' || /content security policy/i.test(message.text()))
			page.faults.push(`console: ${message.text()}`);
	});
	page.on('request', (request) => {
		if (!request.url().startsWith(base) && !request.url().startsWith('data:'))
			page.faults.push(`request to ${request.url()}`);
	});
	page.on('dialog', (dialog) => {
		page.faults.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	return page;
}

export async function close(page) {
	await page.context().close();
}

// How many pixels the page is wider than its window.
export async function overflow(page) {
	return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

// Serious and critical findings, as one text; "" for none.
export async function accessibility(page) {
	const violations = await page.evaluate(async (source) => {
		if (!window.axe)
			(0, eval)(source);
		const found = await window.axe.run(document, {
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
		});
		return found.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
			.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`).join('; ')}`);
	}, axe);
	return violations.join(' | ');
}
