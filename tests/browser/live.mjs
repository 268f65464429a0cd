// SPDX-License-Identifier: MIT
// live.mjs BASE MAC DIRECTORY: watches a machine's page while the machine boots and dies, without ever loading it again.
// "watching" is printed once the page is open: then the machine is to be started.
import { open, result, start, widths } from './browser.mjs';

const [base, mac, directory] = process.argv.slice(2);
const browser = await start();
const page = await open(browser, base, widths[0]);
await page.goto(`${base}/machine/${mac}`);
await page.evaluate(() => { window.loadedOnce = true; });
console.log('# watching');

async function comes(name, seconds, probe) {
	// (waitForFunction would evaluate text in the page, which its policy forbids)
	for (const end = Date.now() + seconds * 1000; Date.now() < end; await page.waitForTimeout(200))
		if (await page.evaluate(probe))
			return result(true, name);
	await page.screenshot({ path: `${directory}/live-failed.png`, fullPage: true });
	return result(false, name, await page.locator('main').innerText());
}
await comes('the state becomes running', 300, () => document.getElementById('state').textContent.trim() === 'running');
await comes('lines of netconsole appear', 60, () => /netconsole runs on|Linux version|Command line/.test(document.getElementById('netconsole').textContent));
await comes('the crash appears in the tail', 90, () => /BUG: kernel NULL pointer/.test(document.getElementById('netconsole').textContent));
await page.screenshot({ path: `${directory}/live.png` });
await comes('the state becomes captured', 120, () => document.getElementById('state').textContent.trim() === 'captured');
result(await page.evaluate(() => window.loadedOnce === true), 'the page was never loaded again');
result(page.faults.length === 0, 'the live page breaks no rule', page.faults.join('; '));
await browser.close();
