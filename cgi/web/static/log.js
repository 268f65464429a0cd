// SPDX-License-Identifier: MIT
// log.js: ranges of lines. #L12-L34 marks these lines; a click on a line's number with Shift makes such a link from the
// line chosen before. Without this script #L12 works by itself, and a range as ?from=12&lines=23.
'use strict';

function range() {
	const match = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash);

	return match ? [Number(match[1]), Number(match[2] ?? match[1])].sort((a, b) => a - b) : null;
}

function mark(scroll) {
	const chosen = range();

	document.querySelectorAll('.log tr.chosen').forEach((row) => row.classList.remove('chosen'));
	if (!chosen)
		return;
	for (const row of document.querySelectorAll('.log tr[id]')) {
		const line = Number(row.id.slice(1));

		row.classList.toggle('chosen', line >= chosen[0] && line <= chosen[1]);
	}
	if (scroll)
		document.getElementById(`L${chosen[0]}`)?.scrollIntoView({ block: 'center' });
}

document.addEventListener('click', (event) => {
	const link = event.target.closest('.log td.n a');
	const before = range();

	if (!link || !event.shiftKey || !before)
		return;
	event.preventDefault();
	const line = Number(link.textContent);
	history.replaceState(null, '', `#L${Math.min(before[0], line)}-L${Math.max(before[0], line)}`);
	mark(false);
});
addEventListener('hashchange', () => mark(true));
mark(location.hash.includes('-'));
