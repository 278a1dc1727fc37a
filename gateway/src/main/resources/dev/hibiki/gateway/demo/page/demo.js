/**
 * The demo page: what arrives becomes toasts, a list and two counters.
 *
 * Everything in an event is a stranger's text: it reaches the page through `textContent` and `dataset` only.
 */
import { Hibiki } from './hibiki.js';

/** @typedef {Record<string, unknown>} PushEvent */

const MAX_EVENTS = 50;
const MAX_TOASTS = 4;
const TOAST_MS = 5_000;
/** Arrivals are drawn together, once per frame or so; a timer, because a hidden tab has no frames. */
const DRAW_MS = 16;
const RATE_WINDOW_S = 5;

/** Han characters look different in each of these languages: `lang` chooses the right glyphs. */
const LANG_BY_REGION = new Map(
  Object.entries({ US: 'en', JP: 'ja', KR: 'ko', TW: 'zh-TW', HK: 'zh-HK', VN: 'vi', TH: 'th', ID: 'id', BR: 'pt-BR' }),
);
const CJK_REGIONS = ['JP', 'KR', 'TW', 'HK'];

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
const $ = (id) => /** @type {T} */ (document.getElementById(id));

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [content]
 */
function element(tag, className, content = '') {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = content;
  return node;
}

/** @param {unknown} value */
const text = (value) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

/**
 * @param {string} region
 * @param {string} title
 */
function guessLang(region, title) {
  if (CJK_REGIONS.includes(region)) return LANG_BY_REGION.get(region);
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(title)) return 'ja';
  if (/\p{Script=Hangul}/u.test(title)) return 'ko';
  if (/\p{Script=Han}/u.test(title)) return 'zh';
  return LANG_BY_REGION.get(region);
}

/**
 * @param {PushEvent} event
 * @param {string} className
 */
function titleOf(event, className) {
  const node = element('span', className, text(event.title) || text(event.event) || 'Untitled');
  node.dir = 'auto';
  node.lang = guessLang(text(event.region), text(event.title)) ?? '';
  return node;
}

/** @param {PushEvent} event */
function badgeOf(event) {
  const region = text(event.region);
  const node = element('span', 'badge', region.slice(0, 8));
  node.hidden = !region;
  return node;
}

// --- connection ---

const regionInputs = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('#regions input'));
const page = new URL(location.href);

const chosenRegions = () => [...regionInputs].filter((input) => input.checked).map((input) => input.value);

function showRegions() {
  const chosen = chosenRegions();
  $('regions-hint').textContent = chosen.length ? `only ${chosen.join(', ')}` : 'none chosen: everything arrives';
  page.searchParams.delete('region');
  for (const region of chosen) page.searchParams.append('region', region);
  history.replaceState(null, '', page);
}

const linked = page.searchParams.getAll('region');
for (const input of regionInputs) input.checked = linked.includes(input.value);
showRegions();

const hibiki = new Hibiki('/', { channels: page.searchParams.getAll('channel'), regions: chosenRegions() });

$('regions').addEventListener('change', () => {
  showRegions();
  hibiki.subscribe({ regions: chosenRegions() });
});
$('retry').addEventListener('click', () => hibiki.reconnect());

const STATE_TEXT = { connecting: 'Connecting', open: 'Live', waiting: 'Connection lost', closed: 'Closed' };
let countdownTimer = 0;
/** Why the gateway refuses this connection, in its words. */
let refusal = '';

/** @param {import('./hibiki.js').StateDetail} detail */
function showState({ state, delayMs = 0, code, reason }) {
  if (state === 'connecting') refusal = '';
  $('state').dataset.state = state;
  $('state-text').textContent = STATE_TEXT[state] + (state === 'closed' ? `: ${refusal || reason || `code ${code}`}` : '');
  $('retry').hidden = state !== 'waiting' && state !== 'closed';
  clearInterval(countdownTimer);
  $('countdown').textContent = '';
  if (state !== 'waiting') return;
  const dueMs = performance.now() + delayMs;
  const tick = () => {
    $('countdown').textContent = `again in ${Math.max(0, Math.ceil((dueMs - performance.now()) / 1000))} s`;
  };
  countdownTimer = setInterval(tick, 250);
  tick();
}

hibiki.addEventListener('state', (e) => showState(/** @type {CustomEvent} */ (e).detail));
hibiki.addEventListener('error', (e) => {
  const { error, code, data } = /** @type {CustomEvent} */ (e).detail;
  if (code) refusal = error.message;
  else console.warn('Skipped a message', error, data);
});
hibiki.addEventListener('event', (e) => arrived(/** @type {CustomEvent} */ (e).detail));

// --- arrivals ---

/** @type {{ event: PushEvent, at: Date }[]} what came since the last drawing, at most a list full */
let undrawn = [];
let drawTimer = 0;
let count = 0;

/** @param {PushEvent} event */
function arrived(event) {
  count++;
  undrawn.push({ event, at: new Date() });
  if (undrawn.length > MAX_EVENTS) undrawn.shift();
  drawTimer ||= setTimeout(draw, DRAW_MS);
}

function draw() {
  drawTimer = 0;
  const arrivals = undrawn;
  undrawn = [];
  $('count').textContent = count.toLocaleString('en');
  const trending = arrivals.filter(({ event }) => event.event === 'new_trending');
  for (const { event } of trending.slice(-MAX_TOASTS)) showToast(event);
  if ($('pause').ariaPressed !== 'true') listEvents(arrivals);
}

/** @param {{ event: PushEvent, at: Date }[]} arrivals */
function listEvents(arrivals) {
  const list = $('events');
  list.prepend(...arrivals.map(({ event, at }) => listItem(event, at)).reverse());
  while (list.children.length > MAX_EVENTS) list.lastElementChild?.remove();
}

/**
 * @param {PushEvent} event
 * @param {Date} at
 */
function listItem(event, at) {
  const time = element('time', '', at.toLocaleTimeString('en', { hour12: false }));
  const summary = element('summary', '');
  summary.append(time, badgeOf(event), titleOf(event, 'event-title'));
  const json = element('pre', '');
  const details = element('details', '');
  details.append(summary, json);
  details.addEventListener('toggle', () => (json.textContent = JSON.stringify(event, null, 2)), { once: true });
  const item = element('li', '');
  item.dataset.id = text(event.id);
  item.append(details);
  return item;
}

$('pause').addEventListener('click', () => {
  $('pause').ariaPressed = String($('pause').ariaPressed !== 'true');
});

/** @type {number[]} the count at each of the last seconds, oldest first */
const counts = [0];
setInterval(() => {
  counts.push(count);
  const perSecond = (count - counts[0]) / (counts.length - 1);
  if (counts.length > RATE_WINDOW_S) counts.shift();
  $('rate').textContent = perSecond.toLocaleString('en', { maximumFractionDigits: perSecond < 10 ? 1 : 0 });
}, 1_000);

// --- toasts ---

/** @param {PushEvent} event */
function showToast(event) {
  const toast = element('li', 'toast');
  toast.dataset.id = text(event.id);
  toast.dataset.region = text(event.region);
  const thumbnail = thumbnailOf(event);
  if (thumbnail) toast.append(thumbnail);
  const title = titleOf(event, 'toast-title');
  const channel = element('span', 'toast-channel', text(event.channel) || text(event.channel_title));
  channel.dir = 'auto';
  channel.lang = title.lang;
  const byline = element('div', 'toast-byline');
  byline.append(badgeOf(event), channel);
  const body = element('div', 'toast-body');
  body.append(title, byline);
  const dismiss = element('button', 'toast-close', '×');
  dismiss.ariaLabel = 'Dismiss';
  dismiss.addEventListener('click', () => toast.remove());
  toast.append(body, dismiss);

  $('toasts').append(toast);
  while ($('toasts').children.length > MAX_TOASTS) $('toasts').firstElementChild?.remove();
  expire(toast, TOAST_MS);
}

/**
 * Removes the toast when its time is over, but never under the reader's pointer or focus.
 *
 * @param {HTMLElement} toast
 * @param {number} afterMs
 */
function expire(toast, afterMs) {
  setTimeout(() => {
    if (toast.matches(':hover, :focus-within')) expire(toast, 1_000);
    else toast.remove();
  }, afterMs);
}

/** @param {PushEvent} event */
function thumbnailOf(event) {
  const url = text(event.thumbnail);
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') return null;
  const image = new Image(96, 54);
  image.alt = '';
  image.referrerPolicy = 'no-referrer';
  image.addEventListener('error', () => image.remove());
  image.src = url;
  return image;
}

// --- publishing ---

async function askForDemo() {
  const demo = { publish: false, source: '', command: '', channels: /** @type {string[]} */ ([]) };
  try {
    Object.assign(demo, await (await fetch('/demo')).json());
  } catch (error) {
    console.warn('No answer from /demo', error);
  }
  $('source').textContent = demo.channels.length ? `Now: ${demo.channels.join(', ')} (${demo.source}).` : '';
  $('command').textContent = demo.command;
  $('publish').hidden = !demo.publish;
  $('howto').hidden = !demo.command;
  $('ask').hidden = demo.publish || demo.command !== '';
}

$('publish').addEventListener('click', async () => {
  const error = $('publish-error');
  error.textContent = '';
  try {
    const response = await fetch('/demo/publish', { method: 'POST' });
    if (!response.ok) error.textContent = (await response.text()) || `The gateway answered ${response.status}.`;
  } catch {
    error.textContent = 'The gateway did not answer.';
  }
});

askForDemo();
