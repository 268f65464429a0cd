// SPDX-License-Identifier: MIT
// chart.js: the rates as a chart: a point for each row that has one, its 95 % interval as a bar, in the order of the values
// (releases as people count them). The same figures are in the table below it.
'use strict';

(async () => {
	const place = document.getElementById('chart');

	if (!place || !window.uPlot)
		return;
	const { rows } = await (await fetch(place.dataset.json)).json();
	// (a row of less than a machine-day has no rate)
	const shown = rows.filter((row) => row.value && row.rate !== undefined).sort((a, b) => a.value.localeCompare(b.value, 'en', { numeric: true })).slice(-40);
	const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
	const height = 260;

	if (shown.length < 2)
		return;
	place.hidden = false;
	const intervals = (u) => {
		u.ctx.save();
		u.ctx.strokeStyle = colour('--bar');
		u.ctx.lineWidth = 2 * devicePixelRatio;
		shown.forEach((row, i) => {
			const x = u.valToPos(i, 'x', true);

			u.ctx.beginPath();
			u.ctx.moveTo(x, u.valToPos(row.low, 'y', true));
			u.ctx.lineTo(x, u.valToPos(Math.min(row.high, u.scales.y.max), 'y', true));
			u.ctx.stroke();
		});
		u.ctx.restore();
	};
	// an interval of a row with hardly any exposure is endless: it must not flatten the others
	const most = Math.max(...shown.map((row) => Math.min(row.high, 4 * row.rate + 1)));
	const axis = { stroke: colour('--text'), grid: { stroke: colour('--line'), width: 1 } };
	const chart = new uPlot({
		width: place.clientWidth, height,
		legend: { show: false }, cursor: { show: false },
		scales: { x: { time: false, range: [-0.5, shown.length - 0.5] }, y: { range: [0, most] } },
		axes: [
			{ ...axis, splits: shown.map((row, i) => i), rotate: shown.length > 6 ? -35 : 0, size: shown.length > 6 ? 110 : 40,
				values: (u, splits) => splits.map((i) => shown[i]?.value.slice(0, 22) ?? '') },
			{ ...axis, label: 'crashes per 1,000 machine-days', size: 60 },
		],
		series: [{}, { stroke: colour('--bad'), paths: () => null, points: { show: true, size: 8, fill: colour('--bad') } }],
		hooks: { draw: [intervals] },
	}, [shown.map((row, i) => i), shown.map((row) => row.rate)], place);

	addEventListener('resize', () => chart.setSize({ width: place.clientWidth, height }));
})();
