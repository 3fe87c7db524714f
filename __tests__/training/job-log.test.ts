import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cancelled } from '../../src/errors.ts';
import type { Sight, Vantage } from '../../src/network/vantage.ts';
import { openDirect } from '../../src/network/direct.ts';
import { openJobLog } from '../../src/training/job-log.ts';
import { printable } from '../../src/training/log-lines.ts';
import { openHttp } from '../../src/toolbox/http.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

let place: Workshop;
/** What has been written so far, and what the next looks meet, before they work again. */
let written: Buffer;
let troubles: ('nothing' | 'throws' | 'cut' | 'gone')[];
/** Bytes that one look brings home. */
let room: number;

beforeEach(() => {
  place = workshop();
  [written, troubles, room] = [Buffer.alloc(0), [], 20_000];
});

const vantage: Vantage = {
  look: async ([look]) => {
    const { from, most } = look?.slice ?? { from: 0, most: 1 };
    const trouble = troubles.shift();
    if (trouble === 'throws') throw new Error('the script on the probe machine was cut off');
    const base = {
      name: 'log',
      headers: {},
      body: '',
      cut: true,
      remoteAddress: '',
      resolved: [],
      seconds: 1,
    };
    if (trouble === 'nothing' || trouble === 'gone') {
      const failure = { kind: 'linked', text: 'that address gave nothing' } as const;
      return [{ ...base, status: undefined, failure } satisfies Sight];
    }
    const there = trouble === 'cut' ? written.subarray(0, Math.floor(written.length / 2)) : written;
    const bytes = there.subarray(from, from + Math.min(most, room));
    return [{ ...base, status: 200, failure: undefined, slice: { bytes, size: there.length } }];
  },
};
const open = () =>
  openJobLog({ details: 'https://history.test/details', vantage, tools: place.tools });
const shown = () => place.log.filter((line) => line.startsWith('| ')).map((line) => line.slice(2));
const write = (...lines: string[]) => {
  written = Buffer.concat([written, Buffer.from(lines.map((line) => `${line}\n`).join(''))]);
};
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

describe('the log of a job', () => {
  it('is shown as it comes, in groups, each line once', async () => {
    const log = open();
    write('one', 'two');
    await log.catchUp();
    write('three');
    await log.catchUp();
    expect(place.log).toEqual([
      "The job's log, lines 1 to 2",
      '| one',
      '| two',
      "The job's log, lines 3 to 3",
      '| three',
    ]);
  });

  it('loses and doubles nothing whatever a look meets', async () => {
    const log = open();
    room = 300;
    const all = numbered(200);
    for (const [index, line] of all.entries()) {
      write(line);
      if (index % 3 === 0)
        troubles.push((['cut', 'throws', 'nothing', 'gone'] as const)[index % 4] ?? 'cut');
      await log.catchUp();
    }
    room = 20_000;
    await log.finish();
    expect(shown()).toEqual(all);
  });

  it('shows the line that has no end when the job has ended', async () => {
    const log = open();
    written = Buffer.from('whole\nhalf');
    await log.catchUp();
    expect(shown()).toEqual(['whole']);
    const { last } = await log.finish();
    expect(last).toEqual(['| whole', '| half']);
  });

  it('says once that it cannot be read, once that it can again, and so at the end', async () => {
    const log = open();
    troubles = Array.from({ length: 20 }, () => 'nothing');
    for (let count = 0; count < 20; count += 1) {
      await log.catchUp();
      await place.tools.clock.sleep(30);
    }
    expect(place.log).toEqual([
      "The job's log cannot be read: that address gave nothing. The job is followed without it.",
    ]);
    write('late, but whole');
    await log.catchUp();
    expect(place.log[1]).toBe("The job's log can be read again.");
    expect(shown()).toEqual(['late, but whole']);
    const { gaps } = await log.finish();
    expect(gaps).toEqual(["For 10 min the job's log could not be read; it was caught up with."]);
  });

  it('says at the end why it could not be read', async () => {
    troubles = ['nothing', 'nothing', 'throws'];
    expect((await open().finish()).gaps).toEqual([
      "The job's log could not be read at the end: the script on the probe machine was cut off.",
    ]);
  });

  it('tries again at the end', async () => {
    write('only one look away');
    troubles = ['throws', 'nothing'];
    expect(await open().finish()).toMatchObject({ last: ['| only one look away'], gaps: [] });
  });

  it('leaves out the middle of what is far ahead, and says how much and where it is', async () => {
    const log = open();
    write('first', 'x'.repeat(1_500_000), ...numbered(100));
    const size = written.length;
    await log.catchUp();
    await log.finish();
    expect(shown()[0]).toBe('first');
    expect(shown().slice(-100)).toEqual(numbered(100));
    const said = `${(size - 20_000 - 48_000).toLocaleString('en-GB')} bytes of the job's log were left out; the whole of it is in the studio, file user_logs/std_log.txt.`;
    expect(place.log).toContain(said);
  });

  it('does not take hours for the end of a long log', async () => {
    room = 1000;
    let looks = 0;
    const counting: Vantage = {
      look: async (all) => {
        looks += 1;
        return vantage.look(all);
      },
    };
    write(...numbered(12_000), 'the very end');
    const log = openJobLog({
      details: 'https://history.test/details',
      vantage: counting,
      tools: place.tools,
    });
    const { last } = await log.finish();
    expect(last.at(-1)).toBe('| the very end');
    expect(looks).toBeLessThan(24);
  });

  it('goes on with the log of a job that was begun anew', async () => {
    const log = open();
    write('first run', 'as far as here');
    await log.catchUp();
    log.expectRestart();
    await log.catchUp(); // the old log may still be there for a while
    written = Buffer.from('first');
    await log.catchUp();
    written = Buffer.from('first run, again\n');
    await log.finish();
    expect(shown()).toEqual(['first run', 'as far as here', 'first run, again']);
    expect(place.log).toContain('The job has begun a new log.');
  });

  it('finds the Dice of the test set, not that of another one', async () => {
    write(
      'INFO     Starting evaluation of model HelloWorld on Test set',
      'INFO     Mean Dice: 0.467572',
      'INFO     Starting evaluation of model HelloWorld on Val set',
      'INFO     Mean Dice: 0.900000',
    );
    expect((await open().finish()).dice).toBe('0.467572');
  });

  it('stops where the run is cancelled', async () => {
    const cancelled: Vantage = {
      look: async () => {
        throw new Cancelled('the run was cancelled');
      },
    };
    const log = openJobLog({
      details: 'https://history.test/',
      vantage: cancelled,
      tools: place.tools,
    });
    await expect(log.catchUp()).rejects.toThrow(Cancelled);
  });
});

describe('a line of a job’s log', () => {
  it.each([
    ['::error::forged', '| ::error::forged'],
    ['  ::set-output name=x::1', '|   ::set-output name=x::1'],
    ['##[error]forged', '| ## [error]forged'],
    ['text ##[add-path]/tmp', '| text ## [add-path]/tmp'],
    ['\u001b[31mred\u001b[0m', '| red'],
    ['a\u0000b\u0008c', '| a\\u0000b\\u0008c'],
    ['\u202egnp.exe', '| \\u202egnp.exe'],
    ['10%\r50%\r100%\r', '| 100%'],
    ['std::vector<int>', '| std::vector<int>'],
  ])('%j is printed as %j', (line, text) => {
    expect(printable(line)).toBe(text);
  });

  it('is cut at a sensible length', () => {
    expect(printable('x'.repeat(100_000)).length).toBeLessThan(510);
  });
});

describe('the log of a job over HTTP', () => {
  let close: () => Promise<void>;
  afterEach(() => close());

  it('is whole though addresses expire, connections are cut and the details fail', async () => {
    const all = Array.from({ length: 300 }, (_, index) => `Zeile ${index}: größer\r`);
    let [content, valid, requests] = [Buffer.alloc(0), '', 0];
    const server = createServer((request, response) => {
      requests += 1;
      if (requests % 7 === 0) return void request.socket.destroy();
      if (requests % 11 === 0) return void response.writeHead(500).end('no');
      if (request.url === '/details') {
        valid = `/log?sig=${requests}`;
        const address = `http://127.0.0.1:${port()}${valid}`;
        const logFiles = { 'user_logs/std_log.txt': address.replace('http:', 'https:') };
        return void response.end(JSON.stringify({ logFiles }));
      }
      if (request.url !== valid) return void response.writeHead(403).end('expired');
      valid = '';
      response.writeHead(200, { 'Content-Length': content.length });
      if (requests % 5 === 0)
        response.write(content.subarray(0, content.length >> 1), () => response.destroy());
      else response.end(content);
    });
    const port = (): number => (server.address() as AddressInfo).port;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => new Promise((resolve) => void server.close(() => resolve()));
    const http = await openHttp();
    const plain: typeof http = {
      ...http,
      send: (request) => http.send({ ...request, url: request.url.replace('https:', 'http:') }),
    };
    const tools = { ...place.tools, http: plain };
    const direct = openDirect(place.session, tools);
    const log = openJobLog({
      details: `https://127.0.0.1:${port()}/details`,
      vantage: direct,
      tools,
    });
    for (let count = 0; count < all.length; count += 10) {
      const more = all.slice(count, count + 10).map((line) => `${line}\n`);
      const cut = Buffer.from(more.join(''));
      content = Buffer.concat([content, cut.subarray(0, 37)]);
      await log.catchUp();
      content = Buffer.concat([content, cut.subarray(37)]);
      await log.catchUp();
    }
    while (shown().length < all.length) await log.catchUp();
    await log.finish();
    expect(shown()).toEqual(all.map((line) => line.trimEnd()));
  });
});
