import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure } from '../../tasks/report/failure.ts';
import { chosenVm } from '../../tasks/vms/choose.ts';
import { sampleVm } from './sample.ts';

const here = '/src/linux/.kloop';
const [mine, debug, other] = [sampleVm, { ...sampleVm, name: 'vm-debug', stateDir: `${here}/variants/debug` }, { ...sampleVm, name: 'vm-2', stateDir: '/src/linux-next/.kloop' }];
const whatOf = (running: readonly (typeof sampleVm)[], name?: string) => {
  const chosen = chosenVm(running, name, here);
  return isFailure(chosen) ? chosen.words.what : chosen.name;
};

test('by its name, whatever tree it is of', () => {
  assert.is(whatOf([mine, other], 'vm-2'), 'vm-2');
  assert.is(whatOf([mine, other], 'vm-3'), "no VM 'vm-3' runs. Did you mean vm-2?");
  assert.is(whatOf([], 'vm'), "no VM 'vm' runs");
});

test('without a name: the only one, or the only one of this tree and its variants', () => {
  assert.is(whatOf([other]), 'vm-2');
  assert.is(whatOf([mine, other]), 'vm');
  assert.is(whatOf([debug, other]), 'vm-debug');
  assert.is(whatOf([mine, debug, other]), '3 VMs run: name the one that is meant');
  assert.is(whatOf([other, { ...other, name: 'x' }]), '2 VMs run: name the one that is meant');
  assert.is(whatOf([]), 'no VM runs');
});

test('a peer is only meant where it is named', () => {
  const peer = { ...mine, name: 'vm-peer', lab: { dir: '/run/l', role: 'peer' as const } };
  assert.is(whatOf([mine, peer]), 'vm');
  assert.is(whatOf([mine, peer], 'vm-peer'), 'vm-peer');
});

test('a directory whose name begins alike is another tree', () => {
  assert.is(whatOf([{ ...mine, stateDir: `${here}2` }, other]), '2 VMs run: name the one that is meant');
});

test.run();
