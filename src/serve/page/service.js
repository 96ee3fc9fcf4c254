/*
 * service.js - the page of `dbsync serve`: what /status says, and requests.
 *
 *	stream ─▶ ┐              ┌ head
 *	          ├ take ─▶ show ┤
 *	ask    ─▶ ┘              └ a view for each job: graph, facts, tables, errors
 *
 * Both read with fetch(): an EventSource cannot send the token, and does not say why it
 * was refused.
 *
 * Nodes are made once and then updated.  Names and errors are whatever somebody gave
 * them, so all of them go in as text.  Ages are by the clock of the service; how long
 * it has been silent is by that of the browser.
 */
'use strict';

(() => {

const ASK_MS = 5000;            // without a stream
const HIDDEN_MS = 30000;        // while nobody looks
const PATIENCE_MS = 4000;       // for an answer of /status
const POST_PATIENCE_MS = 10000;
const AGAIN_MS = 2000;          // without an answer
const STREAM_AGAIN_MS = 30000;  // after it was refused, or had nothing to say
const SILENCE_MS = 15000;       // of a stream: it is opened again
const HOUR_S = 3600;
const MOST_NAMES = 12;          // of jobs, in the head
const MANY_JOBS = 20;           // what is out of sight is not laid out
const TOKEN = 'dbsync-token';
const STATES = ['ok', 'lagging', 'held', 'broken'];

/* ------------------------------------------------------------------------
 * Nodes
 * --------------------------------------------------------------------- */

const at = id => document.getElementById(id);

function make(tag, className, ...children) {
	const node = document.createElement(tag);

	if (className)
		node.className = className;
	node.append(...children);
	return node;
}

function makeShape(tag, className) {
	const node = document.createElementNS('http://www.w3.org/2000/svg', tag);

	node.setAttribute('class', className);
	return node;
}

function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

function setClass(node, name) {
	if (node.className !== name)
		node.className = name;
}

function setAttribute(node, name, value) {
	if (node.getAttribute(name) !== value)
		node.setAttribute(name, value);
}

function setHidden(node, isHidden) {
	if (node.hidden !== isHidden)
		node.hidden = isHidden;
}

/* The children in this order; what is in its place already is not touched. */
function setChildren(parent, nodes) {
	nodes.forEach((node, i) => {
		if (parent.children[i] !== node)
			parent.insertBefore(node, parent.children[i] || null);
	});
	while (parent.children.length > nodes.length)
		parent.lastElementChild.remove();
}

/* ------------------------------------------------------------------------
 * Words
 * --------------------------------------------------------------------- */

const order = new Intl.Collator('en', {numeric: true}).compare;
const integer = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', {maximumFractionDigits: 1});

function count(number, one, several = one + 's') {
	return `${integer.format(number)} ${number === 1 ? one : several}`;
}

function span(seconds) {
	if (seconds < 9.95)
		return `${short.format(Math.max(0, seconds))} s`;
	if (seconds < 120)
		return `${Math.round(seconds)} s`;
	if (seconds < 120 * 60)
		return `${Math.round(seconds / 60)} min`;
	if (seconds < 48 * 3600)
		return `${Math.round(seconds / 3600)} h`;
	return `${integer.format(Math.round(seconds / 86400))} d`;
}

function size(bytes) {
	const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
	let unit = 0;

	for (; bytes >= 1024 && unit < units.length - 1; unit++)
		bytes /= 1024;
	return `${short.format(bytes)}\u00a0${units[unit]}`;
}

const CHANGES = [['insert', 'inserted'], ['update', 'updated'], ['delete', 'deleted']];

function rows(written) {
	return CHANGES.filter(([name]) => written[name])
		.map(([name, word]) => `${integer.format(written[name])} ${word}`)
		.join(', ') || 'none';
}

/* The reader's language and zone; hours as logs have them. */
const clockFormat = new Intl.DateTimeFormat(undefined, {timeStyle: 'medium', hourCycle: 'h23'});
const dateFormat = new Intl.DateTimeFormat(undefined,
	{dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23'});

const clock = ms => clockFormat.format(ms);

/* ------------------------------------------------------------------------
 * Times: in words; as a date where somebody points at them
 * --------------------------------------------------------------------- */

let now = 0;    // of the service, milliseconds

const age = time => (now - Date.parse(time)) / 1000;

function ago(time) {
	const seconds = age(time);

	return seconds < 1 ? 'just now' : `${span(Math.floor(seconds))} ago`;
}

function setTime(node, time, text) {
	setText(node, text);
	if (node.dateTime === time)
		return;
	node.dateTime = time;
	node.title = dateFormat.format(Date.parse(time));
}

/* ------------------------------------------------------------------------
 * Facts: names and values in two columns
 * --------------------------------------------------------------------- */

/* rows: [name, node of the value]; they are there by the node. */
function makeFacts(...facts) {
	const list = make('dl');

	for (const [name, ...nodes] of facts)
		list.append(make('dt', '', name), make('dd', '', ...nodes));
	return list;
}

/* The whole line of a value. */
function setFact(node, isThere) {
	const value = node.closest('dd');

	setHidden(value, !isThere);
	setHidden(value.previousElementSibling, !isThere);
}

/* ------------------------------------------------------------------------
 * The graph of lags
 * --------------------------------------------------------------------- */

const HEIGHT = 100;

function makeGraph() {
	const graph = {
		svg: makeShape('svg', 'graph'),
		area: makeShape('path', 'area'),
		most: makeShape('path', 'most'),
		line: makeShape('path', 'line'),
		scale: make('span'),
		drawn: '',
	};

	graph.svg.setAttribute('preserveAspectRatio', 'none');
	graph.svg.setAttribute('role', 'img');
	graph.svg.append(graph.area, graph.most, graph.line);
	graph.caption = make('figcaption', '', make('span', '', 'last hour'), graph.scale);
	graph.node = make('figure', '', graph.svg, graph.caption);
	return graph;
}

/* Stairs, a step for each point: so one between two gaps is seen as well. */
function stairs(points, first, high) {
	const y = lag => (HEIGHT - lag / high * (HEIGHT - 4)).toFixed(1);
	let line = '', area = '', start = -1;

	points.forEach((lag, i) => {
		const x = first + i;

		if (lag >= 0 && start < 0) {
			start = x;
			line += `M${x} ${y(lag)}`;
			area += `M${x} ${HEIGHT}V${y(lag)}`;
		} else if (lag >= 0) {
			line += `V${y(lag)}`;
			area += `V${y(lag)}`;
		}
		if (lag >= 0) {
			line += `H${x + 1}`;
			area += `H${x + 1}`;
		}
		if (start >= 0 && (lag < 0 || i === points.length - 1)) {
			area += `V${HEIGHT}H${start}Z`;
			start = -1;
		}
	});
	return {line, area};
}

function setGraph(graph, points, step, limit) {
	const drawn = points.join() + ';' + step + ';' + limit;

	if (graph.drawn === drawn)
		return;
	graph.drawn = drawn;
	const width = HOUR_S / step;
	const known = points.filter(lag => lag >= 0);
	const most = Math.max(0, ...known);
	const high = Math.max(most, limit) || 1;
	const {line, area} = stairs(points, width - points.length, high);
	const limitAt = (HEIGHT - limit / high * (HEIGHT - 4)).toFixed(1);
	const gaps = (points.length - known.length) * step;

	graph.svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
	graph.line.setAttribute('d', line);
	graph.area.setAttribute('d', area);
	graph.most.setAttribute('d', `M0 ${limitAt}H${width}`);
	graph.scale.textContent = known.length
		? `highest ${span(most)}, dashed line ${span(limit)}` : 'not measured yet';
	graph.svg.setAttribute('aria-label', 'lag of the last hour: ' + (known.length
		? `highest ${span(most)}` : 'not measured yet') +
		(gaps ? `, not known for ${span(gaps)}` : ''));
}

/* ------------------------------------------------------------------------
 * A job that is followed
 * --------------------------------------------------------------------- */

function makeFollow() {
	const follow = {
		graph: makeGraph(),
		lag: make('span', 'now'),
		doing: make('span'), since: make('time'), reason: make('span'),
		written: make('span'), transactions: make('span'), behind: make('span'),
		runs: make('span'), next: make('time'), failures: make('span'),
	};

	follow.lagPart = make('section', 'lag', make('h3', '', 'Lag ', follow.lag), follow.graph.node);
	follow.facts = make('section', '', make('h3', '', 'Following'), makeFacts(
		['doing', follow.doing, ' ', follow.since, follow.reason],
		['next attempt', follow.next, follow.failures],
		['rows written', follow.written],
		['transactions', follow.transactions],
		['not written yet', follow.behind],
		['incremental runs', follow.runs]));
	return follow;
}

function setDoing(view, is) {
	setText(view.doing, is.doing);
	setTime(view.since, is.since, `for ${span(Math.floor(Math.max(0, age(is.since))))}`);
}

function setNext(node, next) {
	setFact(node, Boolean(next));
	if (next)
		setTime(node, next, age(next) < 0 ? `in ${span(Math.ceil(-age(next)))}` : 'now');
}

function setFollow(view, job, limit) {
	const {follow} = job;

	setHidden(view.lagPart, !follow);
	setHidden(view.facts, !follow);
	if (!follow)
		return;
	setText(view.lag, job.lag_seconds === null ? 'not known' : span(job.lag_seconds));
	setGraph(view.graph, follow.lag_history, follow.lag_step_seconds, limit);
	setDoing(view, follow);
	setText(view.reason, follow.reason && follow.reason !== job.reason
		? `: ${follow.reason}` : '');
	setNext(view.next, follow.next);
	setText(view.failures, follow.failures
		? `, after ${count(follow.failures, 'failure')} in a row` : '');
	setText(view.written, rows(follow.rows_written));
	setText(view.transactions, integer.format(follow.transactions));
	setFact(view.behind, follow.behind_transactions > 0 || follow.behind_bytes > 0);
	setText(view.behind, `${count(follow.behind_transactions, 'transaction')}, ` +
		size(follow.behind_bytes));
	setText(view.runs, integer.format(follow.incremental_runs) + (follow.restarts
		? `, ${count(follow.restarts, 'restart')}` : ''));
}

/* ------------------------------------------------------------------------
 * A job that is run
 * --------------------------------------------------------------------- */

function makeRun() {
	const run = {
		command: make('span'),
		doing: make('span'), since: make('time'),
		verdict: make('span'), ended: make('time'), took: make('span'),
		next: make('time'), schedule: make('code'), runs: make('span'),
	};

	run.facts = make('section', '', make('h3', '', run.command), makeFacts(
		['doing', run.doing, ' ', run.since],
		['last run', run.verdict, ' ', run.ended, run.took],
		['next run', run.next],
		['schedule', run.schedule],
		['runs', run.runs]));
	return run;
}

/* How a run ended, as the state that it leaves its job in (docs/serve.md). */
function stateOfExit(status) {
	if (status === 0)
		return 'ok';
	return [1, 3, 6].includes(status) ? 'held' : status === 7 ? '' : 'broken';
}

/* The command is named above it already. */
function verdictOf(run) {
	const head = `${run.command}: `;
	const text = run.last.text || `exit status ${run.last.exit_status}`;

	return text.startsWith(head) ? text.slice(head.length) : text;
}

function setLast(view, run) {
	const {last} = run;

	setFact(view.verdict, Boolean(last));
	if (!last)
		return;
	setClass(view.verdict, `mark ${stateOfExit(last.exit_status)}`);
	setText(view.verdict, verdictOf(run));
	setTime(view.ended, last.ended, ago(last.ended));
	const seconds = (Date.parse(last.ended) - Date.parse(last.began)) / 1000;

	setText(view.took, seconds >= 1 ? `, took ${span(seconds)}` : '');
}

function setRun(view, run) {
	setHidden(view.facts, !run);
	if (!run)
		return;
	setText(view.command, `Command: ${run.command}`);
	setDoing(view, run);
	setFact(view.since, run.doing !== 'idle');
	setLast(view, run);
	setNext(view.next, run.next);
	setText(view.schedule, run.schedule || '');
	setFact(view.schedule, Boolean(run.schedule));
	setText(view.runs, run.runs ? integer.format(run.runs) +
		(run.failed ? `, ${integer.format(run.failed)} failed` : '') : 'none yet');
}

/* ------------------------------------------------------------------------
 * What is folded: filled when it is opened
 * --------------------------------------------------------------------- */

function makeFold(fill, ...children) {
	const fold = {words: make('span')};

	fold.node = make('details', '', make('summary', '', fold.words), ...children);
	fold.node.addEventListener('toggle', () => fold.node.open && fill());
	return fold;
}

/* Tables ---------------------------------------------------------------- */

const keyOf = table => `${table.database}\0${table.table}`;

function makeTables(view) {
	const body = make('tbody');
	const head = make('tr', '', make('th', '', 'table'), make('th', 'p', 'found equal'),
			  make('th', 'n', 'rows written'));

	for (const cell of head.children)
		cell.scope = 'col';
	return Object.assign(
		makeFold(() => fillTables(view.tables, view.job.tables),
			 make('table', '', make('thead', '', head), body)),
		{body, rows: new Map()});
}

function makeTable(table) {
	const row = {
		database: table.database, table: table.table,
		proven: make('time'), cell: make('td'),
		written: make('span', 'each'), sum: make('span', 'sum'), known: '',
	};
	const name = make('th', '', make('code', '', `${table.database}.`, make('wbr'), table.table));

	name.scope = 'row';
	row.cell.append(row.proven);
	row.node = make('tr', '', name, row.cell, make('td', 'n', row.written, row.sum));
	return row;
}

/* Thousands of tables; few of them have changed. */
function setWritten(row, written) {
	const known = CHANGES.map(([name]) => written[name]).join();

	if (row.known === known)
		return;
	row.known = known;
	row.written.textContent = rows(written);
	row.sum.textContent = integer.format(
		CHANGES.reduce((sum, [name]) => sum + written[name], 0));
}

function setTable(row, table) {
	setClass(row.cell, table.proven ? 'p' : 'p never');
	if (table.proven)
		setTime(row.proven, table.proven, ago(table.proven));
	else
		setText(row.proven, 'never');
	setWritten(row, table.rows_written);
}

function fillTables(view, tables) {
	const old = view.rows;
	let isSame = old.size === tables.length;

	view.rows = new Map();
	for (const table of tables) {
		const key = keyOf(table);
		const row = old.get(key) || makeTable(table);

		isSame = isSame && old.has(key);
		setTable(row, table);
		view.rows.set(key, row);
	}
	if (isSame)
		return;
	const sorted = [...view.rows.values()].sort((a, b) =>
		order(a.database, b.database) || order(a.table, b.table));

	setChildren(view.body, sorted.map(row => row.node));
}

/* Times of one form and zone are in the order of their letters. */
function tablesInWords(tables) {
	const proven = tables.map(table => table.proven).filter(Boolean);
	const oldest = proven.reduce((a, b) => a < b ? a : b, proven[0]);
	const never = tables.length - proven.length;

	return count(tables.length, 'table') +
		(!oldest ? ', not yet found equal by a command' : '') +
		(oldest && never ? `, ${integer.format(never)} never found equal` : '') +
		(oldest ? `, the oldest proof ${ago(oldest)}` : '');
}

function setTables(view, tables) {
	setHidden(view.node, !tables.length);
	setText(view.words, tablesInWords(tables));
	if (view.node.open)
		fillTables(view, tables);
}

/* Errors ---------------------------------------------------------------- */

function makeErrors(view) {
	const list = make('ul', 'errors');

	return Object.assign(makeFold(() => fillErrors(view.errors, view.job.errors), list),
			     {list});
}

function makeError() {
	return make('li', '', make('time'), make('span'));
}

function fillErrors(view, errors) {
	while (view.list.children.length < errors.length)
		view.list.append(makeError());
	while (view.list.children.length > errors.length)
		view.list.lastElementChild.remove();
	errors.forEach((error, i) => {
		const [time, text] = view.list.children[i].children;

		setTime(time, error.at, ago(error.at));
		setText(text, error.text);
	});
}

function setErrors(view, errors) {
	setHidden(view.node, !errors.length);
	if (!errors.length)
		return;
	setText(view.words, `${count(errors.length, 'error')}, the last ${ago(errors[0].at)}`);
	if (view.node.open)
		fillErrors(view, errors);
}

/* ------------------------------------------------------------------------
 * Requests
 * --------------------------------------------------------------------- */

/* Some browsers refuse to keep anything: then the token is asked for each time. */
function readToken() {
	try {
		return sessionStorage.getItem(TOKEN);
	} catch (refused) {
		return null;
	}
}

function keepToken(token) {
	try {
		if (token)
			sessionStorage.setItem(TOKEN, token);
		else
			sessionStorage.removeItem(TOKEN);
	} catch (refused) {
		/* see readToken */
	}
}

function begin(path, abort, token, options) {
	const headers = Object.assign({}, options.headers,
		token ? {Authorization: `Bearer ${token}`} : {});

	return fetch(path, Object.assign(
		{cache: 'no-store', redirect: 'error', signal: abort.signal}, options, {headers}));
}

async function fetchIn(ms, path, token, options) {
	const abort = new AbortController();
	const timer = setTimeout(() => abort.abort(), ms);

	try {
		const answer = await begin(path, abort, token, options);

		return {status: answer.status, text: await answer.text()};
	} finally {
		clearTimeout(timer);
	}
}

/* What an answer says that is not the expected one. */
function errorOf(answer) {
	let text = null;

	try {
		text = JSON.parse(answer.text).error;
	} catch (other) {
		/* a proxy, perhaps */
	}
	return typeof text === 'string' ? text : `HTTP status ${answer.status}`;
}

function say(view, text, isRefused) {
	setText(view.said, text);
	setClass(view.said, isRefused ? 'said no' : 'said');
	setText(at('answered'), text && `${view.name}: ${text}`);
	clearTimeout(view.timer);
	if (!isRefused)
		view.timer = setTimeout(() => setText(view.said, ''), 8000);
}

async function send(view, wish, token) {
	say(view, `${wish}: sent`, false);
	try {
		const answer = await fetchIn(POST_PATIENCE_MS,
			`/jobs/${encodeURIComponent(view.name)}/${wish}`, token, {method: 'POST'});

		if (answer.status === 403)
			keepToken(null);
		if (answer.status === 202)
			say(view, `${wish}: accepted`, false);
		else
			say(view, `${wish}: ${errorOf(answer)}`, true);
	} catch (lost) {
		say(view, `${wish}: no answer from the service`, true);
	}
}

/* The token ------------------------------------------------------------- */

/* One form: it is next to what needed it last, and then does that. */
function makeForm() {
	const input = make('input');
	const cancel = make('button', '', 'cancel');
	const label = make('label', '', 'Token of the service');
	const refusal = make('p', 'said no');
	const node = make('form', '', label, input, make('button', '', 'send'), cancel, refusal);

	input.id = label.htmlFor = 'token';
	input.type = 'password';
	input.required = true;
	input.autocomplete = 'off';
	input.spellcheck = false;
	cancel.type = 'button';
	cancel.addEventListener('click', closeForm);
	node.addEventListener('keydown', event => event.key === 'Escape' && closeForm());
	node.addEventListener('submit', event => {
		event.preventDefault();
		submitForm();
	});
	return {input, refusal, node};
}

const form = makeForm();

/* from: the button that needed it, or null. */
function openForm(place, from, then) {
	Object.assign(form, {from, then});
	place.after(form.node);
	form.input.focus();
}

function closeForm() {
	form.input.value = '';
	setText(form.refusal, '');
	form.node.remove();
	if (form.from)
		form.from.focus();
}

function submitForm() {
	const token = form.input.value.trim();

	if (!/^[!-~]+$/.test(token)) {
		setText(form.refusal, 'A token consists of letters, digits and signs, without spaces.');
		return;
	}
	keepToken(token);
	closeForm();
	form.then(token);
}

/* Buttons --------------------------------------------------------------- */

function press(view, button) {
	const token = readToken();
	const wish = button.dataset.wish;

	if (token)
		send(view, wish, token);
	else
		openForm(view.top, button, given => send(view, wish, given));
}

function makeButton(view, title) {
	const button = make('button');

	button.type = 'button';
	button.title = title;
	button.addEventListener('click', () => press(view, button));
	return button;
}

function setButton(button, wish, text, isThere) {
	setHidden(button, !isThere);
	button.dataset.wish = wish;
	setText(button, text);
}

/* ------------------------------------------------------------------------
 * A job
 * --------------------------------------------------------------------- */

const main = at('jobs');
const views = new Map();        // of jobs, by name
let numbers = 0;

function makeJob(name) {
	const view = {
		name,
		state: make('span'), why: make('p', 'why'), said: make('p', 'said'),
		follow: makeFollow(), run: makeRun(),
	};
	const title = make('h2', '', make('code', '', name));

	title.id = `name-${++numbers}`;
	view.start = makeButton(view, 'runs the command now');
	view.pause = makeButton(view, '');
	view.restart = makeButton(view, 'follows from where the target is');
	view.tools = make('div', 'tools', view.start, view.pause, view.restart);
	view.top = make('div', 'top', title, view.state, view.tools);
	view.tables = makeTables(view);
	view.errors = makeErrors(view);
	view.folds = make('div', 'folds', view.tables.node, view.errors.node);
	view.node = make('section', '', view.top, view.said, view.why,
			 make('div', 'parts', view.follow.lagPart, view.follow.facts, view.run.facts),
			 view.folds);
	view.node.id = `job-${numbers}`;
	view.node.setAttribute('aria-labelledby', title.id);
	return view;
}

function setTools(view, job, isTaking) {
	setHidden(view.tools, !isTaking);
	setButton(view.start, 'run', job.run ? `run ${job.run.command}` : '', Boolean(job.run));
	setButton(view.restart, 'restart', 'restart', Boolean(job.follow));
	if (job.paused)
		setButton(view.pause, 'resume', 'resume', true);
	else
		setButton(view.pause, 'pause', 'pause', true);
	view.pause.title = job.paused ? 'continues from where the target is'
		: 'stops following, and runs nothing at its times';
}

function signs(job) {
	return STATES.includes(job.state) ? job.state + (job.paused && job.state === 'held' ? ' paused' : '') : '';
}

function setJob(view, job, status) {
	view.job = job;
	setClass(view.node, `job ${signs(job)}`);
	setClass(view.state, `state ${signs(job)}`);
	setText(view.state, job.state);
	setText(view.why, job.reason || '');
	setTools(view, job, status.takes_requests);
	setFollow(view.follow, job, status.lagging_after_seconds);
	setRun(view.run, job.run);
	setTables(view.tables, job.tables);
	setErrors(view.errors, job.errors);
	setHidden(view.folds, !job.tables.length && !job.errors.length);
}

function setJobs(status) {
	const names = new Set(status.jobs.map(job => job.name));

	for (const name of [...views.keys()].filter(known => !names.has(known)))
		views.delete(name);
	for (const job of status.jobs) {
		if (!views.has(job.name))
			views.set(job.name, makeJob(job.name));
		setJob(views.get(job.name), job, status);
	}
	setClass(main, status.jobs.length > MANY_JOBS ? 'many' : '');
	setChildren(main, status.jobs.map(job => views.get(job.name).node));
}

/* ------------------------------------------------------------------------
 * The head
 * --------------------------------------------------------------------- */

const COLOURS = {ok: '#2a8f4a', lagging: '#2f6eb5', held: '#b97f00', broken: '#c5352b', lost: '#777'};
const SHAPES = {
	ok: 'M4 8.5l3 3 5-7',
	lagging: 'M4 8h.1M8 8h.1M12 8h.1',
	held: 'M8 3.5v5.5M8 12h.1',
	broken: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
	lost: 'M6 6q0-2 2-2t2 2q0 1.5-2 2.5v.8M8 12h.1',
};

/* For the tab of a browser that shows another page. */
function setIcon(state) {
	setAttribute(at('icon'), 'href', 'data:image/svg+xml,' + encodeURIComponent(
		'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' +
		`<rect width="16" height="16" rx="4" fill="${COLOURS[state] || COLOURS.lost}"/>` +
		`<path d="${SHAPES[state] || SHAPES.lost}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>`));
}

function setState(state, word, lead) {
	setClass(at('says'), `says ${state}`);
	setClass(at('verdict'), `verdict ${state}`);
	setText(at('verdict'), word);
	setText(at('lead'), lead);
	document.title = `${word} - dbsync serve`;
	setIcon(state);
}

function countsOf(jobs) {
	const parts = STATES.map(state => [state, jobs.filter(job => job.state === state).length])
		.filter(([, number]) => number);

	if (parts.length === 1)
		return `${count(jobs.length, 'job')}, ${jobs.length > 1 ? 'all ' : ''}${parts[0][0]}`;
	return `${count(jobs.length, 'job')}: ` + parts.map(([state, number]) => `${number} ${state}`).join(', ');
}

function leadOf(status) {
	return [
		status.jobs.length ? countsOf(status.jobs) : 'no jobs',
		status.reason,
		status.stopping ? 'the service is stopping' : null,
	].filter(Boolean).join('; ');
}

function makeName(job) {
	const link = make('a', '', job.name);

	link.href = `#${views.get(job.name).node.id}`;
	return make('li', '', make('span', `state ${signs(job)}`, job.state), ' ', link);
}

let named = '';

/* Where to look: the jobs that are not as they should be, the worst first. */
function setNames(jobs) {
	const bad = jobs.filter(job => job.state !== 'ok')
		.sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state));
	const names = bad.map(job => `${signs(job)} ${job.name}`).join('\0');

	if (named === names)
		return;
	named = names;
	at('bad').replaceChildren(...bad.slice(0, MOST_NAMES).map(makeName),
		...(bad.length > MOST_NAMES ? [make('li', 'soft', `and ${bad.length - MOST_NAMES} more`)] : []));
}

/* ------------------------------------------------------------------------
 * How old it is
 * --------------------------------------------------------------------- */

let status = null;      // the last that was taken
let takenAt = 0;        // when, by the browser's clock
let trouble = null;     // why the last question had no answer

function isOld() {
	return trouble !== null || Date.now() - takenAt > (document.hidden ? 3 * HIDDEN_MS : 2 * ASK_MS);
}

function showOld() {
	document.body.classList.add('old');
	setText(at('fresh'), '');
	if (!status)
		setState('lost', trouble ? 'no answer' : 'asking', trouble || '');
	else if (trouble)
		setState('lost', 'no answer', `Since ${clock(takenAt)}, ${trouble}. The values below are from then.`);
	else
		setState('lost', 'asking', `The values below are from ${clock(takenAt)}.`);
}

function showFresh() {
	document.body.classList.remove('old');
	setState(status.status, status.status, leadOf(status));
	setText(at('fresh'), `as of ${clock(now)}` +
		(stream || document.hidden ? '' : `, asked every ${ASK_MS / 1000} s`) +
		(status.takes_requests ? '' : '; it takes no requests (--token-file)'));
}

function showAge() {
	if (isOld())
		showOld();
	else
		showFresh();
}

function show() {
	now = Date.parse(status.now);
	setText(at('about'), `${status.dbsync}, up for ${span(Math.floor(age(status.started)))}`);
	setJobs(status);
	setNames(status.jobs);
	showAge();
}

/* ------------------------------------------------------------------------
 * Questions
 * --------------------------------------------------------------------- */

let askedAt = 0;
let isAsking = false;

function take(text) {
	try {
		status = JSON.parse(text);
	} catch (other) {
		trouble = 'the service answers with something else than its status';
		showAge();
		return;
	}
	takenAt = Date.now();
	trouble = null;
	show();
}

function refuse(answer) {
	const why = errorOf(answer);

	trouble = `the service answers: ${why}`;
	if (answer.status !== 401)
		return;
	keepToken(null);
	if (!form.node.isConnected)
		openForm(at('fresh'), null, ask);
}

async function ask() {
	isAsking = true;
	askedAt = Date.now();
	try {
		const answer = await fetchIn(PATIENCE_MS, '/status', readToken(),
			{headers: {Accept: 'application/json'}});

		if (answer.status === 200)
			take(answer.text);
		else
			refuse(answer);
	} catch (lost) {
		trouble = 'the service cannot be reached';
	}
	isAsking = false;
	showAge();
}

/* ------------------------------------------------------------------------
 * The stream
 * --------------------------------------------------------------------- */

let stream = null;
let streamAt = 0;               // when it may be opened again

/* The whole events of a text; the rest of it is returned. */
function takeEvents(text) {
	const events = text.split('\n\n');
	const rest = events.pop();

	for (const event of events) {
		const data = event.split('\n').filter(line => line.startsWith('data:'))
			.map(line => line.slice(5)).join('\n');

		if (data)
			take(data);
	}
	return rest;
}

async function readStream(own, body) {
	const reader = body.getReader();
	const decoder = new TextDecoder();
	let text = '';

	for (;;) {
		const {done, value} = await reader.read();

		if (done || stream !== own)
			return;
		own.heardAt = Date.now();
		own.hasSpoken = true;
		text = takeEvents(text + decoder.decode(value, {stream: true}));
	}
}

function closeStream() {
	const own = stream;

	stream = null;
	streamAt = Date.now() + (own.hasSpoken ? 0 : STREAM_AGAIN_MS);
	own.abort.abort();
}

async function openStream() {
	const own = {abort: new AbortController(), heardAt: Date.now(), hasSpoken: false};

	stream = own;
	try {
		const answer = await begin('/status', own.abort, readToken(),
			{headers: {Accept: 'text/event-stream'}});

		if (answer.status === 200)
			await readStream(own, answer.body);
	} catch (lost) {
		/* whether the service is there is asked below */
	}
	if (stream !== own)
		return;
	closeStream();
	if (!isAsking)
		ask();
}

/* ------------------------------------------------------------------------
 * As long as the page is there
 * --------------------------------------------------------------------- */

/* A hidden page leaves its connection, of which a browser has few, to others. */
function tendStream() {
	const isWanted = !document.hidden && !trouble;

	if (stream && (document.hidden || Date.now() - stream.heardAt > SILENCE_MS))
		closeStream();
	if (!stream && isWanted && Date.now() >= streamAt)
		openStream();
}

function tick() {
	const pause = document.hidden ? HIDDEN_MS : trouble ? AGAIN_MS : ASK_MS;

	tendStream();
	if (!isAsking && Date.now() - Math.max(takenAt, askedAt) >= pause)
		ask();
	showAge();
}

document.addEventListener('visibilitychange', tick);
setInterval(tick, 1000);
tick();

})();
