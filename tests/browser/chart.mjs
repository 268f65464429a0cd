// SPDX-License-Identifier: MIT
// chart.mjs CHART.JS: runs the script of the rates' chart without a browser; what it gives uPlot is printed as JSON.
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

const rows = [
	{ value: '6.1.0-58', crashes: 1, machine_days: 0.2 }, // booted an hour ago: no rate yet
	{ value: '6.1.0-57', crashes: 4, machine_days: 400, rate: 10, low: 2.7, high: 25.6 },
	{ value: '6.1.0-9', crashes: 2, machine_days: 1000, rate: 2, low: 0.2, high: 7.2 },
	{ value: '', crashes: 0, machine_days: 3, rate: 0, low: 0, high: 1229 },
];
const chart = { dataset: { json: '/rates.json' }, clientWidth: 800, hidden: true };

globalThis.window = globalThis;
globalThis.document = { getElementById: () => chart, documentElement: {} };
globalThis.getComputedStyle = () => ({ getPropertyValue: () => '#000' });
globalThis.addEventListener = () => {};
globalThis.fetch = async () => ({ json: async () => ({ rows }) });
globalThis.uPlot = class {
	constructor(options, data) {
		const names = options.axes[0].values(null, options.axes[0].splits);

		console.log(JSON.stringify({ names, rates: data[1], top: options.scales.y.range[1], hidden: chart.hidden }));
	}
};
runInThisContext(readFileSync(process.argv[2], 'utf8'));
