// SPDX-License-Identifier: MIT
// pictures.mjs BASE SESSION DIRECTORY: README's two pictures, of the overview and of a crash.
import { close, open, result, start } from './browser.mjs';

const [base, session, directory] = process.argv.slice(2);
const browser = await start();
for (const [name, path, height] of [['overview', '/', 560], ['crash', `/crash/${session}`, 1010]]) {
	const page = await open(browser, base, 1000);
	await page.setViewportSize({ width: 1000, height });
	await page.goto(base + path);
	await page.screenshot({ path: `${directory}/${name}.png` });
	result(page.faults.length === 0, `a picture of ${path}`, page.faults.join('; '));
	await close(page);
}
await browser.close();
