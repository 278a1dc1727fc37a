// Run by: node --test gateway/src/test/js/ (Node 20.19 or newer)
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { backoffMs, Hibiki } from '../../main/resources/dev/hibiki/gateway/demo/page/hibiki.js';

/** A clock that advances only when the test says so, so that no test sleeps. */
class Clock {
  nowMs = 0;
  #timers = new Map();
  #nextId = 1;

  setTimeout = (callback, ms) => {
    this.#timers.set(this.#nextId, { callback, dueMs: this.nowMs + ms });
    return this.#nextId++;
  };

  clearTimeout = (id) => this.#timers.delete(id);

  get pending() {
    return this.#timers.size;
  }

  advance(ms) {
    this.nowMs += ms;
    for (const [id, { callback, dueMs }] of [...this.#timers]) {
      if (dueMs <= this.nowMs && this.#timers.delete(id)) callback();
    }
  }
}

/** A client on a fake network, with the sockets that it has opened and the events that it has dispatched. */
function connect(options = {}, url = 'http://gateway.test/') {
  const clock = new Clock();
  const network = new EventTarget();
  const sockets = [];
  class FakeSocket {
    closed = false;

    constructor(...args) {
      this.args = args;
      this.url = new URL(args[0]);
      sockets.push(this);
    }

    close() {
      this.closed = true;
    }

    open() {
      this.onopen?.();
    }

    said = [];

    /** Delivers a message of the gateway, or records an auth message of the client. */
    send(data) {
      if (typeof data === 'string' && data.includes('"auth"')) {
        this.said.push(JSON.parse(data));
        return;
      }
      this.onmessage?.({ data: typeof data === 'string' ? data : JSON.stringify(data) });
    }

    lose(code = 1006, reason = '') {
      this.onclose?.({ code, reason });
    }
  }
  const hibiki = new Hibiki(url, {
    random: () => 0.5,
    WebSocket: FakeSocket,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    network,
    ...options,
  });
  const seen = [];
  for (const type of ['state', 'event', 'error', 'hello', 'gap', 'bye']) {
    hibiki.addEventListener(type, ({ detail }) => seen.push([type, detail]));
  }
  const details = (type) => seen.filter(([t]) => t === type).map(([, detail]) => detail);
  return {
    clock,
    details,
    hibiki,
    network,
    sockets,
    get socket() {
      return sockets.at(-1);
    },
    get lastDelayMs() {
      return details('state').findLast(({ state }) => state === 'waiting').delayMs;
    },
  };
}

test('backoffMs doubles its upper bound up to the maximum and jitters over all of it', () => {
  const bounds = [0, 1, 2, 3, 4, 5, 6, 5000].map((attempt) => backoffMs(attempt, 1000, 30_000, () => 1));
  assert.deepEqual(bounds, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(backoffMs(3, 1000, 30_000, () => 0), 0);
  assert.equal(backoffMs(3, 1000, 30_000, () => 0.25), 2000);
});

test('connects at once, with the filter in the query', () => {
  const { socket, hibiki } = connect({ channels: ['a:b', 'c'], regions: ['JP', 'KR'] });
  assert.equal(socket.url.href, 'ws://gateway.test/?channel=a%3Ab&channel=c&region=JP&region=KR');
  assert.equal(hibiki.state, 'connecting');
});

test('takes a string for one channel or region', () => {
  const { socket, hibiki } = connect({ channels: '動画', regions: 'JP' });
  assert.equal(socket.url.searchParams.toString(), new URLSearchParams({ channel: '動画', region: 'JP' }).toString());
  hibiki.subscribe({ regions: 'KR' });
  assert.deepEqual([hibiki.channels, hibiki.regions], [['動画'], ['KR']]);
});

test('takes any iterable of strings, and null for none', () => {
  const { hibiki } = connect({ channels: new Set(['a', 'b']), regions: null, lastId: null, minDelayMs: undefined });
  assert.deepEqual([hibiki.channels, hibiki.regions, hibiki.lastId], [['a', 'b'], [], undefined]);
});

const wrongTypes = [
  { regions: 7 }, { regions: {} }, { regions: ['JP', 7] }, { channels: [['a']] }, { channels: false }, { lastId: 7 },
  { protocol: [] }, { token: 7 }, { minDelayMs: '5' }, { maxDelayMs: -1 }, { stableMs: NaN }, { random: 0.5 },
  { WebSocket: {} }, { network: 'x' },
];
for (const options of wrongTypes) {
  test(`refuses an option of a wrong type: ${JSON.stringify(options)}`, () => {
    const name = Object.keys(options)[0];
    assert.throws(() => connect(options), { name: 'TypeError', message: new RegExp(`"${name}" must be a`) });
  });
}

test('refuses options that are no object, and a wrong filter, and stays connected', () => {
  for (const options of ['JP', ['JP'], null, 7]) {
    assert.throws(() => new Hibiki('http://gateway.test/', options), TypeError);
  }
  const { hibiki, sockets } = connect({ regions: 'JP' });
  assert.throws(() => hibiki.subscribe({ channels: 'a', regions: 7 }), TypeError);
  assert.deepEqual([hibiki.channels, hibiki.regions, sockets.length], [[], ['JP'], 1]);
});

const unknownOptions = {
  region: /"region" is unknown.*"regions"\?/, channel: /"channels"\?/, last_id: /"lastId"\?/, lastEventId: /"lastId"\?/,
  maxDelay: /"maxDelayMs"\?/, toString: /known: channels, regions, /, x: /known: channels, regions, /,
};
for (const [name, warning] of Object.entries(unknownOptions)) {
  test(`names the unknown option ${name} in the console and goes on`, (t) => {
    const warn = t.mock.method(console, 'warn', () => {});
    const { sockets } = connect({ [name]: ['US'] });
    assert.equal(sockets.length, 1);
    assert.equal(warn.mock.callCount(), 1);
    assert.match(warn.mock.calls[0].arguments[0], warning);
  });
}

test('names an unknown part of a filter in the console', (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  connect().hibiki.subscribe({ region: 'US' });
  assert.match(warn.mock.calls[0].arguments[0], /did you mean "regions"/);
});

test('https becomes wss, and the query of the url is kept', () => {
  const { socket } = connect({ regions: ['JP'] }, 'https://x.test/ws?token=t#h');
  assert.equal(socket.args[0], 'wss://x.test/ws?token=t&region=JP');
});

test('offers hibiki.v1 unless it is disabled', () => {
  assert.equal(connect().socket.args[1], 'hibiki.v1');
  assert.equal(connect({ protocol: '' }).socket.args.length, 1);
});

test('resumes from the id of hello when the connection is lost before the first event', () => {
  const client = connect();
  client.socket.open();
  client.socket.send({ $: { hello: { resume: 'new', id: 'e-7', ping_s: 25 } } });
  client.hibiki.reconnect();
  assert.equal(client.sockets[1].url.searchParams.get('last_id'), 'e-7');
});

test('has no id to resume from when the gateway has no event yet', () => {
  const client = connect();
  client.socket.send({ $: { hello: { resume: 'new', id: null, ping_s: 25 } } });
  client.hibiki.reconnect();
  assert.equal(client.sockets[1].url.searchParams.has('last_id'), false);
});

test('dispatches events and resumes after the last id', () => {
  const client = connect();
  client.socket.open();
  client.socket.send({ id: 'e-1', title: '新しい動画' });
  client.socket.send({ id: 7, title: '' });
  client.socket.send({ title: 'no id' });
  assert.deepEqual(client.details('event').map(({ title }) => title), ['新しい動画', '', 'no id']);
  client.socket.lose();
  client.clock.advance(500);
  assert.equal(client.socket.url.searchParams.get('last_id'), '7');
});

const idsAsWritten = {
  '{"id":9007199254741011,"title":""}': '9007199254741011',
  '{"id":7.0}': '7.0',
  '{"id":1e5}': '1e5',
  '{"id":1E+5}': '1E+5',
  '{"id":-0}': '-0',
  '{"id":0}': '0',
  '{"id":-12.50}': '-12.50',
  '{"id":1e400}': '1e400',
  '{"id":1.0,"id":2.0}': '2.0',
  '{"id":"a","id":2.0}': '2.0',
  '{"id":{"id":1.0},"x":3.0,"id":2.0,"y":4.0}': '2.0',
  '{"id":2.0,"a":{"id":3.0},"b":[{"id":4.0}],"c":[5.0]}': '2.0',
  '{"a":"\\"id\\":1.0,","b\\\\":"}{][\\\\","id":2.0}': '2.0',
  '{"title":"\\"id\\":8.0","id":2.0,"t":"id","x":9.0,"id:":10.0,"":11.0}': '2.0',
  '{"\\u0069d":3.0,"nested":{"id":[1.0]}}': '3.0',
  ' { "a" : [ 1.0 , { } ] , "id" : 2.0 , "b" : "id" , "c" : 3.0 } ': '2.0',
};
for (const [json, id] of Object.entries(idsAsWritten)) {
  test(`resumes after the id as it is written in ${json}`, () => {
    const client = connect();
    client.socket.send(json);
    assert.deepEqual(client.details('event'), [JSON.parse(json)]);
    client.hibiki.reconnect();
    assert.equal(client.socket.url.searchParams.get('last_id'), id);
  });
}

test('finds the id of a large event', () => {
  const client = connect();
  const string = '\\"\\\\{['.repeat(1_000_000);
  client.socket.send(`{"a":"${string}","b":${'['.repeat(5_000)}${']'.repeat(5_000)},"c":[${'1,'.repeat(500_000)}1],"id":7.0}`);
  assert.equal(client.hibiki.lastId, '7.0');
});

test('keeps the spaces around an id', () => {
  const client = connect();
  client.socket.send({ id: ' a  ' });
  client.hibiki.reconnect();
  assert.equal(client.socket.url.searchParams.get('last_id'), ' a  ');
});

test('dispatches an event whose id was seen before', () => {
  const client = connect();
  client.socket.send({ id: 'e-1', n: 1 });
  client.socket.send({ id: 'e-1', n: 2 });
  assert.deepEqual(client.details('event').map(({ n }) => n), [1, 2]);
});

test('doubles the delay with each failed attempt', () => {
  const client = connect();
  const delays = [];
  for (let i = 0; i < 7; i++) {
    client.socket.lose();
    delays.push(client.lastDelayMs);
    client.clock.advance(client.lastDelayMs - 1);
    assert.equal(client.sockets.length, i + 1);
    client.clock.advance(1);
    assert.equal(client.sockets.length, i + 2);
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
});

test('does not reset the delay after a short connection', () => {
  const client = connect();
  client.socket.lose();
  client.clock.advance(500);
  client.socket.open();
  client.clock.advance(4999);
  client.socket.lose();
  assert.equal(client.lastDelayMs, 1000);
  client.clock.advance(1000);
  assert.equal(client.clock.pending, 0);
});

test('resets the delay after a long connection', () => {
  const client = connect();
  client.socket.lose();
  client.clock.advance(500);
  client.socket.open();
  client.clock.advance(5000);
  client.socket.lose();
  assert.equal(client.lastDelayMs, 500);
});

test('resets the delay on an event but not on a control message', () => {
  const client = connect();
  client.socket.lose();
  client.clock.advance(500);
  client.socket.open();
  client.socket.send({ $: { hello: { resume: 'new' } } });
  client.socket.lose();
  assert.equal(client.lastDelayMs, 1000);
  client.clock.advance(1000);
  client.socket.open();
  client.socket.send({ id: '1' });
  client.socket.lose();
  assert.equal(client.lastDelayMs, 500);
});

for (const code of [4000, 4001, 4099]) {
  test(`does not reconnect after close code ${code}`, () => {
    const client = connect();
    client.socket.open();
    client.socket.lose(code, 'bad token');
    assert.deepEqual(client.details('state').at(-1), { state: 'closed', code, reason: 'bad token' });
    client.network.dispatchEvent(new Event('online'));
    assert.equal(client.clock.pending, 0);
    assert.equal(client.sockets.length, 1);
  });
}

for (const code of [1000, 1001, 1006, 1008, 1012, 1013, 3999, 4100, 4101]) {
  test(`reconnects after close code ${code}`, () => {
    const client = connect();
    client.socket.open();
    client.socket.lose(code, 'why');
    assert.deepEqual(client.details('state').at(-1), { state: 'waiting', delayMs: 500, code, reason: 'why' });
    client.clock.advance(500);
    assert.equal(client.sockets.length, 2);
  });
}

test('uses the delay of bye once and does not count it as a failure', () => {
  const client = connect();
  client.socket.open();
  client.socket.send({ $: { bye: { code: 1012, retry_ms: [500, 8500] } } });
  client.socket.lose(1012);
  assert.equal(client.lastDelayMs, 4500);
  client.clock.advance(4500);
  client.socket.lose();
  assert.equal(client.lastDelayMs, 500);
  assert.deepEqual(client.details('bye'), [{ code: 1012, retry_ms: [500, 8500] }]);
});

for (const retry of [undefined, null, [], [5], [9, 1], [-1, 5], ['x', 'y'], {}, '12']) {
  test(`keeps the usual delay after bye with retry_ms ${JSON.stringify(retry)}`, () => {
    const client = connect();
    client.socket.send({ $: { bye: { retry_ms: retry } } });
    client.socket.lose();
    assert.equal(client.lastDelayMs, 500);
  });
}

test('does not dispatch control messages as events', () => {
  const client = connect();
  client.socket.send({ $: { hello: { resume: 'ok' } } });
  client.socket.send({ $: { gap: { channel: 'c', missed: 12 } } });
  client.socket.send({ $: { unheard_of: {} } });
  client.socket.send({ $: { price: 1 }, title: 'a publisher may use $' });
  assert.deepEqual(client.details('hello'), [{ resume: 'ok' }]);
  assert.deepEqual(client.details('gap'), [{ channel: 'c', missed: 12 }]);
  assert.equal(client.details('event').length, 1);
});

test('tells a gap of hello to those who listen for gaps', () => {
  const client = connect();
  client.socket.send({ $: { hello: { resume: 'gap', id: 'e-7' } } });
  assert.deepEqual(client.details('hello'), [{ resume: 'gap', id: 'e-7' }]);
  assert.deepEqual(client.details('gap'), [{ channel: null, missed: null }]);
});

test('reports why the gateway refuses the client, before it stops', () => {
  const client = connect({ channels: ['nwes'] });
  client.socket.open();
  client.socket.send({ $: { error: { code: 'unknown_channel', message: 'unknown channel "nwes"' } } });
  client.socket.lose(4000, 'bad request');
  const [{ error, code }] = client.details('error');
  assert.ok(error instanceof Error);
  assert.deepEqual([error.message, code], ['unknown channel "nwes"', 'unknown_channel']);
  assert.deepEqual(client.details('state').at(-1), { state: 'closed', code: 4000, reason: 'bad request' });
  assert.equal(client.clock.pending, 0);
});

test('reports a broken message as an error and continues', () => {
  const client = connect();
  for (const data of ['{', '', '42', 'null', '[1]']) client.socket.send(data);
  client.socket.send({ id: '1' });
  assert.deepEqual(client.details('error').map(({ data }) => data), ['{', '', '42', 'null', '[1]']);
  assert.equal(client.details('event').length, 1);
});

test('reconnects at once when the browser comes online', () => {
  const client = connect();
  client.socket.lose();
  client.network.dispatchEvent(new Event('online'));
  assert.equal(client.sockets.length, 2);
  client.clock.advance(60_000);
  assert.equal(client.sockets.length, 2);
});

test('replaces a possibly dead socket and resumes when the browser comes online', () => {
  const client = connect();
  const [old] = client.sockets;
  old.open();
  old.send({ id: 'e-1' });
  client.network.dispatchEvent(new Event('online'));
  assert.ok(old.closed);
  old.send({ id: 'late' });
  old.lose();
  assert.equal(client.sockets.length, 2);
  assert.equal(client.details('event').length, 1);
  assert.equal(client.socket.url.searchParams.get('last_id'), 'e-1');
});

test('close ends the client in every state', () => {
  for (const prepare of [() => {}, (s) => s.open(), (s) => s.lose()]) {
    const client = connect();
    prepare(client.socket);
    client.hibiki.close();
    client.hibiki.close();
    client.network.dispatchEvent(new Event('online'));
    assert.deepEqual(client.details('state').filter(({ state }) => state === 'closed').length, 1);
    assert.equal(client.clock.pending, 0);
    assert.equal(client.sockets.length, 1);
  }
});

test('reconnect opens the client again after close', () => {
  const client = connect();
  client.hibiki.close();
  client.hibiki.reconnect();
  client.socket.open();
  assert.equal(client.hibiki.state, 'open');
});

test('another filter starts a new live stream on one new connection', () => {
  const client = connect({ channels: ['c'], regions: ['JP'], lastId: 'e-1' });
  assert.equal(client.socket.url.searchParams.get('last_id'), 'e-1');
  client.hibiki.subscribe({ regions: ['KR'] });
  assert.equal(client.socket.url.search, '?channel=c&region=KR');
  assert.ok(client.sockets[0].closed);
  assert.deepEqual([client.hibiki.channels, client.hibiki.regions], [['c'], ['KR']]);
});

const hello = (expires_s) => ({ $: { hello: { resume: 'new', id: null, ping_s: 25, expires_s } } });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('offers a fixed token beside the protocol and does not reconnect when it is refused', () => {
  const client = connect({ token: 'a.b.c' });
  assert.deepEqual(client.socket.args[1], ['hibiki.v1', 'bearer.a.b.c']);
  client.socket.open();
  client.socket.send(hello(100));
  client.clock.advance(100_000);
  assert.deepEqual(client.socket.said, []);
  client.socket.lose(4001, 'bad token');
  assert.equal(client.hibiki.state, 'closed');
});

test('requests a new token for each connection and before the old one expires', async () => {
  let count = 0;
  const client = connect({ token: async () => `t${++count}` });
  assert.equal(client.sockets.length, 0);
  assert.equal(client.hibiki.state, 'connecting');
  await settled();
  assert.deepEqual(client.socket.args[1], ['hibiki.v1', 'bearer.t1']);
  client.socket.open();
  client.socket.send(hello(100));
  client.clock.advance(84_000);
  await settled();
  assert.deepEqual(client.socket.said, []);
  client.clock.advance(1_000);
  await settled();
  assert.deepEqual(client.socket.said, [{ $: { auth: { token: 't2' } } }]);
  client.socket.send({ $: { authenticated: { expires_s: 1_000 } } });
  client.clock.advance(955_000);
  await settled();
  assert.equal(client.socket.said.length, 2);
  client.socket.lose(4101, 'token expired');
  client.clock.advance(client.lastDelayMs);
  await settled();
  assert.deepEqual(client.socket.args[1], ['hibiki.v1', 'bearer.t4']);
});

test('reports a token that cannot be loaded as an error and retries it like a lost connection', async () => {
  let works = false;
  const client = connect({ token: () => (works ? 'good' : Promise.reject(new Error('away'))) });
  await settled();
  assert.equal(client.sockets.length, 0);
  assert.equal(client.details('error')[0].error.message, 'away');
  assert.equal(client.hibiki.state, 'waiting');
  works = true;
  client.clock.advance(client.lastDelayMs);
  await settled();
  assert.deepEqual(client.socket.args[1], ['hibiki.v1', 'bearer.good']);
});

test('keeps the connection when a renewal fails', async () => {
  let count = 0;
  const client = connect({ token: () => (count++ ? Promise.reject(new Error('away')) : 'good') });
  await settled();
  client.socket.open();
  client.socket.send(hello(100));
  client.clock.advance(90_000);
  await settled();
  assert.equal(client.hibiki.state, 'open');
  assert.equal(client.details('error').length, 1);
});

test('opens no connection for a token that arrives after close', async () => {
  const client = connect({ token: async () => 'late' });
  client.hibiki.close();
  await settled();
  assert.equal(client.sockets.length, 0);
  assert.equal(client.hibiki.state, 'closed');
});
