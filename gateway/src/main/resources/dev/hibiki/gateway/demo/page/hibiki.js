/**
 * The browser client of Hibiki: one subscription that stays alive.
 *
 *     import { Hibiki } from '/hibiki.js';
 *     const hibiki = new Hibiki('wss://push.example/', { regions: ['JP', 'KR'] });
 *     hibiki.addEventListener('event', ({ detail }) => console.log(detail.title));
 *     hibiki.addEventListener('state', ({ detail }) => console.log(detail.state));
 *
 * A lost connection comes back by itself, after a delay with full jitter: a gateway that restarts must not be met by
 * all of its clients in the same second (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * The new connection names the id of the last event seen, and the gateway sends what was missed. Two events may have the same
 * id; both are dispatched.
 *
 * Dispatches, each as a `CustomEvent`:
 * - `event`: `detail` is the published JSON object;
 * - `state`: `detail` is a {@link StateDetail};
 * - `error`: `detail.error` is an `Error`. With `detail.code`, the gateway refuses something, for instance with
 *   `unknown_channel`, see docs/protocol.md. With `detail.data`, this message is no JSON object. With neither, the page's
 *   function gave no token. Whether the client goes on is told by `state`;
 * - `hello`, `gap`, `bye`: `detail` is the content of that control message, see docs/protocol.md; none of them where
 *   `protocol` is empty. A `hello` that says `gap` is followed by a `gap` of `{ channel: null, missed: null }`.
 */

/** @typedef {'connecting' | 'open' | 'waiting' | 'closed'} State */

/**
 * @typedef {object} StateDetail
 * @property {State} state
 * @property {number} [delayMs] when waiting: how long until the next attempt
 * @property {number} [code] when waiting or closed: the close code (1006 when the network gave none)
 * @property {string} [reason] when waiting or closed: what the gateway said, perhaps nothing
 */

/**
 * A value of a wrong type is a `TypeError`. An unknown option is only named in the console: the gateway brings this
 * file, and a page must not fail because a gateway is older than the page.
 *
 * @typedef {object} Options
 * @property {string | Iterable<string>} [channels] none: all configured channels
 * @property {string | Iterable<string>} [regions] none: every region
 * @property {string} [lastId] resume after this event, for example from an earlier page view
 * @property {string} [protocol] subprotocol to ask for, `hibiki.v1` by default; empty: plain events and nothing else
 * @property {string | (() => string | Promise<string>)} [token] where the gateway asks for one; a function is asked for a
 *   fresh one at each connection and before the last expires. Needs `hibiki.v1`
 * @property {number} [minDelayMs] upper bound of the first reconnect delay; doubles with each attempt
 * @property {number} [maxDelayMs] upper bound of every reconnect delay
 * @property {number} [stableMs] a connection that was open this long starts the delays anew when it is lost
 * @property {() => number} [random] in [0, 1)
 * @property {new (url: string, protocol?: string) => WebSocket} [WebSocket]
 * @property {(callback: () => void, ms: number) => any} [setTimeout]
 * @property {(timer: any) => void} [clearTimeout]
 * @property {Partial<EventTarget>} [network] where the `online` event fires
 */

/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A token is renewed when a fifth of its time is left, but not much earlier than it must be. */
const RENEWAL_SHARE = 0.2;
const MAX_RENEWAL_LEAD_S = 60;

const CONTROL_KINDS = ['hello', 'gap', 'bye'];

/**
 * The type of an option in words, and a function that returns the value to use; `undefined` for a value of another type.
 *
 * @typedef {[string, (value: any) => any]} OptionType
 */

/** @type {OptionType} */
const STRING = ['a string', (value) => (typeof value === 'string' ? value : undefined)];
/** @type {OptionType} */
const STRINGS = ['a string or an iterable of strings', strings];
/** @type {OptionType} */
const TOKEN = ['a string or a function', (value) => (['string', 'function'].includes(typeof value) ? value : undefined)];
/** @type {OptionType} */
const MS = ['a number that is not negative', (value) => (Number.isFinite(value) && value >= 0 ? value : undefined)];
/** @type {OptionType} */
const FUNCTION = ['a function', (value) => (typeof value === 'function' ? value : undefined)];
/** @type {OptionType} */
const OBJECT = ['an object', (value) => (isObject(value) ? value : undefined)];

const FILTER = { channels: STRINGS, regions: STRINGS };
const OPTIONS = {
  ...FILTER,
  lastId: STRING,
  protocol: STRING,
  token: TOKEN,
  minDelayMs: MS,
  maxDelayMs: MS,
  stableMs: MS,
  random: FUNCTION,
  WebSocket: FUNCTION,
  setTimeout: FUNCTION,
  clearTimeout: FUNCTION,
  network: OBJECT,
};

/**
 * @param {number} attempt 0 for the first
 * @param {number} minDelayMs
 * @param {number} maxDelayMs
 * @param {() => number} random
 * @returns {number} milliseconds, anywhere between 0 and the attempt's upper bound
 */
export function backoffMs(attempt, minDelayMs, maxDelayMs, random) {
  return random() * Math.min(maxDelayMs, minDelayMs * 2 ** attempt);
}

export class Hibiki extends EventTarget {
  /** @type {URL} */ #url;
  /** @type {string[]} */ #channels;
  /** @type {string[]} */ #regions;
  /** @type {string | undefined} */ #lastId;
  /** @type {Required<Omit<Options, 'channels' | 'regions' | 'lastId'>>} */ #options;

  /** @type {State} */ #state = 'closed';
  /** @type {WebSocket | undefined} */ #socket;
  #attempt = 0;
  #epoch = 0;
  /** @type {[number, number] | undefined} */ #byeRangeMs;
  /** @type {any} */ #retryTimer;
  /** @type {any} */ #stableTimer;
  /** @type {any} */ #renewalTimer;
  #whenOnline = () => this.reconnect();

  /**
   * Connects at once.
   *
   * @param {string | URL} [url] `ws(s):` or `http(s):`, relative to the page; its own query is kept
   * @param {Options} [options]
   */
  constructor(url = '/', options = {}) {
    super();
    const { channels = [], regions = [], lastId, ...rest } = checked(options, OPTIONS);
    this.#url = new URL(url, globalThis.location?.href);
    this.#url.protocol = this.#url.protocol.replace(/^http/, 'ws');
    this.#url.hash = '';
    this.#channels = channels;
    this.#regions = regions;
    this.#lastId = lastId;
    this.#options = {
      protocol: 'hibiki.v1',
      token: '',
      minDelayMs: 1_000,
      maxDelayMs: 30_000,
      stableMs: 5_000,
      random: Math.random,
      WebSocket: globalThis.WebSocket,
      // Browsers' timers insist on being called as methods of the window.
      setTimeout: (callback, ms) => globalThis.setTimeout(callback, ms),
      clearTimeout: (timer) => globalThis.clearTimeout(timer),
      network: globalThis,
      ...rest,
    };
    this.#connect();
  }

  get state() {
    return this.#state;
  }

  get channels() {
    return [...this.#channels];
  }

  get regions() {
    return [...this.#regions];
  }

  /** The id of the last event seen: where the next connection resumes. */
  get lastId() {
    return this.#lastId;
  }

  /**
   * Reconnects with another filter; what is left out stays as it is. A different filter is a different stream, so it
   * starts live: resuming would bring up everything that the old filter had kept away.
   *
   * @param {Pick<Options, 'channels' | 'regions'>} filter
   */
  subscribe(filter) {
    const { channels = this.#channels, regions = this.#regions } = checked(filter, FILTER);
    this.#channels = channels;
    this.#regions = regions;
    this.#lastId = undefined;
    this.reconnect();
  }

  /** Replaces the connection, or the wait for one, by a new one at once; also after {@link close}. */
  reconnect() {
    this.#connect();
  }

  /** Ends the subscription; nothing is dispatched after the state `closed`. */
  close() {
    if (this.#state === 'closed') return;
    this.#drop();
    this.#end(1000, '');
  }

  #connect() {
    this.#drop();
    const { token, protocol, network } = this.#options;
    // A socket may have died with the old network and not know it: coming online replaces it in any state.
    network.addEventListener?.('online', this.#whenOnline);
    if (typeof token === 'function') {
      const lost = () => this.#lost(1006, 'no token');
      this.#withToken((fresh) => this.#open([protocol, `bearer.${fresh}`]), lost);
    } else {
      this.#open(token ? [protocol, `bearer.${token}`] : protocol);
    }
    this.#enter({ state: 'connecting' });
  }

  /** @param {string | string[]} protocols */
  #open(protocols) {
    const { WebSocket } = this.#options;
    const socket = protocols ? new WebSocket(this.#address(), protocols) : new WebSocket(this.#address());
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.#socket = socket;
  }

  /**
   * Goes on with a fresh token, unless the connection was given up while it came.
   *
   * @param {(token: string) => void} use
   * @param {() => void} [otherwise] when none can be had
   */
  async #withToken(use, otherwise = () => {}) {
    const epoch = this.#epoch;
    try {
      const token = await /** @type {() => string | Promise<string>} */ (this.#options.token)();
      if (epoch === this.#epoch) use(token);
    } catch (error) {
      if (epoch !== this.#epoch) return;
      this.#dispatch('error', { error });
      otherwise();
    }
  }

  /** @param {unknown} expiresS how long the gateway goes on with the token it has */
  #planRenewal(expiresS) {
    if (typeof expiresS !== 'number' || typeof this.#options.token !== 'function') return;
    this.#options.clearTimeout(this.#renewalTimer);
    const leadS = Math.min(MAX_RENEWAL_LEAD_S, expiresS * RENEWAL_SHARE) * (0.5 + this.#options.random() / 2);
    const renew = () =>
      this.#withToken((token) => this.#socket?.send(JSON.stringify({ $: { auth: { token } } })));
    this.#renewalTimer = this.#options.setTimeout(renew, Math.min(MAX_TIMER_MS, (expiresS - leadS) * 1000));
  }

  #address() {
    const url = new URL(this.#url);
    for (const channel of this.#channels) url.searchParams.append('channel', channel);
    for (const region of this.#regions) url.searchParams.append('region', region);
    if (this.#lastId !== undefined) url.searchParams.set('last_id', this.#lastId);
    return url.href;
  }

  #opened() {
    this.#stableTimer = this.#options.setTimeout(() => (this.#attempt = 0), this.#options.stableMs);
    this.#enter({ state: 'open' });
  }

  /** @param {unknown} data */
  #received(data) {
    let message;
    try {
      message = JSON.parse(/** @type {string} */ (data));
      if (!isObject(message)) throw new TypeError('A message must be a JSON object');
    } catch (error) {
      this.#dispatch('error', { error, data });
      return;
    }
    if (isObject(message.$) && Object.keys(message).length === 1) {
      this.#control(message.$);
      return;
    }
    this.#attempt = 0;
    if (typeof message.id === 'string') this.#lastId = message.id;
    if (typeof message.id === 'number') this.#lastId = numberText(/** @type {string} */ (data));
    this.#dispatch('event', message);
  }

  /** @param {Record<string, any>} control */
  #control(control) {
    const [min, max] = [control.bye?.retry_ms].flat().map(Number);
    if (min >= 0 && max >= min) this.#byeRangeMs = [min, max];
    this.#planRenewal(control.hello?.expires_s ?? control.authenticated?.expires_s);
    if (isObject(control.error)) {
      this.#dispatch('error', { error: new Error(String(control.error.message)), code: control.error.code });
    }
    // Where this connection begins: who loses it before the first event resumes from there.
    if (typeof control.hello?.id === 'string') this.#lastId = control.hello.id;
    for (const kind of CONTROL_KINDS) {
      if (kind in control) this.#dispatch(kind, control[kind]);
    }
    // A page that listens for gaps alone learns of this one, too.
    if (control.hello?.resume === 'gap') this.#dispatch('gap', { channel: null, missed: null });
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    const delayMs = this.#nextDelayMs();
    this.#drop();
    if (code >= 4000 && code <= 4099) {
      this.#end(code, reason);
      return;
    }
    this.#retryTimer = this.#options.setTimeout(() => this.#connect(), delayMs);
    this.#enter({ state: 'waiting', delayMs, code, reason });
  }

  /** An announced restart is no failure: the gateway's own range, and the attempts do not count up. */
  #nextDelayMs() {
    const { minDelayMs, maxDelayMs, random } = this.#options;
    if (this.#byeRangeMs) {
      const [min, max] = this.#byeRangeMs;
      return Math.min(MAX_TIMER_MS, min + random() * (max - min));
    }
    return backoffMs(this.#attempt++, minDelayMs, maxDelayMs, random);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #end(code, reason) {
    this.#options.network.removeEventListener?.('online', this.#whenOnline);
    this.#enter({ state: 'closed', code, reason });
  }

  /** Forgets the socket and the timers; the socket is detached first, so that nothing of it arrives late. */
  #drop() {
    this.#options.clearTimeout(this.#retryTimer);
    this.#options.clearTimeout(this.#stableTimer);
    this.#options.clearTimeout(this.#renewalTimer);
    this.#epoch++; // A token that is still on its way is for nothing.
    this.#byeRangeMs = undefined;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {StateDetail} detail */
  #enter(detail) {
    this.#state = detail.state;
    this.#dispatch('state', detail);
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {any} value
 * @returns {string[] | undefined}
 */
function strings(value) {
  if (typeof value === 'string') return [value]; // A string is an iterable of its characters, which nobody means.
  if (typeof value[Symbol.iterator] !== 'function') return undefined;
  const all = [...value];
  return all.every((each) => typeof each === 'string') ? all : undefined;
}

/**
 * The options that are given and known. `null` and `undefined` stand for the default.
 *
 * @param {unknown} given
 * @param {Record<string, OptionType>} known
 * @returns {Record<string, any>}
 */
function checked(given, known) {
  if (!isObject(given)) throw new TypeError('Hibiki: the options must be an object');
  /** @type {Record<string, any>} */
  const options = {};
  const names = Object.keys(known);
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) {
      console.warn(`Hibiki: the option "${name}" is unknown and has no effect${hint(name, names)}`);
    } else if (value !== undefined && value !== null) {
      const [expected, read] = known[name];
      options[name] = read(value);
      // Without the value, which may be a token.
      if (options[name] === undefined) throw new TypeError(`Hibiki: the option "${name}" must be ${expected}`);
    }
  }
  return options;
}

/**
 * @param {string} name
 * @param {string[]} known
 */
function hint(name, known) {
  const letters = (/** @type {string} */ text) => text.toLowerCase().replaceAll('_', '');
  const far = (/** @type {string} */ other) => distance(letters(name), letters(other));
  const nearest = known.reduce((best, other) => (far(other) < far(best) ? other : best));
  const isNear = far(nearest) <= Math.max(name.length, nearest.length) / 2;
  return isNear ? `; did you mean "${nearest}"?` : ` (known: ${known.join(', ')})`;
}

/**
 * How many letters must be added, removed or replaced to get from one text to the other.
 *
 * @param {string} from
 * @param {string} to
 */
function distance(from, to) {
  let row = [...Array(to.length + 1).keys()];
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (from[i] === to[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length];
}

/**
 * The id of an event as the publisher wrote it, digit by digit: `JSON.parse` turns 9007199254741011 into another number, and
 * 7.0 into 7. Of several ids the last one counts, as for `JSON.parse`.
 *
 * @param {string} json a valid object whose `id` is a number
 * @returns {string | undefined}
 */
function numberText(json) {
  let depth = 0;
  let isId = false;
  let text;
  // A string, with the colon behind it when it is a name; a bracket; or a number, true, false, null.
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]|[^\s"{}[\],:]+/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) isId = JSON.parse(token.slice(0, -1)) === 'id';
    else if (depth === 1 && isId && token[0] !== '"') text = token;
  }
  return text;
}
