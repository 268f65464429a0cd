// SPDX-License-Identifier: MIT
// log.js: links to lines. A click on a line's number makes the page's address one of that line, #L12; a click with Shift that
// of all lines from the one chosen before, #L12-L34. (The numbers are no links: a thousand of them, closer than fingers
// can tell apart, would be in the way of the keyboard.) Without this script #L12 works by itself, and a range as
// ?from=12&lines=23, by the form above the log.
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
	const number = event.target.closest('.log td.n');
	const before = range();

	if (!number)
		return;
	const line = Number(number.textContent);
	const first = event.shiftKey && before ? before[0] : line;
	history.replaceState(null, '', first === line ? `#L${line}` : `#L${Math.min(first, line)}-L${Math.max(first, line)}`);
	mark(false);
});
addEventListener('hashchange', () => mark(true));
mark(location.hash.includes('-'));
