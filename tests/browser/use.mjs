// SPDX-License-Identifier: MIT
// use.mjs BASE USER PASSWORD: what people do with the pages: search, sort, filter, log in, mute, note, tag; by keyboard;
// without JavaScript.
import { close, open, result, start, widths } from './browser.mjs';

const [base, user, password] = process.argv.slice(2);
const browser = await start();
const page = await open(browser, base, widths[0]);
const rows = () => page.locator('table.groups tbody tr td.title a:not(.tag)').allInnerTexts();
const numbers = async (column) => (await page.locator(`table.groups tbody tr td:nth-child(${column})`).allInnerTexts())
	.map((text) => Number(text.replace(/,/g, '')));

// --- search ---
await page.goto(`${base}/crashes`);
const all = await rows();
result(all.length > 0, 'the list of crashes has groups', 'it is empty');
await page.getByLabel('Search crashes').fill('lab_die');
await page.getByRole('search').getByRole('button').click();
result(/lab_die/.test(page.url()), 'a search keeps its words in the address', page.url());
const found = await rows();
result(found.length > 0 && found.every((title) => /lab_/.test(title)), 'a search by a frame finds its crashes only', found.join(', '));
await page.goto(`${base}/search?q=thiswordisnowhere`);
result((await page.locator('table.groups').innerText()).includes('No crashes'), 'a search for what is nowhere says so', await page.url());

// --- sort ---
await page.goto(`${base}/crashes`);
await page.getByRole('link', { name: 'Crashes', exact: true }).last().click();
const counts = await numbers(4);
result(counts.length > 1 && counts.every((n, i) => i === 0 || n <= counts[i - 1]), 'sorted by crashes, the most frequent is first', counts.join(' '));

// --- filter ---
await page.goto(`${base}/crashes`);
await page.getByLabel('Class').fill('NULL pointer dereference');
await page.getByRole('button', { name: 'Filter' }).click();
const filtered = await rows();
result(filtered.length > 0 && filtered.every((title) => /NULL pointer/.test(title)), 'a filter by class shows that class only', filtered.join(', '));
result(await page.getByLabel('Class').inputValue() === 'NULL pointer dereference', 'the filter keeps what was typed');

// --- keyboard ---
await page.goto(`${base}/`);
await page.keyboard.press('Tab');
result(await page.evaluate(() => document.activeElement.classList.contains('skip')), 'the first Tab reaches the way past the navigation');
await page.keyboard.press('Enter');
result(page.url().endsWith('#main'), 'Enter follows it', page.url());

// --- without a login nothing can be changed ---
await page.goto(`${base}/crashes?search=lab_die`);
await page.locator('table.groups tbody td.title a:not(.tag)').first().click();
const group = page.url();
result(await page.locator('form[method=post]').count() === 0, 'without a login there is no form that changes something');
const refused = await page.request.post(group, { form: { what: 'tag', value: 'x' } });
result(refused.status() === 401, 'a change without a login is refused', refused.status());
await close(page);

// --- with one ---
const own = await open(browser, base, widths[0], { httpCredentials: { username: user, password, send: 'always' } });
await own.goto(`${base}/login?to=${encodeURIComponent(new URL(group).pathname)}`);
result(own.url() === group, 'the login leads back to where one was', own.url());
result((await own.locator('.user').innerText()).includes(user), 'the page shows who is logged in');
const forged = await own.request.post(group, { form: { what: 'tag', value: 'x', csrf: '0'.repeat(64) } });
result(forged.status() === 403, 'a change with a forged token is refused', forged.status());
await own.getByRole('textbox', { name: 'Tag' }).fill('infra');
await own.getByRole('button', { name: 'Add tag' }).click();
result((await own.locator('a.tag').allInnerTexts()).includes('infra'), 'a tag appears at once');
await own.getByRole('textbox', { name: 'Note' }).fill('seen in the lab <b>only</b>');
await own.getByRole('button', { name: 'Add note' }).click();
const note = own.locator('article.note').first();
result((await note.innerText()).includes('<b>only</b>') && (await note.innerText()).includes(user), 'a note appears as it was typed, with its author');
await own.getByRole('textbox', { name: 'Mute for' }).fill('7d');
await own.getByRole('button', { name: 'Mute', exact: true }).click();
result((await own.locator('h1 .state').innerText()) === 'muted', 'a muted group says so', await own.locator('h1').innerText());
await own.goto(`${base}/crashes?state=muted`);
result(await own.locator('table.groups tbody td.title a:not(.tag)').count() === 1, 'the filter by state finds it');
await own.goto(group);
await own.getByRole('button', { name: 'Unmute' }).click();
result((await own.locator('h1 .state').innerText()) !== 'muted', 'unmuted, it is as before');
await own.getByRole('button', { name: 'Remove tag infra' }).click();
result(!(await own.locator('a.tag').allInnerTexts()).includes('infra'), 'a tag can be removed');
result((await own.locator('body').innerText()).includes(`${user}: mute`), 'the history has who did what');
result(own.faults.filter((f) => !/40[13]/.test(f)).length === 0, 'no change breaks a rule', own.faults.join('; '));
await close(own);

// --- without JavaScript ---
const plain = await open(browser, base, widths[1], { javaScriptEnabled: false });
for (const path of ['/', '/crashes', '/machines', '/rates', '/events']) {
	await plain.goto(base + path);
	const text = await plain.locator('main').innerText();
	result(text.length > 80, `without JavaScript ${path} has its content`, text);
}
await close(plain);
await browser.close();
