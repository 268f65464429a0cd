// SPDX-License-Identifier: MIT
// hostile.mjs BASE SESSION DIRECTORY: a session whose log and fields are made to harm a page: HTML, escape sequences, marks
// of text direction, a line of 1 MB. All of it shows as text.
import { close, open, overflow, result, start, widths } from './browser.mjs';

const [base, session, directory] = process.argv.slice(2);
const browser = await start();
for (const width of widths) {
	const page = await open(browser, base, width);
	for (const path of [`/crash/${session}`, `/crash/${session}/log`, '/crashes?sort=last', '/', '/sessions', '/machines', '/events', '/crashes.atom']) {
		const answer = await page.goto(base + path);
		result(answer.status() === 200, `${path} at ${width} pixels answers`, answer.status());
		result(await page.locator('img, main script, iframe, b.attack').count() === 0, `${path} at ${width} pixels: no element of the log's`);
		result(await page.evaluate(() => !window.attacked), `${path} at ${width} pixels: nothing of the log ran`);
		if (!path.endsWith('.atom')) {
			const wider = await overflow(page);
			result(wider <= 0, `${path} at ${width} pixels: fits the window`, `${wider} pixels wider`);
			const text = await page.locator('body').innerText();
			result(!/[\u001b\u202a-\u202e\u2066-\u2069\u200e\u200f]/.test(text), `${path} at ${width} pixels: no control and no mark of direction is raw`);
		}
	}
	await page.goto(`${base}/crash/${session}/log`);
	const text = await page.locator('.log').innerText();
	result(text.includes('<script>attacked=1</script>'), `at ${width} pixels HTML of the log shows as it came`, text.slice(0, 300));
	result(/\\x1b\[31m/.test(text), `at ${width} pixels an escape sequence shows as text`);
	await page.screenshot({ path: `${directory}/hostile-${width}.png` });
	result(page.faults.length === 0, `at ${width} pixels the hostile session breaks no rule`, page.faults.join('; '));
	await close(page);
}
await browser.close();
