/** The programs that serve a VM's files leave nothing in /dev/shm, however early the VM ends. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { filesServer, shareServer } from '../../../tasks/machine/guest/place.ts';
import { until } from '../../support/until.ts';
import { makePlace, type Place } from '../vm.ts';

let place: Place | undefined;
test.before(async () => { place = await makePlace(); });
test.after(() => place?.remove());

/** In QEMU's place: asks for the file for long reads, prints its path, and ends before anybody could have opened it. */
function inQemusPlace(request: Buffer, answerHead: number): string[] {
  const program = `
    const { readSync, writeSync } = require('node:fs');
    writeSync(9, Buffer.from('${request.toString('hex')}', 'hex'));
    const answer = Buffer.alloc(4096);
    process.stdout.write(answer.subarray(${answerHead}, readSync(9, answer)));`;
  return [process.execPath, '-e', program];
}

/** struct ask_head of files/protocol.h: ASK_SPOOL, TAG_SPOOL. */
function askOfFiles(): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(head.length, 0);
  head.writeUInt32LE(10, 4);
  head.writeUInt32LE(2, 8);
  return head;
}

/** struct fuse_in_header: OP_SPOOL and UNIQUE_SPOOL of shares/protocol.h. */
function askOfShare(): Buffer {
  const head = Buffer.alloc(40);
  head.writeUInt32LE(head.length, 0);
  head.writeUInt32LE(0x10000, 4);
  head.writeBigUInt64LE(1n << 63n, 8);
  return head;
}

for (const [name, server, request, answerHead] of [
  ['the root', (dir: string) => [filesServer(dir), '/', '9', '0'], askOfFiles(), 32],
  ['a directory below --rw-dirs', (dir: string) => [shareServer(dir), '/var/tmp', '9'], askOfShare(), 16],
] as const) {
  test(`of ${name}: the file for long reads is gone with a VM that ends at once`, async () => {
    const [program = '', ...args] = server(place?.stateDir ?? '');
    const path = execFileSync(program, [...args, ...inQemusPlace(request, answerHead)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    assert.match(path, /^\/(?:dev\/shm|var\/tmp)\/kloop-\w{6}$/);
    await until(`${path} is removed`, () => !existsSync(path), 10_000);
  });
}

test.run();
